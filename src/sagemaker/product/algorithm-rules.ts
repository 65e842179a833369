import type { HyperParameterSpecification, TrainingSpecification } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { checkMetricDefinitions, type MetricDefinition } from '../../workload/metric-definition.ts'

/** What a training job asks of an algorithm. */
export interface TrainingRequest {
  readonly hyperParameters: Readonly<Record<string, string>>
  readonly channels: readonly {
    ChannelName?: string
    ContentType?: string
    CompressionType?: string
    InputMode?: string
  }[]
  readonly inputMode: string
  readonly instanceType: string
  readonly instanceCount: number
}

/**
 * Holds a request against the algorithm's training specification and returns the hyperparameters with defaults filled in.
 * Throws ValidationException. Source: SageMaker Developer Guide, "Create an Algorithm Resource".
 */
export function checkTraining(spec: TrainingSpecification, request: TrainingRequest): Record<string, string> {
  checkInstances(spec, request.instanceType, request.instanceCount)
  checkChannels(spec, request)
  return checkHyperParameters(spec.SupportedHyperParameters ?? [], request.hyperParameters)
}

function checkInstances(spec: TrainingSpecification, type: string, count: number): void {
  const supported = spec.SupportedTrainingInstanceTypes ?? []
  if (!supported.some(supportedType => supportedType === type))
    throw new ValidationException(
      `The algorithm does not support the instance type ${type} for training. Supported: ${supported.join(', ')}.`,
    )
  if (count > 1 && !spec.SupportsDistributedTraining)
    throw new ValidationException(
      `The algorithm does not support distributed training: InstanceCount must be 1, not ${count}.`,
    )
}

function checkChannels(spec: TrainingSpecification, { channels, inputMode }: TrainingRequest): void {
  const specs = spec.TrainingChannels ?? []
  for (const channel of channels) {
    const declared = specs.find(({ Name }) => Name === channel.ChannelName)
    if (!declared)
      throw new ValidationException(
        `The algorithm has no channel "${channel.ChannelName}". Its channels: ${specs.map(({ Name }) => Name).join(', ')}.`,
      )
    const offered = (what: string, value: string | undefined, values: readonly string[] | undefined) => {
      if (value !== undefined && values?.length && !values.includes(value))
        throw new ValidationException(
          `Channel "${channel.ChannelName}" does not support the ${what} ${value}. Supported: ${values.join(', ')}.`,
        )
    }
    offered('input mode', channel.InputMode ?? inputMode, declared.SupportedInputModes)
    offered('content type', channel.ContentType, declared.SupportedContentTypes)
    offered('compression type', channel.CompressionType, declared.SupportedCompressionTypes ?? ['None'])
  }
  for (const { Name, IsRequired } of specs)
    if (IsRequired && !channels.some(channel => channel.ChannelName === Name))
      throw new ValidationException(
        `The algorithm requires the channel "${Name}", which InputDataConfig does not have.`,
      )
}

function checkHyperParameters(
  specs: readonly HyperParameterSpecification[],
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  for (const [name, value] of Object.entries(given)) {
    const spec = specs.find(({ Name }) => Name === name)
    if (!spec)
      throw new ValidationException(
        `The algorithm has no hyperparameter "${name}". It has: ${specs.map(({ Name }) => Name).join(', ') || 'none'}.`,
      )
    const problem = valueProblem(spec, value)
    if (problem) throw new ValidationException(`Hyperparameter "${name}" = "${value}": ${problem}.`)
  }
  const missing = specs.filter(({ Name, IsRequired }) => IsRequired && given[Name as string] === undefined)
  if (missing.length > 0)
    throw new ValidationException(
      `The algorithm requires the hyperparameter "${missing[0]?.Name}", which HyperParameters does not have.`,
    )
  const defaults = specs
    .filter(({ DefaultValue }) => DefaultValue !== undefined)
    .map(({ Name, DefaultValue }) => [Name, DefaultValue])
  return { ...Object.fromEntries(defaults), ...given }
}

/** Why a value is outside what a hyperparameter's type and range allow; undefined when it is not. */
export function valueProblem({ Type, Range }: HyperParameterSpecification, value: string): string | undefined {
  if (Type === 'FreeText') return undefined
  if (Type === 'Categorical') {
    const values = Range?.CategoricalParameterRangeSpecification?.Values
    return !values || values.includes(value) ? undefined : `must be one of ${values.join(', ')}`
  }
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) return `must be a number, as its type is ${Type}`
  if (Type === 'Integer' && !Number.isInteger(number)) return 'must be an integer'
  const range =
    Type === 'Integer' ? Range?.IntegerParameterRangeSpecification : Range?.ContinuousParameterRangeSpecification
  if (range && (number < Number(range.MinValue) || number > Number(range.MaxValue)))
    return `must be between ${range.MinValue} and ${range.MaxValue}`
  return undefined
}

/** The rules of a training specification itself, when an algorithm is created. Throws ValidationException. */
export function checkSpecification(spec: TrainingSpecification): void {
  if (!spec.SupportedTrainingInstanceTypes?.length)
    throw new ValidationException('SupportedTrainingInstanceTypes must name at least one instance type.')
  for (const member of ['SupportedHyperParameters', 'TrainingChannels', 'MetricDefinitions'] as const) {
    const names = (spec[member] ?? []).map(({ Name }) => Name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new ValidationException(`${member} holds "${twice}" more than once.`)
  }
  for (const parameter of spec.SupportedHyperParameters ?? []) checkParameter(parameter)
  const metrics = new Set(spec.MetricDefinitions?.map(({ Name }) => Name))
  for (const { MetricName } of spec.SupportedTuningJobObjectiveMetrics ?? [])
    if (!metrics.has(MetricName))
      throw new ValidationException(
        `SupportedTuningJobObjectiveMetrics names "${MetricName}", which MetricDefinitions does not define.`,
      )
  checkMetricDefinitions((spec.MetricDefinitions ?? []) as MetricDefinition[])
}

function checkParameter(parameter: HyperParameterSpecification): void {
  const { Name, Type, IsRequired, DefaultValue, Range } = parameter
  const complain = (problem: string) => new ValidationException(`SupportedHyperParameters "${Name}": ${problem}.`)
  if (IsRequired && DefaultValue !== undefined) throw complain('a required hyperparameter cannot have a default value')
  const kinds = {
    Integer: 'IntegerParameterRangeSpecification',
    Continuous: 'ContinuousParameterRangeSpecification',
    Categorical: 'CategoricalParameterRangeSpecification',
  }
  const expected = kinds[Type as keyof typeof kinds]
  for (const kind of Object.keys(Range ?? {}))
    if (kind !== expected) throw complain(`its type is ${Type}, but its range is ${kind}`)
  const bounds = Range?.IntegerParameterRangeSpecification ?? Range?.ContinuousParameterRangeSpecification
  for (const bound of bounds ? [bounds.MinValue, bounds.MaxValue] : []) {
    const wrong = valueProblem({ Name, Type }, bound as string)
    if (wrong) throw complain(`the bound "${bound}" of its range ${wrong}`)
  }
  if (bounds && Number(bounds.MinValue) > Number(bounds.MaxValue))
    throw complain(`the MinValue of its range, ${bounds.MinValue}, is greater than its MaxValue, ${bounds.MaxValue}`)
  if (parameter.IsTunable && Type === 'FreeText') throw complain('a hyperparameter of type FreeText cannot be tunable')
  const problem = DefaultValue === undefined ? undefined : valueProblem(parameter, DefaultValue)
  if (problem) throw complain(`its default "${DefaultValue}" ${problem}`)
}
