import { ValidationException } from '../service/errors.ts'

/**
 * Members of requests that this installation does not honour: given, they are refused rather than ignored. A path goes through
 * lists and structures by `.`; `allowed` are the values that ask for nothing special and therefore pass.
 */
interface Unsupported {
  readonly path: string
  readonly allowed?: readonly unknown[]
}

const off = [false]
const kms = 'encryption of job volumes and outputs with a KMS key'

const resourceConfig = (at: string): Unsupported[] => [
  { path: `${at}.VolumeKmsKeyId` },
  { path: `${at}.InstanceGroups` },
  { path: `${at}.KeepAlivePeriodInSeconds` },
  { path: `${at}.TrainingPlanArn` },
  { path: `${at}.InstancePlacementConfig` },
]

const channels = (at: string): Unsupported[] => [
  { path: `${at}.DataSource.FileSystemDataSource` },
  { path: `${at}.DataSource.DatasetSource` },
  { path: `${at}.DataSource.S3DataSource.AttributeNames` },
  { path: `${at}.DataSource.S3DataSource.InstanceGroupNames` },
  { path: `${at}.DataSource.S3DataSource.ModelAccessConfig` },
  { path: `${at}.DataSource.S3DataSource.HubAccessConfig` },
  { path: `${at}.DataSource.S3DataSource.S3DataType`, allowed: ['S3Prefix', 'ManifestFile'] },
  { path: `${at}.InputMode`, allowed: ['File', 'FastFile'] },
  { path: `${at}.CompressionType`, allowed: ['None'] },
  { path: `${at}.RecordWrapperType`, allowed: ['None'] },
]

const containers = (at: string): Unsupported[] => [
  { path: `${at}.ImageConfig` },
  { path: `${at}.Mode`, allowed: ['SingleModel'] },
  { path: `${at}.ModelDataSource` },
  { path: `${at}.AdditionalModelDataSources` },
  { path: `${at}.MultiModelConfig` },
  { path: `${at}.InferenceSpecificationName` },
]

const variants: Unsupported[] = [
  { path: 'ProductionVariants.ServerlessConfig' },
  { path: 'ProductionVariants.AcceleratorType' },
  { path: 'ProductionVariants.CoreDumpConfig' },
  { path: 'ProductionVariants.ManagedInstanceScaling' },
  { path: 'ProductionVariants.RoutingConfig' },
  { path: 'ProductionVariants.InferenceAmiVersion' },
  { path: 'ProductionVariants.CapacityReservationConfig' },
  { path: 'ProductionVariants.InstancePools' },
  { path: 'ProductionVariants.EnableSSMAccess', allowed: off },
]

const modelPackage: Unsupported[] = [
  { path: 'ModelCard' },
  { path: 'SecurityConfig' },
  { path: 'DriftCheckBaselines' },
  { path: 'ModelMetrics' },
  { path: 'AdditionalInferenceSpecifications' },
  { path: 'ModelLifeCycle' },
  { path: 'SourceAlgorithmSpecification.SourceAlgorithms.ModelDataSource' },
  { path: 'InferenceSpecification.Containers.ModelDataSource' },
  { path: 'InferenceSpecification.Containers.AdditionalS3DataSource' },
  { path: 'InferenceSpecification.Containers.ModelInput' },
]

const transform = (at: string): Unsupported[] => [
  { path: `${at}TransformInput.SplitType`, allowed: ['None', 'Line', 'RecordIO', 'TFRecord'] },
  { path: `${at}TransformInput.DataSource.S3DataSource.S3DataType`, allowed: ['S3Prefix', 'ManifestFile'] },
  { path: `${at}TransformOutput.KmsKeyId` },
  { path: `${at}TransformResources.VolumeKmsKeyId` },
  { path: `${at}TransformResources.TransformAmiVersion` },
]

