import type { ChannelSpecification, CreateAlgorithmInput } from '@aws-sdk/client-sagemaker'
import {
  filled,
  inferenceSpecification,
  json,
  listOf,
  newServing,
  newValidation,
  optional,
  type ServingValues,
  transformText,
  type ValidationValues,
} from './product-values.ts'

export interface ChannelSpecValues {
  readonly name: string
  readonly isRequired: boolean
  readonly description: string
  readonly modes: readonly string[]
  readonly contentTypes: string
  readonly compressions: readonly string[]
}

export interface MetricValues {
  readonly name: string
  readonly regex: string
  /** Empty where nothing is tuned by it. */
  readonly objective: '' | 'Maximize' | 'Minimize'
}

/** The wizard of an algorithm as it stands on the screen. */
export interface AlgorithmValues extends ServingValues, ValidationValues {
  readonly name: string
  readonly description: string
  readonly trainingImage: string
  readonly isDistributed: string
  readonly trainingTypes: readonly string[]
  readonly channels: readonly ChannelSpecValues[]
  /** JSON. */
  readonly hyperParameters: string
  readonly metrics: readonly MetricValues[]
  readonly infers: boolean
  /** JSON; the template while it is empty. */
  readonly trainingJob: string
}

export const newChannelSpec = (name: string, isRequired: boolean): ChannelSpecValues => ({
  ...{ name, isRequired, description: '', modes: ['File'], contentTypes: '', compressions: ['None'] },
})

export const newAlgorithm: AlgorithmValues = {
  ...newServing,
  ...newValidation,
  ...{ name: '', description: '', trainingImage: '', isDistributed: 'no', trainingTypes: [] },
  ...{ channels: [newChannelSpec('train', true)], hyperParameters: '[]', metrics: [], infers: true, trainingJob: '' },
}

/** TrainingJobDefinition with an object for each channel of the specification. */
export const trainingTemplate = ({ channels, trainingTypes }: AlgorithmValues) => ({
  TrainingInputMode: 'File',
  HyperParameters: {},
  InputDataConfig: channels.map(({ name, contentTypes }) => ({
    ChannelName: name,
    ...(listOf(contentTypes)[0] !== undefined && { ContentType: listOf(contentTypes)[0] }),
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://' } },
  })),
  OutputDataConfig: { S3OutputPath: 's3://' },
  ResourceConfig: { InstanceType: trainingTypes[0] ?? 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 10 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
})

export const trainingText = (values: AlgorithmValues): string =>
  values.trainingJob === '' ? json(trainingTemplate(values)) : values.trainingJob

/** The request that the wizard stands for. Throws SyntaxError where a document is no JSON. */
export function algorithmRequest(values: AlgorithmValues): CreateAlgorithmInput {
  const { metrics, infers } = values
  const objectives = metrics.filter(({ objective }) => objective !== '')
  return {
    AlgorithmName: values.name,
    AlgorithmDescription: optional(values.description),
    TrainingSpecification: {
      TrainingImage: values.trainingImage.trim(),
      SupportedTrainingInstanceTypes: values.trainingTypes as ['ml.m5.large'],
      SupportsDistributedTraining: values.isDistributed === 'yes',
      SupportedHyperParameters: filled(JSON.parse(values.hyperParameters)),
      MetricDefinitions: filled(metrics.map(({ name, regex }) => ({ Name: name, Regex: regex }))),
      SupportedTuningJobObjectiveMetrics: filled(
        objectives.map(({ name, objective }) => ({ MetricName: name, Type: objective as 'Maximize' })),
      ),
      TrainingChannels: values.channels.map(channelSpecification),
    },
    InferenceSpecification: infers ? (inferenceSpecification(values) as never) : undefined,
    ValidationSpecification: values.validates === 'yes' ? validation(values) : undefined,
    CertifyForMarketplace: values.publishes === 'yes',
  }
}

const channelSpecification = (channel: ChannelSpecValues): ChannelSpecification => ({
  Name: channel.name,
  Description: optional(channel.description),
  IsRequired: channel.isRequired,
  SupportedInputModes: channel.modes as ['File'],
  SupportedContentTypes: listOf(channel.contentTypes),
  SupportedCompressionTypes: channel.compressions as ['None'],
})

const validation = (values: AlgorithmValues) => ({
  ValidationRole: values.role,
  ValidationProfiles: [
    {
      ProfileName: values.profileName,
      TrainingJobDefinition: JSON.parse(trainingText(values)),
      ...(values.infers && { TransformJobDefinition: JSON.parse(transformText(values)) }),
    },
  ],
})
