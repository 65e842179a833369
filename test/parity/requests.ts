import type {
  ContainerDefinition,
  CreateAlgorithmCommandInput,
  CreateHyperParameterTuningJobCommandInput,
  CreateModelPackageCommandInput,
  CreateTrainingJobCommandInput,
  CreateTransformJobCommandInput,
  ProductionVariant,
} from '@aws-sdk/client-sagemaker'
import type { Account } from './installation.ts'
import { eventually } from './parity.ts'

type Inference = NonNullable<CreateModelPackageCommandInput['InferenceSpecification']>

/** The least that makes each kind of resource, by its name. */
export const container = ({ image, bucket }: Account): ContainerDefinition => ({
  Image: image,
  ModelDataUrl: `s3://${bucket}/model.tar.gz`,
})

export const createModel = (account: Account, ModelName: string, more: object = {}) =>
  account.sagemaker.createModel({
    ModelName,
    ExecutionRoleArn: account.role,
    PrimaryContainer: container(account),
    ...more,
  })

export const variant = (ModelName: string, more: Partial<ProductionVariant> = {}): ProductionVariant => ({
  VariantName: 'all',
  ModelName,
  InstanceType: 'ml.m5.large',
  InitialInstanceCount: 1,
  ...more,
})

export const createEndpointConfig = (account: Account, EndpointConfigName: string, variants = [variant('model')]) =>
  account.sagemaker.createEndpointConfig({ EndpointConfigName, ProductionVariants: variants })

/** An endpoint that inference components are placed on. */
export async function createSharedEndpoint({ sagemaker, role }: Account, name = 'shared'): Promise<void> {
  await sagemaker.createEndpointConfig({
    ...{ EndpointConfigName: name, ExecutionRoleArn: role },
    ProductionVariants: [variant('none', { ModelName: undefined })],
  })
  await sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
}

export const createInferenceComponent = (
  { sagemaker }: Account,
  InferenceComponentName: string,
  specification: object = {},
  more: object = {},
) =>
  sagemaker.createInferenceComponent({
    ...{ InferenceComponentName, EndpointName: 'shared', VariantName: 'all', RuntimeConfig: { CopyCount: 1 } },
    Specification: {
      ModelName: 'model',
      ComputeResourceRequirements: {
        ...{ MinMemoryRequiredInMb: 1024, MaxMemoryRequiredInMb: 2048, NumberOfCpuCoresRequired: 0.5 },
      },
      ...specification,
    },
    ...more,
  })

export const trainingJob = (
  { image, role, bucket }: Account,
  TrainingJobName: string,
): CreateTrainingJobCommandInput => ({
  TrainingJobName,
  RoleArn: role,
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
})

export const transformJob = ({ bucket }: Account, TransformJobName: string): CreateTransformJobCommandInput => ({
  TransformJobName,
  ModelName: 'model',
  TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/in/` } } },
  TransformOutput: { S3OutputPath: `s3://${bucket}/out/` },
  TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
})

export const inference = (account: Account): Inference => ({
  Containers: [container(account)],
  SupportedTransformInstanceTypes: ['ml.m5.large'],
  SupportedRealtimeInferenceInstanceTypes: ['ml.m5.large'],
  SupportedContentTypes: ['text/csv'],
  SupportedResponseMIMETypes: ['text/csv'],
})

export const algorithm = ({ image }: Account, AlgorithmName: string): CreateAlgorithmCommandInput => ({
  AlgorithmName,
  TrainingSpecification: {
    TrainingImage: image,
    SupportedTrainingInstanceTypes: ['ml.m5.large'],
    TrainingChannels: [
      { Name: 'train', IsRequired: true, SupportedContentTypes: ['text/csv'], SupportedInputModes: ['File'] },
    ],
    SupportedHyperParameters: [
      {
        Name: 'depth',
        Type: 'Integer',
        Range: { IntegerParameterRangeSpecification: { MinValue: '1', MaxValue: '9' } },
        DefaultValue: '3',
      },
      {
        Name: 'kind',
        Type: 'Categorical',
        IsRequired: true,
        Range: { CategoricalParameterRangeSpecification: { Values: ['a', 'b'] } },
      },
    ],
  },
})

/** A version that can be used: completed and, when asked, approved. Returns its ARN. */
export async function createVersion(account: Account, group: string, more: object = {}): Promise<string> {
  const { sagemaker } = account
  const { ModelPackageArn: arn = '' } = await sagemaker.createModelPackage({
    ModelPackageGroupName: group,
    InferenceSpecification: inference(account),
    ...more,
  })
  await completed(account, arn)
  return arn
}

export const completed = ({ sagemaker }: Account, ModelPackageName: string) =>
  eventually(
    () => sagemaker.describeModelPackage({ ModelPackageName }),
    answer => answer.ModelPackageStatus === 'Completed',
  )

/** Two trials of one integer. */
export function tuningJob(
  account: Account,
  HyperParameterTuningJobName: string,
): CreateHyperParameterTuningJobCommandInput {
  const { TrainingJobName: _, AlgorithmSpecification, ...training } = trainingJob(account, 'none')
  return {
    HyperParameterTuningJobName,
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'loss' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 2, MaxParallelTrainingJobs: 2 },
      ParameterRanges: { IntegerParameterRanges: [{ Name: 'depth', MinValue: '1', MaxValue: '9' }] },
      RandomSeed: 1,
    },
    TrainingJobDefinition: {
      ...training,
      StaticHyperParameters: { rate: '0.5' },
      AlgorithmSpecification: {
        TrainingImage: account.image,
        TrainingInputMode: AlgorithmSpecification?.TrainingInputMode,
        MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }],
      },
    },
    Tags: [{ Key: 'colour', Value: 'red' }],
  } as CreateHyperParameterTuningJobCommandInput
}
