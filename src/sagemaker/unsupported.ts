import { ValidationException } from '../ground/errors.ts'

/**
 * Members of requests that this installation does not honour: given, they are refused rather than ignored. A path goes through
 * lists and structures by `.`; `allowed` are the values that ask for nothing special and therefore pass.
 */
interface Unsupported {
  readonly path: string
  readonly allowed?: readonly unknown[]
}

const off = [false]

/** What asks the profiler for more than the SDKs do unasked. */
const profiler: Unsupported[] = [
  { path: 'ProfilerConfig.ProfilingIntervalInMilliseconds' },
  { path: 'ProfilerConfig.ProfilingParameters' },
]

const resourceConfig = (at: string): Unsupported[] => [
  { path: `${at}.KeepAlivePeriodInSeconds` },
  { path: `${at}.TrainingPlanArn` },
  { path: `${at}.InstancePlacementConfig` },
]

const channels = (at: string): Unsupported[] => [
  { path: `${at}.DataSource.FileSystemDataSource` },
  { path: `${at}.DataSource.DatasetSource` },
  { path: `${at}.DataSource.S3DataSource.ModelAccessConfig` },
  { path: `${at}.DataSource.S3DataSource.HubAccessConfig` },
  { path: `${at}.DataSource.S3DataSource.S3DataType`, allowed: ['S3Prefix', 'ManifestFile', 'AugmentedManifestFile'] },
]

const stopping = (at: string): Unsupported[] => [{ path: `${at}.MaxPendingTimeInSeconds` }]

/** The form of it that says what ModelDataUrl says: one archive. */
const modelData = (at: string): Unsupported[] => [
  { path: `${at}.S3DataSource.S3DataType`, allowed: ['S3Object'] },
  { path: `${at}.S3DataSource.CompressionType`, allowed: ['Gzip'] },
  ...modelFiles(at),
]

/** Any form: files as they are as well. */
const modelFiles = (at: string): Unsupported[] =>
  ['ModelAccessConfig', 'HubAccessConfig', 'ManifestS3Uri', 'ETag', 'ManifestEtag'].map(name => ({
    path: `${at}.S3DataSource.${name}`,
  }))

const containers = (at: string): Unsupported[] => [
  { path: `${at}.ImageConfig.RepositoryAccessMode`, allowed: ['Platform'] },
  { path: `${at}.ImageConfig.RepositoryAuthConfig` },
  ...modelFiles(`${at}.ModelDataSource`),
  { path: `${at}.AdditionalModelDataSources` },
]

const variants = (at: string): Unsupported[] => [
  { path: `${at}.AcceleratorType` },
  { path: `${at}.CoreDumpConfig` },
  { path: `${at}.ManagedInstanceScaling.Status`, allowed: ['DISABLED'] },
  { path: `${at}.ManagedInstanceScaling.ScaleInPolicy` },
  { path: `${at}.InferenceAmiVersion` },
  { path: `${at}.CapacityReservationConfig` },
  { path: `${at}.InstancePools` },
  { path: `${at}.EnableSSMAccess`, allowed: off },
]

/** Containers of inference specifications; `data` says what of their model data is refused. */
const packaged = (at: string, data = modelData(`${at}.Containers.ModelDataSource`)): Unsupported[] => [
  ...data,
  { path: `${at}.Containers.AdditionalModelDataSources` },
  { path: `${at}.Containers.AdditionalS3DataSource` },
  { path: `${at}.Containers.ModelDataETag` },
  { path: `${at}.Containers.ModelInput` },
  { path: `${at}.Containers.IsCheckpoint`, allowed: off },
  { path: `${at}.Containers.BaseModel` },
  { path: `${at}.Containers.ProductId` },
]

const modelPackage: Unsupported[] = [
  { path: 'SecurityConfig' },
  { path: 'ManagedStorageType' },
  ...modelData('SourceAlgorithmSpecification.SourceAlgorithms.ModelDataSource'),
  { path: 'SourceAlgorithmSpecification.SourceAlgorithms.ModelDataETag' },
  ...packaged('InferenceSpecification'),
  ...packaged('AdditionalInferenceSpecifications'),
]

const transform = (at: string): Unsupported[] => [
  { path: `${at}TransformInput.DataSource.S3DataSource.S3DataType`, allowed: ['S3Prefix', 'ManifestFile'] },
  { path: `${at}TransformResources.TransformAmiVersion` },
]

/** Training jobs as a tuning job defines them. */
const tuned = (at: string): Unsupported[] => [
  { path: `${at}.VpcConfig` },
  { path: `${at}.EnableInterContainerTrafficEncryption`, allowed: off },
  ...stopping(`${at}.StoppingCondition`),
  ...resourceConfig(`${at}.ResourceConfig`),
  ...channels(`${at}.InputDataConfig`),
]

const components: Unsupported[] = [
  ...['InstanceType', 'BaseInferenceComponentName', 'DataCacheConfig', 'SchedulingConfig'].map(name => ({
    path: `Specification.${name}`,
  })),
  { path: 'Specification.Container.ContainerMetricsConfig' },
  { path: 'Specifications' },
]

