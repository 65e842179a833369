import type {
  ChannelSpecification,
  DescribeAlgorithmOutput,
  DescribeModelPackageOutput,
  InferenceSpecification,
} from '@aws-sdk/client-sagemaker'
import { type AlgorithmValues, type ChannelSpecValues, newAlgorithm } from './algorithm-values.ts'
import { type ModelPackageValues, newModelPackage } from './model-package-values.ts'
import { json, newServing, newValidation, type ServingValues, type ValidationValues } from './product-values.ts'

const typed = (list: readonly string[] | undefined): string => (list ?? []).join(', ')

function clonedServing(specification: InferenceSpecification | undefined): ServingValues {
  if (!specification) return newServing
  const [container] = specification.Containers ?? []
  return {
    image: container?.Image ?? '',
    hostname: container?.ContainerHostname ?? '',
    realtimeTypes: specification.SupportedRealtimeInferenceInstanceTypes ?? [],
    transformTypes: specification.SupportedTransformInstanceTypes ?? [],
    contentTypes: typed(specification.SupportedContentTypes),
    responseTypes: typed(specification.SupportedResponseMIMETypes),
  }
}

type Validated = Pick<DescribeAlgorithmOutput, 'CertifyForMarketplace'> & {
  readonly ValidationSpecification?:
    | {
        readonly ValidationRole?: string | undefined
        readonly ValidationProfiles?:
          | readonly {
              readonly ProfileName?: string | undefined
              readonly TransformJobDefinition?: object | undefined
            }[]
          | undefined
      }
    | undefined
}

function clonedValidation({ CertifyForMarketplace, ValidationSpecification: given }: Validated): ValidationValues {
  const [profile] = given?.ValidationProfiles ?? []
  return {
    publishes: CertifyForMarketplace ? 'yes' : 'no',
    validates: given ? 'yes' : 'no',
    role: given?.ValidationRole ?? '',
    profileName: profile?.ProfileName ?? newValidation.profileName,
    transformJob: profile?.TransformJobDefinition ? json(profile.TransformJobDefinition) : '',
  }
}

/** The wizard of another algorithm like this one: everything but the name. */
export function clonedAlgorithm(algorithm: DescribeAlgorithmOutput): AlgorithmValues {
  const { TrainingSpecification: training, InferenceSpecification: inference } = algorithm
  const training0 = algorithm.ValidationSpecification?.ValidationProfiles?.[0]?.TrainingJobDefinition
  const objectives = new Map(
    training?.SupportedTuningJobObjectiveMetrics?.map(({ MetricName, Type }) => [MetricName, Type]),
  )
  return {
    ...newAlgorithm,
    ...clonedServing(inference),
    ...clonedValidation(algorithm),
    description: algorithm.AlgorithmDescription ?? '',
    trainingImage: training?.TrainingImage ?? '',
    isDistributed: training?.SupportsDistributedTraining ? 'yes' : 'no',
    trainingTypes: training?.SupportedTrainingInstanceTypes ?? [],
    channels: (training?.TrainingChannels ?? []).map(clonedChannel),
    hyperParameters: json(training?.SupportedHyperParameters ?? []),
    metrics: (training?.MetricDefinitions ?? []).map(({ Name = '', Regex = '' }) => ({
      ...{ name: Name, regex: Regex, objective: objectives.get(Name) ?? '' },
    })),
    infers: inference !== undefined,
    trainingJob: training0 ? json(training0) : '',
  }
}

const clonedChannel = (channel: ChannelSpecification): ChannelSpecValues => ({
  name: channel.Name ?? '',
  isRequired: channel.IsRequired ?? false,
  description: channel.Description ?? '',
  modes: channel.SupportedInputModes ?? [],
  contentTypes: typed(channel.SupportedContentTypes),
  compressions: channel.SupportedCompressionTypes ?? [],
})

/** The wizard of another model package like this one: everything but the name. */
export function clonedModelPackage(described: DescribeModelPackageOutput): ModelPackageValues {
  const [source] = described.SourceAlgorithmSpecification?.SourceAlgorithms ?? []
  const container = described.InferenceSpecification?.Containers?.[0]
  return {
    ...newModelPackage,
    ...clonedServing(described.InferenceSpecification),
    ...clonedValidation(described),
    description: described.ModelPackageDescription ?? '',
    option: source ? 'algorithm' : 'image',
    algorithm: source?.AlgorithmName ?? '',
    data: (source ? source.ModelDataUrl : container?.ModelDataUrl) ?? '',
  }
}
