import type {
  CreateHyperParameterTuningJobRequest,
  DescribeAlgorithmOutput,
  DescribeHyperParameterTuningJobResponse,
  HyperParameterSpecification,
  HyperParameterTrainingJobDefinition,
  ParameterRanges,
} from '@aws-sdk/client-sagemaker'
import { listOf } from '../seller/product-values.ts'
import {
  clonedTrainingJob,
  newTrainingJob,
  type TrainingJobValues,
  trainingJobFor,
  trainingJobRequest,
} from './training-job-values.ts'

/** A hyperparameter that is tuned, as it stands on the screen. */
export interface RangeValues {
  readonly name: string
  /** `Integer`, `Continuous` or `Categorical`. */
  readonly type: string
  readonly min: string
  readonly max: string
  readonly scaling: string
  /** Of a category, between commas. */
  readonly values: string
}

/** The form of a tuning job: that of the training jobs which it runs, and what it tunes. Its name and its tags are the tuning job's. */
export interface TuningJobValues extends TrainingJobValues {
  readonly strategy: string
  readonly earlyStopping: string
  /** Empty for a cold start. */
  readonly warmStart: string
  readonly parents: string
  readonly objective: string
  readonly objectiveType: string
  readonly ranges: readonly RangeValues[]
  readonly most: string
  readonly parallel: string
  readonly mostRuntime: string
}

export const newRange: RangeValues = { name: '', type: 'Continuous', min: '', max: '', scaling: 'Auto', values: '' }

export const newTuningJob: TuningJobValues = {
  ...{ ...newTrainingJob, source: 'container' },
  ...{ strategy: 'Bayesian', earlyStopping: 'Off', warmStart: '', parents: '', objective: '' },
  ...{ objectiveType: 'Maximize', ranges: [newRange], most: '10', parallel: '1', mostRuntime: '' },
}

/** The request that the form stands for. */
export function tuningJobRequest(values: TuningJobValues): CreateHyperParameterTuningJobRequest {
  const { TrainingJobName, HyperParameters, Tags, ...definition } = trainingJobRequest(values)
  const mostRuntime = values.mostRuntime.trim()
  const parents = listOf(values.parents).map(HyperParameterTuningJobName => ({ HyperParameterTuningJobName }))
  return {
    HyperParameterTuningJobName: TrainingJobName,
    HyperParameterTuningJobConfig: {
      Strategy: values.strategy as 'Bayesian',
      HyperParameterTuningJobObjective: {
        Type: values.objectiveType as 'Maximize',
        MetricName: values.objective.trim(),
      },
      ParameterRanges: rangesRequest(values.ranges),
      ResourceLimits: {
        MaxNumberOfTrainingJobs: Number(values.most),
        MaxParallelTrainingJobs: Number(values.parallel),
        ...(mostRuntime !== '' && { MaxRuntimeInSeconds: Number(mostRuntime) }),
      },
      TrainingJobEarlyStoppingType: values.earlyStopping as 'Off',
    },
    TrainingJobDefinition: {
      ...(definition as Omit<HyperParameterTrainingJobDefinition, 'StaticHyperParameters'>),
      StaticHyperParameters: HyperParameters,
    },
    ...(values.warmStart !== '' && {
      WarmStartConfig: {
        ParentHyperParameterTuningJobs: parents,
        WarmStartType: values.warmStart as 'TransferLearning',
      },
    }),
    Tags,
  }
}

function rangesRequest(ranges: readonly RangeValues[]): ParameterRanges {
  const of = (type: string) => ranges.filter(range => range.type === type)
  const scaled = ({ name, min, max, scaling }: RangeValues) => ({
    ...{ Name: name.trim(), MinValue: min.trim(), MaxValue: max.trim(), ScalingType: scaling as 'Auto' },
  })
  const some = <Item>(items: Item[]) => (items.length === 0 ? undefined : items)
  return {
    IntegerParameterRanges: some(of('Integer').map(scaled)),
    ContinuousParameterRanges: some(of('Continuous').map(scaled)),
    CategoricalParameterRanges: some(
      of('Categorical').map(({ name, values }) => ({ Name: name.trim(), Values: listOf(values) })),
    ),
  }
}