/** By operation. */
export const unsupported: Readonly<Record<string, readonly Unsupported[]>> = {
  CreateTrainingJob: [
    ...['VpcConfig', 'DebugRuleConfigurations', 'TensorBoardOutputConfig', 'ExperimentConfig'].map(path => ({ path })),
    { path: 'DebugHookConfig.HookParameters' },
    { path: 'DebugHookConfig.CollectionConfigurations' },
    { path: 'RemoteDebugConfig.EnableRemoteDebug', allowed: off },
    { path: 'InfraCheckConfig.EnableInfraCheck', allowed: off },
    { path: 'SessionChainingConfig.EnableSessionTagChaining', allowed: off },
    ...['ProfilerRuleConfigurations', 'ServerlessJobConfig', 'MlflowConfig', 'ModelPackageConfig'].map(path => ({
      path,
    })),
    ...profiler,
    { path: 'EnableInterContainerTrafficEncryption', allowed: off },
    ...stopping('StoppingCondition'),
    { path: 'AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode', allowed: ['Platform'] },
    { path: 'AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig' },
    ...resourceConfig('ResourceConfig'),
    ...channels('InputDataConfig'),
  ],
  CreateHyperParameterTuningJob: [...tuned('TrainingJobDefinition'), ...tuned('TrainingJobDefinitions')],
  CreateAlgorithm: [
    { path: 'TrainingSpecification.AdditionalS3DataSource' },
    ...resourceConfig('ValidationSpecification.ValidationProfiles.TrainingJobDefinition.ResourceConfig'),
    ...channels('ValidationSpecification.ValidationProfiles.TrainingJobDefinition.InputDataConfig'),
    { path: 'ValidationSpecification.ValidationProfiles.TrainingJobDefinition.ResourceConfig.InstanceGroups' },
    {
      path: 'ValidationSpecification.ValidationProfiles.TrainingJobDefinition.InputDataConfig.DataSource.S3DataSource.InstanceGroupNames',
    },
    {
      path: 'ValidationSpecification.ValidationProfiles.TrainingJobDefinition.OutputDataConfig.CompressionType',
      allowed: ['GZIP'],
    },
    // Validation jobs are no spot jobs.
    {
      path: 'ValidationSpecification.ValidationProfiles.TrainingJobDefinition.StoppingCondition.MaxWaitTimeInSeconds',
    },
    ...stopping('ValidationSpecification.ValidationProfiles.TrainingJobDefinition.StoppingCondition'),
    ...transform('ValidationSpecification.ValidationProfiles.TransformJobDefinition.'),
    ...packaged('InferenceSpecification', [
      { path: 'InferenceSpecification.Containers.ModelDataUrl' },
      { path: 'InferenceSpecification.Containers.ModelDataSource' },
    ]),
  ],
  CreateModelPackageGroup: [{ path: 'ManagedConfiguration' }],
  CreateModelPackage: [
    ...modelPackage,
    ...transform('ValidationSpecification.ValidationProfiles.TransformJobDefinition.'),
  ],
  UpdateModelPackage: [...packaged('InferenceSpecification'), ...packaged('AdditionalInferenceSpecificationsToAdd')],
  ListModelPackageGroups: [{ path: 'CrossAccountFilterOption', allowed: ['SameAccount'] }],
  Search: [{ path: 'CrossAccountFilterOption', allowed: ['SameAccount'] }, { path: 'VisibilityConditions' }],
  CreateModel: [{ path: 'VpcConfig' }, ...containers('PrimaryContainer'), ...containers('Containers')],
  CreateEndpointConfig: [
    { path: 'ProductionVariants.ServerlessConfig.ProvisionedConcurrency' },
    ...variants('ProductionVariants'),
    { path: 'ShadowProductionVariants.ServerlessConfig' },
    ...variants('ShadowProductionVariants'),
    ...['ExplainerConfig', 'VpcConfig', 'MetricsConfig'].map(path => ({ path })),
    { path: 'EnableNetworkIsolation', allowed: off },
  ],
  UpdateEndpointWeightsAndCapacities: [
    { path: 'DesiredWeightsAndCapacities.ServerlessUpdateConfig.ProvisionedConcurrency' },
  ],
  CreateInferenceComponent: components,
  UpdateInferenceComponent: [
    ...components,
    { path: 'DeploymentConfig.AutoRollbackConfiguration' },
    { path: 'DeploymentConfig.RollingUpdatePolicy.MaximumExecutionTimeoutInSeconds' },
    { path: 'DeploymentConfig.RollingUpdatePolicy.RollbackMaximumBatchSize' },
  ],
  CreateTransformJob: [{ path: 'ExperimentConfig' }, ...transform('')],
  UpdateTrainingJob: [
    ...profiler,
    { path: 'ProfilerRuleConfigurations' },
    { path: 'ResourceConfig' },
    { path: 'RemoteDebugConfig.EnableRemoteDebug', allowed: off },
  ],
  ListTrainingJobs: [{ path: 'WarmPoolStatusEquals' }, { path: 'TrainingPlanArnEquals' }],
}

/** Throws ValidationException that names the first member that is given and not honoured. */
export function refuseUnsupported(operation: string, input: object): void {
  for (const { path, allowed } of unsupported[operation] ?? [])
    for (const value of valuesAt(input, path.split('.')))
      if (!allowed?.includes(value)) throw new ValidationException(refusal(path, value, allowed))
}

function refusal(path: string, value: unknown, allowed: readonly unknown[] | undefined): string {
  if (!allowed) return `${path} is not supported by this installation of Modelmart. Leave it out.`
  return `${path} = ${JSON.stringify(value)} is not supported by this installation of Modelmart; supported: ${allowed.map(String).join(', ')}.`
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.flatMap(item => valuesAt(item, path))
  const [first, ...rest] = path
  return first === undefined ? [value] : valuesAt((value as Record<string, unknown>)[first], rest)
}
