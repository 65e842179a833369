import type {
  Channel,
  ChannelSpecification,
  CreateTrainingJobRequest,
  DescribeAlgorithmOutput,
  DescribeTrainingJobResponse,
} from '@aws-sdk/client-sagemaker'

export interface ChannelValues {
  readonly name: string
  readonly inputMode: string
  readonly contentType: string
  readonly compression: string
  readonly recordWrapper: string
  readonly dataType: string
  readonly distribution: string
  readonly uri: string
}

export interface Pair {
  readonly key: string
  readonly value: string
}

/** The form as it stands on the screen: texts, since people type them. */
export interface TrainingJobValues {
  readonly name: string
  readonly role: string
  readonly source: string
  readonly algorithm: string
  readonly image: string
  readonly inputMode: string
  readonly metrics: readonly Pair[]
  readonly instanceType: string
  readonly instanceCount: string
  readonly volume: string
  readonly volumeKey: string
  readonly runtime: string
  readonly runtimeUnit: string
  readonly isIsolated: boolean
  readonly isEncrypted: boolean
  readonly hyperParameters: readonly Pair[]
  readonly channels: readonly ChannelValues[]
  readonly checkpointUri: string
  readonly checkpointPath: string
  readonly outputUri: string
  readonly outputKey: string
  readonly outputCompression: string
  readonly isSpot: boolean
  readonly maxWait: string
  readonly environment: readonly Pair[]
  readonly tags: readonly Pair[]
}

export const newChannel = (name: string): ChannelValues => ({
  name,
  inputMode: '',
  contentType: '',
  compression: 'None',
  recordWrapper: 'None',
  dataType: 'S3Prefix',
  distribution: 'FullyReplicated',
  uri: '',
})

export const newTrainingJob: TrainingJobValues = {
  ...{ name: '', role: '', source: 'own', algorithm: '', image: '', inputMode: 'File', metrics: [] },
  ...{
    instanceType: 'ml.m5.large',
    instanceCount: '1',
    volume: '1',
    volumeKey: '',
    runtime: '24',
    runtimeUnit: 'hours',
  },
  ...{ isIsolated: false, isEncrypted: false, hyperParameters: [], channels: [newChannel('train')] },
  ...{
    checkpointUri: '',
    checkpointPath: '/opt/ml/checkpoints',
    outputUri: '',
    outputKey: '',
    outputCompression: 'GZIP',
  },
  ...{ isSpot: false, maxWait: '3600', environment: [], tags: [] },
}

export const unitSeconds: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 }

const optional = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())
const record = (pairs: readonly Pair[]): Record<string, string> | undefined =>
  pairs.length === 0 ? undefined : Object.fromEntries(pairs.map(({ key, value }) => [key, value]))

/** The request that the form stands for. */
export function trainingJobRequest(values: TrainingJobValues): CreateTrainingJobRequest {
  const isContainer = values.source === 'container'
  const definitions = values.metrics.map(({ key, value }) => ({ Name: key, Regex: value }))
  const checkpoint = optional(values.checkpointUri)
  return {
    TrainingJobName: values.name,
    RoleArn: values.role,
    AlgorithmSpecification: {
      ...(isContainer ? { TrainingImage: values.image.trim() } : { AlgorithmName: values.algorithm }),
      TrainingInputMode: values.inputMode as 'File',
      ...(isContainer && definitions.length > 0 && { MetricDefinitions: definitions }),
    },
    HyperParameters: record(values.hyperParameters),
    InputDataConfig: values.channels.length === 0 ? undefined : values.channels.map(channelRequest),
    OutputDataConfig: {
      S3OutputPath: values.outputUri.trim(),
      KmsKeyId: optional(values.outputKey),
      ...(values.outputCompression !== 'GZIP' && { CompressionType: values.outputCompression as 'NONE' }),
    },
    ResourceConfig: {
      InstanceType: values.instanceType as 'ml.m5.large',
      InstanceCount: Number(values.instanceCount),
      VolumeSizeInGB: Number(values.volume),
      VolumeKmsKeyId: optional(values.volumeKey),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: Number(values.runtime) * (unitSeconds[values.runtimeUnit] ?? 1),
      ...(values.isSpot && { MaxWaitTimeInSeconds: Number(values.maxWait) }),
    },
    ...(values.isIsolated && { EnableNetworkIsolation: true }),
    ...(values.isEncrypted && { EnableInterContainerTrafficEncryption: true }),
    ...(values.isSpot && { EnableManagedSpotTraining: true }),
    ...(checkpoint !== undefined && {
      CheckpointConfig: { S3Uri: checkpoint, LocalPath: optional(values.checkpointPath) },
    }),
    Environment: record(values.environment),
    Tags: values.tags.length === 0 ? undefined : values.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  }
}

