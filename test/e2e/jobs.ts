import type {
  CreateEndpointConfigCommandInput,
  CreateTrainingJobCommandInput,
  CreateTransformJobCommandInput,
  DescribeEndpointCommandOutput,
  DescribeTrainingJobCommandOutput,
  DescribeTransformJobCommandOutput,
  ProductionVariant,
} from '@aws-sdk/client-sagemaker'
import type { Party } from './party.ts'
import { until } from './until.ts'

/** The smallest there is: a machine takes few at a time. */
export const instanceType = 'ml.c7i.large' as const

type TrainingRequest = CreateTrainingJobCommandInput
type Partially<Request> = Partial<{ [Name in keyof Request]: Request[Name] }>

/** A training job of the party's own image; `mode` and the like are hyperparameters of examples/contract-probe. */
export const trainingRequest = (
  party: Party,
  TrainingJobName: string,
  HyperParameters: Record<string, string>,
  changes: Partially<TrainingRequest> = {},
): TrainingRequest => ({
  TrainingJobName,
  AlgorithmSpecification: { TrainingImage: party.image, TrainingInputMode: 'File' },
  RoleArn: party.role,
  HyperParameters,
  OutputDataConfig: { S3OutputPath: `s3://${party.bucket}/out` },
  ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 300 },
  ...changes,
})

/** One channel that reads a prefix. */
export const channel = (S3Uri: string, S3DataType: 'S3Prefix' | 'ManifestFile' = 'S3Prefix') => ({
  ChannelName: 'training',
  DataSource: { S3DataSource: { S3DataType, S3Uri, S3DataDistributionType: 'FullyReplicated' as const } },
})

/** A training job whose container runs one line of Python, of at most 256 characters, instead of the image's own program. */
export const pythonJob = (party: Party, script: string): Partially<TrainingRequest> => ({
  AlgorithmSpecification: {
    TrainingImage: party.image,
    TrainingInputMode: 'File',
    ContainerEntrypoint: ['/usr/bin/python3', '-c', script],
  },
})

export const describeTraining = ({ sagemaker }: Party, TrainingJobName: string) =>
  sagemaker.describeTrainingJob({ TrainingJobName })

const ended = /^(Completed|Failed|Stopped)$/

export const trainingEnd = (party: Party, name: string): Promise<DescribeTrainingJobCommandOutput> =>
  until(
    `training job ${name} ends`,
    () => describeTraining(party, name),
    ({ TrainingJobStatus = '' }) => ended.test(TrainingJobStatus),
  )

/** Waits until the container runs, to the engine's own knowledge, and its log has its first line. */
export async function trainingRuns(party: Party, name: string): Promise<void> {
  await until(
    `training job ${name} prints something`,
    async () => logLines(party, '/aws/sagemaker/TrainingJobs', `${name}/`),
    lines => lines.length > 0,
  )
}

/** Runs a training job to its end. */
export async function train(...given: Parameters<typeof trainingRequest>): Promise<DescribeTrainingJobCommandOutput> {
  const [party, name] = given
  await party.sagemaker.createTrainingJob(trainingRequest(...given))
  return trainingEnd(party, name)
}

/** A model of the party's image that serves as `environment` says. */
export async function makeModel(
  party: Party,
  ModelName: string,
  Environment: Record<string, string>,
  ModelDataUrl?: string,
): Promise<string> {
  const PrimaryContainer = { Image: party.image, Environment, ...(ModelDataUrl && { ModelDataUrl }) }
  const { ModelArn } = await party.sagemaker.createModel({ ModelName, PrimaryContainer, ExecutionRoleArn: party.role })
  return ModelArn as string
}

/** Asks for an endpoint with a variant for each model, all by the name of the model. */
export async function createEndpoint(
  { sagemaker }: Party,
  EndpointName: string,
  models: readonly string[],
  changes: Partial<{ [Name in keyof ProductionVariant]: ProductionVariant[Name] | undefined }> = {},
  more: Partial<CreateEndpointConfigCommandInput> = {},
): Promise<void> {
  const ProductionVariants = models.map(name => ({
    ...{
      VariantName: name,
      ModelName: name,
      InstanceType: instanceType as ProductionVariant['InstanceType'],
      InitialInstanceCount: 1,
    },
    ...changes,
  }))
  await sagemaker.createEndpointConfig({ EndpointConfigName: EndpointName, ProductionVariants, ...more } as never)
  await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: EndpointName })
}

/** Waits until the endpoint is InService or Failed. */
export const endpointSettled = ({ sagemaker }: Party, EndpointName: string): Promise<DescribeEndpointCommandOutput> =>
  until(
    `endpoint ${EndpointName} is InService or Failed`,
    () => sagemaker.describeEndpoint({ EndpointName }),
    ({ EndpointStatus = '' }) => /^(InService|Failed)$/.test(EndpointStatus),
  )

export const invoke = ({ runtime }: Party, EndpointName: string, TargetVariant: string, body = 'hello') =>
  runtime.invokeEndpoint({ EndpointName, TargetVariant, Body: Buffer.from(body), ContentType: 'text/plain' })

/** Runs a transform job over everything below `prefix` to its end. */
export async function transform(
  { sagemaker, bucket }: Party,
  TransformJobName: string,
  ModelName: string,
  prefix: string,
  changes: Partially<CreateTransformJobCommandInput> = {},
): Promise<DescribeTransformJobCommandOutput> {
  await sagemaker.createTransformJob({
    TransformJobName,
    ModelName,
    BatchStrategy: 'SingleRecord',
    TransformInput: {
      SplitType: 'Line',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${prefix}` } },
    },
    TransformOutput: { S3OutputPath: `s3://${bucket}/out/${TransformJobName}`, AssembleWith: 'Line' },
    TransformResources: { InstanceType: instanceType, InstanceCount: 1 },
    ...changes,
  })
  return until(
    `transform job ${TransformJobName} ends`,
    () => sagemaker.describeTransformJob({ TransformJobName }),
    ({ TransformJobStatus = '' }) => ended.test(TransformJobStatus),
  )
}

/** Every line of every stream whose name begins so, in order; none while there is no such log. */
export async function logLines({ logs }: Party, logGroupName: string, logStreamNamePrefix: string): Promise<string[]> {
  try {
    const { logStreams = [] } = await logs.describeLogStreams({ logGroupName, logStreamNamePrefix })
    const lines: string[] = []
    for (const { logStreamName = '' } of logStreams) {
      for (let nextToken: string | undefined; ; ) {
        const page = await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true, nextToken })
        lines.push(...(page.events ?? []).map(({ message = '' }) => message))
        if (page.nextForwardToken === nextToken) break
        nextToken = page.nextForwardToken
      }
    }
    return lines
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return []
    throw error
  }
}

/** The bytes of an object that a URI names. */
export async function download({ s3 }: Party, uri: string): Promise<Buffer> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  const { Body } = await s3.getObject({ Bucket, Key })
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}