/** The form of another tuning job like this one: everything but its name. */
export function clonedTuningJob(job: DescribeHyperParameterTuningJobResponse): TuningJobValues {
  const { HyperParameterTuningJobConfig: config, TrainingJobDefinition: definition, WarmStartConfig: warm } = job
  const limits = config?.ResourceLimits
  // SageMaker adds the name of the metric, which is its own to add.
  const { _tuning_objective_metric, ...fixed } = definition?.StaticHyperParameters ?? {}
  return {
    ...newTuningJob,
    ...clonedTrainingJob({
      ...(definition as object),
      HyperParameters: fixed,
      TrainingJobArn: job.HyperParameterTuningJobArn,
    } as Parameters<typeof clonedTrainingJob>[0]),
    strategy: config?.Strategy ?? newTuningJob.strategy,
    earlyStopping: config?.TrainingJobEarlyStoppingType ?? newTuningJob.earlyStopping,
    warmStart: warm?.WarmStartType ?? '',
    parents: (warm?.ParentHyperParameterTuningJobs ?? []).map(one => one.HyperParameterTuningJobName).join(', '),
    objective: config?.HyperParameterTuningJobObjective?.MetricName ?? '',
    objectiveType: config?.HyperParameterTuningJobObjective?.Type ?? newTuningJob.objectiveType,
    ranges: clonedRanges(config?.ParameterRanges),
    most: String(limits?.MaxNumberOfTrainingJobs ?? newTuningJob.most),
    parallel: String(limits?.MaxParallelTrainingJobs ?? newTuningJob.parallel),
    mostRuntime: limits?.MaxRuntimeInSeconds === undefined ? '' : String(limits.MaxRuntimeInSeconds),
  }
}

function clonedRanges(ranges: ParameterRanges = {}): RangeValues[] {
  const { IntegerParameterRanges: integers = [], ContinuousParameterRanges: reals = [] } = ranges
  const scaled =
    (type: string) =>
    ({ Name = '', MinValue = '', MaxValue = '', ScalingType = 'Auto' }: (typeof reals)[number]): RangeValues => ({
      ...{ ...newRange, name: Name, type, min: MinValue, max: MaxValue, scaling: ScalingType },
    })
  return [
    ...integers.map(scaled('Integer')),
    ...reals.map(scaled('Continuous')),
    ...(ranges.CategoricalParameterRanges ?? []).map(({ Name = '', Values = [] }) => ({
      ...{ ...newRange, name: Name, type: 'Categorical', values: Values.join(', ') },
    })),
  ]
}

/** The form for an algorithm: what may be tuned is, within the ranges that it declares, for its first objective. */
export function tuningJobFor(algorithm: DescribeAlgorithmOutput, account: string): TuningJobValues {
  const { SupportedHyperParameters: parameters = [], SupportedTuningJobObjectiveMetrics: objectives = [] } =
    algorithm.TrainingSpecification ?? {}
  const ranges = parameters.filter(({ IsTunable }) => IsTunable).flatMap(specifiedRange)
  const tuned = new Set(ranges.map(({ name }) => name))
  const job = trainingJobFor(algorithm, account)
  return {
    ...newTuningJob,
    ...job,
    hyperParameters: job.hyperParameters.filter(({ key }) => !tuned.has(key)),
    ranges: ranges.length === 0 ? newTuningJob.ranges : ranges,
    objective: objectives[0]?.MetricName ?? '',
    objectiveType: objectives[0]?.Type ?? newTuningJob.objectiveType,
  }
}

function specifiedRange({ Name: name = '', Range }: HyperParameterSpecification): RangeValues[] {
  const integer = Range?.IntegerParameterRangeSpecification
  const real = Range?.ContinuousParameterRangeSpecification
  const category = Range?.CategoricalParameterRangeSpecification
  const scaled = integer ?? real
  if (scaled)
    return [
      {
        ...{ ...newRange, name, type: integer ? 'Integer' : 'Continuous' },
        ...{ min: scaled.MinValue ?? '', max: scaled.MaxValue ?? '' },
      },
    ]
  return category ? [{ ...newRange, name, type: 'Categorical', values: (category.Values ?? []).join(', ') }] : []
}