/** By operation. */
export const unsupported: Readonly<Record<string, readonly Unsupported[]>> = {
  CreateTrainingJob: [
    ...['VpcConfig', 'DebugHookConfig', 'DebugRuleConfigurations', 'TensorBoardOutputConfig', 'ExperimentConfig'].map(
      path => ({ path }),
    ),
    ...['ProfilerRuleConfigurations', 'RemoteDebugConfig', 'InfraCheckConfig', 'SessionChainingConfig'].map(path => ({
      path,
    })),
    ...['ServerlessJobConfig', 'MlflowConfig', 'ModelPackageConfig', 'CheckpointConfig'].map(path => ({ path })),
    { path: 'ProfilerConfig.S3OutputPath' },
    { path: 'ProfilerConfig.ProfilingIntervalInMilliseconds' },
    { path: 'ProfilerConfig.ProfilingParameters' },
    { path: 'ProfilerConfig.DisableProfiler', allowed: [true] },
    { path: 'EnableManagedSpotTraining', allowed: off },
    { path: 'EnableInterContainerTrafficEncryption', allowed: off },
    { path: 'StoppingCondition.MaxWaitTimeInSeconds' },
    { path: 'StoppingCondition.MaxPendingTimeInSeconds' },
    { path: 'AlgorithmSpecification.TrainingImageConfig' },
    { path: 'AlgorithmSpecification.TrainingInputMode', allowed: ['File', 'FastFile'] },
    { path: 'OutputDataConfig.KmsKeyId' },
    ...resourceConfig('ResourceConfig'),
    ...channels('InputDataConfig'),
  ],
  CreateAlgorithm: [
    { path: 'TrainingSpecification.AdditionalS3DataSource' },
    ...resourceConfig('ValidationSpecification.ValidationProfiles.TrainingJobDefinition.ResourceConfig'),
    ...channels('ValidationSpecification.ValidationProfiles.TrainingJobDefinition.InputDataConfig'),
    {
      path: 'ValidationSpecification.ValidationProfiles.TrainingJobDefinition.TrainingInputMode',
      allowed: ['File', 'FastFile'],
    },
    { path: 'ValidationSpecification.ValidationProfiles.TrainingJobDefinition.OutputDataConfig.KmsKeyId' },
    ...transform('ValidationSpecification.ValidationProfiles.TransformJobDefinition.'),
    { path: 'InferenceSpecification.Containers.ModelDataSource' },
    { path: 'InferenceSpecification.Containers.AdditionalS3DataSource' },
    { path: 'InferenceSpecification.Containers.ModelInput' },
  ],
  CreateModelPackage: [
    ...modelPackage,
    ...transform('ValidationSpecification.ValidationProfiles.TransformJobDefinition.'),
  ],
  UpdateModelPackage: [
    { path: 'AdditionalInferenceSpecificationsToAdd' },
    { path: 'ModelCard' },
    { path: 'ModelLifeCycle' },
  ],
  CreateModel: [{ path: 'VpcConfig' }, ...containers('PrimaryContainer'), ...containers('Containers')],
  CreateEndpointConfig: [
    ...variants,
    ...['DataCaptureConfig', 'KmsKeyId', 'AsyncInferenceConfig', 'ExplainerConfig', 'ShadowProductionVariants'].map(
      path => ({ path }),
    ),
    ...['VpcConfig', 'MetricsConfig'].map(path => ({ path })),
    { path: 'EnableNetworkIsolation', allowed: off },
  ],
  CreateEndpoint: [{ path: 'DeploymentConfig' }],
  UpdateEndpoint: [{ path: 'DeploymentConfig' }, { path: 'ExcludeRetainedVariantProperties' }],
  UpdateEndpointWeightsAndCapacities: [{ path: 'DesiredWeightsAndCapacities.ServerlessUpdateConfig' }],
  CreateTransformJob: [{ path: 'DataCaptureConfig' }, { path: 'ExperimentConfig' }, ...transform('')],
  UpdateTrainingJob: [
    { path: 'ProfilerConfig' },
    { path: 'ProfilerRuleConfigurations' },
    { path: 'RemoteDebugConfig' },
  ],
}

/** Throws ValidationException that names the first member that is given and not honoured. */
export function refuseUnsupported(operation: string, input: object): void {
  for (const { path, allowed } of unsupported[operation] ?? [])
    for (const value of valuesAt(input, path.split('.')))
      if (!allowed?.includes(value)) throw new ValidationException(refusal(path, value, allowed))
}

function refusal(path: string, value: unknown, allowed: readonly unknown[] | undefined): string {
  const what = path.includes('Kms') ? `${path} (${kms})` : path
  if (!allowed) return `${what} is not supported by this installation of Modelmart. Leave it out.`
  return `${what} = ${JSON.stringify(value)} is not supported by this installation of Modelmart; supported: ${allowed.map(String).join(', ')}.`
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.flatMap(item => valuesAt(item, path))
  const [first, ...rest] = path
  return first === undefined ? [value] : valuesAt((value as Record<string, unknown>)[first], rest)
}
