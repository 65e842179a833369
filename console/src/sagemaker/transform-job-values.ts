import type {
  CreateTransformJobRequest,
  DescribeTransformJobResponse,
  InferenceSpecification,
} from '@aws-sdk/client-sagemaker'
import type { Pair } from './training-job-values.ts'

/** The form of a batch transform job as it stands on the screen. */
export interface TransformJobValues {
  readonly name: string
  readonly model: string
  readonly instanceType: string
  readonly count: string
  readonly concurrent: string
  readonly payload: string
  readonly strategy: string
  readonly volumeKey: string
  readonly dataType: string
  readonly split: string
  readonly compression: string
  readonly contentType: string
  readonly uri: string
  readonly outputUri: string
  readonly assemble: string
  readonly accept: string
  readonly outputKey: string
  readonly inputFilter: string
  readonly join: string
  readonly outputFilter: string
  readonly environment: readonly Pair[]
  readonly tags: readonly Pair[]
}

export const newTransformJob: TransformJobValues = {
  ...{ name: '', model: '', instanceType: 'ml.m5.large', count: '1', concurrent: '', payload: '', strategy: '' },
  ...{ volumeKey: '', dataType: 'S3Prefix', split: 'None', compression: 'None', contentType: '', uri: '' },
  ...{ outputUri: '', assemble: 'None', accept: '', outputKey: '' },
  ...{ inputFilter: '', join: 'None', outputFilter: '', environment: [], tags: [] },
}

/** The form of a job with a model, by what its package says of serving it. */
export const transformJobFor = (model: string, serving: Partial<InferenceSpecification>): TransformJobValues => ({
  ...newTransformJob,
  model,
  instanceType: serving.SupportedTransformInstanceTypes?.[0] ?? newTransformJob.instanceType,
  contentType: serving.SupportedContentTypes?.[0] ?? '',
  accept: serving.SupportedResponseMIMETypes?.[0] ?? '',
})

const optional = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())
const number = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text))

/** The request that the form stands for. */
export function transformJobRequest(values: TransformJobValues): CreateTransformJobRequest {
  return {
    TransformJobName: values.name,
    ModelName: values.model,
    MaxConcurrentTransforms: number(values.concurrent),
    MaxPayloadInMB: number(values.payload),
    BatchStrategy: optional(values.strategy) as 'MultiRecord' | undefined,
    Environment:
      values.environment.length === 0
        ? undefined
        : Object.fromEntries(values.environment.map(({ key, value }) => [key, value])),
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: values.dataType as 'S3Prefix', S3Uri: values.uri.trim() } },
      ContentType: optional(values.contentType),
      CompressionType: values.compression as 'None',
      SplitType: values.split as 'None',
    },
    TransformOutput: {
      S3OutputPath: values.outputUri.trim(),
      Accept: optional(values.accept),
      AssembleWith: values.assemble as 'None',
      KmsKeyId: optional(values.outputKey),
    },
    TransformResources: {
      InstanceType: values.instanceType as 'ml.m5.large',
      InstanceCount: Number(values.count),
      VolumeKmsKeyId: optional(values.volumeKey),
    },
    DataProcessing: processing(values),
    Tags: values.tags.length === 0 ? undefined : values.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  }
}

function processing({ inputFilter, outputFilter, join }: TransformJobValues) {
  const [input, output] = [optional(inputFilter), optional(outputFilter)]
  if (input === undefined && output === undefined && join === 'None') return undefined
  return { InputFilter: input, OutputFilter: output, JoinSource: join as 'Input' }
}

/** The form of another job like this one: everything but the name. */
export function clonedTransformJob(job: DescribeTransformJobResponse): TransformJobValues {
  const { TransformInput: input, TransformOutput: output, TransformResources: resources, DataProcessing: data } = job
  return {
    ...newTransformJob,
    model: job.ModelName ?? '',
    instanceType: resources?.InstanceType ?? newTransformJob.instanceType,
    count: String(resources?.InstanceCount ?? 1),
    volumeKey: resources?.VolumeKmsKeyId ?? '',
    concurrent: job.MaxConcurrentTransforms === undefined ? '' : String(job.MaxConcurrentTransforms),
    payload: job.MaxPayloadInMB === undefined ? '' : String(job.MaxPayloadInMB),
    strategy: job.BatchStrategy ?? '',
    dataType: input?.DataSource?.S3DataSource?.S3DataType ?? 'S3Prefix',
    uri: input?.DataSource?.S3DataSource?.S3Uri ?? '',
    contentType: input?.ContentType ?? '',
    compression: input?.CompressionType ?? 'None',
    split: input?.SplitType ?? 'None',
    outputUri: output?.S3OutputPath ?? '',
    accept: output?.Accept ?? '',
    assemble: output?.AssembleWith ?? 'None',
    outputKey: output?.KmsKeyId ?? '',
    inputFilter: data?.InputFilter ?? '',
    outputFilter: data?.OutputFilter ?? '',
    join: data?.JoinSource ?? 'None',
    environment: Object.entries(job.Environment ?? {}).map(([key, value]) => ({ key, value })),
  }
}