const channelRequest = (channel: ChannelValues): Channel => ({
  ChannelName: channel.name,
  InputMode: optional(channel.inputMode) as 'File' | undefined,
  ContentType: optional(channel.contentType),
  CompressionType: channel.compression as 'None',
  RecordWrapperType: channel.recordWrapper as 'None',
  DataSource: {
    S3DataSource: {
      S3DataType: channel.dataType as 'S3Prefix',
      S3Uri: channel.uri.trim(),
      S3DataDistributionType: channel.distribution as 'FullyReplicated',
    },
  },
})

const pairs = (values: Readonly<Record<string, string>> | undefined): Pair[] =>
  Object.entries(values ?? {}).map(([key, value]) => ({ key, value }))

/** The form of another job like this one: everything but the name. */
export function clonedTrainingJob(job: DescribeTrainingJobResponse): TrainingJobValues {
  const { AlgorithmSpecification: algorithm, OutputDataConfig: output, ResourceConfig: resources } = job
  const { StoppingCondition: stopping, CheckpointConfig: checkpoint } = job
  return {
    ...newTrainingJob,
    role: job.RoleArn ?? '',
    source:
      algorithm?.AlgorithmName === undefined
        ? 'container'
        : sourceOf(algorithm.AlgorithmName, job.TrainingJobArn ?? ''),
    algorithm: algorithm?.AlgorithmName ?? '',
    image: algorithm?.AlgorithmName === undefined ? (algorithm?.TrainingImage ?? '') : '',
    inputMode: algorithm?.TrainingInputMode ?? 'File',
    metrics: (algorithm?.MetricDefinitions ?? []).map(({ Name = '', Regex = '' }) => ({ key: Name, value: Regex })),
    instanceType: resources?.InstanceType ?? newTrainingJob.instanceType,
    instanceCount: String(resources?.InstanceCount ?? 1),
    volume: String(resources?.VolumeSizeInGB ?? 1),
    volumeKey: resources?.VolumeKmsKeyId ?? '',
    runtime: String(stopping?.MaxRuntimeInSeconds ?? 86_400),
    runtimeUnit: 'seconds',
    isIsolated: job.EnableNetworkIsolation ?? false,
    isEncrypted: job.EnableInterContainerTrafficEncryption ?? false,
    hyperParameters: pairs(job.HyperParameters),
    channels: (job.InputDataConfig ?? []).map(clonedChannel),
    checkpointUri: checkpoint?.S3Uri ?? '',
    checkpointPath: checkpoint?.LocalPath ?? newTrainingJob.checkpointPath,
    outputUri: output?.S3OutputPath ?? '',
    outputKey: output?.KmsKeyId ?? '',
    outputCompression: output?.CompressionType ?? 'GZIP',
    isSpot: job.EnableManagedSpotTraining ?? false,
    maxWait: String(stopping?.MaxWaitTimeInSeconds ?? 3600),
    environment: pairs(job.Environment),
  }
}

/** The form of a job with an algorithm: what its specification asks for and offers. One that is another account's runs isolated. */
export function trainingJobFor(algorithm: DescribeAlgorithmOutput, account: string): TrainingJobValues {
  const { AlgorithmArn: arn = '', TrainingSpecification: training } = algorithm
  const isOwn = arn.split(':')[4] === account
  const channels = training?.TrainingChannels ?? []
  const modes = channels[0]?.SupportedInputModes ?? []
  return {
    ...newTrainingJob,
    source: isOwn ? 'own' : 'subscription',
    algorithm: isOwn ? (algorithm.AlgorithmName ?? '') : arn,
    inputMode: modes.includes('File') ? 'File' : (modes[0] ?? newTrainingJob.inputMode),
    instanceType: training?.SupportedTrainingInstanceTypes?.[0] ?? newTrainingJob.instanceType,
    isIsolated: !isOwn,
    hyperParameters: (training?.SupportedHyperParameters ?? [])
      .filter(({ IsRequired, DefaultValue }) => IsRequired || DefaultValue !== undefined)
      .map(({ Name = '', DefaultValue = '' }) => ({ key: Name, value: DefaultValue })),
    channels: channels.filter(({ IsRequired }) => IsRequired !== false).map(specifiedChannel),
  }
}

const specifiedChannel = (channel: ChannelSpecification): ChannelValues => ({
  ...newChannel(channel.Name ?? ''),
  contentType: channel.SupportedContentTypes?.[0] ?? '',
  compression: channel.SupportedCompressionTypes?.[0] ?? 'None',
})

/** An algorithm of another account is a subscription. */
const sourceOf = (algorithm: string, job: string): string =>
  !algorithm.startsWith('arn:') || algorithm.split(':')[4] === job.split(':')[4] ? 'own' : 'subscription'

const clonedChannel = (channel: Channel): ChannelValues => ({
  ...newChannel(channel.ChannelName ?? ''),
  inputMode: channel.InputMode ?? '',
  contentType: channel.ContentType ?? '',
  compression: channel.CompressionType ?? 'None',
  recordWrapper: channel.RecordWrapperType ?? 'None',
  dataType: channel.DataSource?.S3DataSource?.S3DataType ?? 'S3Prefix',
  distribution: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
  uri: channel.DataSource?.S3DataSource?.S3Uri ?? '',
})
