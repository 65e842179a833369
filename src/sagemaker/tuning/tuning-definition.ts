import type {
  HyperParameterTuningJobObjective,
  ParameterRanges,
  TrainingSpecification,
} from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { requireAlgorithm } from '../product/algorithm.ts'
import type { In } from '../sagemaker-operation.ts'
import type { TrainingRequest } from '../training/training-job-row.ts'
import type { Values } from './strategy/parameter.ts'
import type { Space } from './strategy/space.ts'
import type { Direction } from './strategy/trial.ts'
import { tuningSpace } from './tuning-range.ts'

export type TuningRequest = Omit<In<'CreateHyperParameterTuningJob'>, 'Tags'>

export interface TuningObjective {
  readonly Type: Direction
  readonly MetricName: string
}

/** What a tuning job searches with one of its training job definitions. */
export interface TuningDefinition {
  readonly name?: string
  readonly objective: TuningObjective
  readonly space: Space
  readonly statics: Readonly<Record<string, string>>
  /** Of its algorithm, when it names one. */
  readonly metricDefinitions?: readonly { readonly Name: string; readonly Regex: string }[]
  /** Its training jobs but for name and hyperparameters. */
  readonly training: Omit<TrainingRequest, 'TrainingJobName' | 'HyperParameters'>
}

type Definition = NonNullable<TuningRequest['TrainingJobDefinition']>

/** Every training job is told the name of the metric by this hyperparameter. Source: SageMaker Developer Guide, "Define Metrics". */
export const objectiveParameter = '_tuning_objective_metric'

/** Source: SageMaker Developer Guide, "Define Hyperparameter Ranges": static, searched and the one that is added. */
const mostHyperParameters = 100

/**
 * The definitions of a request with what belongs to each: of a single one the objective and the ranges stand in
 * HyperParameterTuningJobConfig, of several in each definition. Throws ValidationException.
 */
export async function tuningDefinitions(request: TuningRequest, ctx: Context): Promise<TuningDefinition[]> {
  const {
    TrainingJobDefinition: single,
    TrainingJobDefinitions: several,
    HyperParameterTuningJobConfig: config,
  } = request
  if ((single === undefined) === (several === undefined))
    throw new ValidationException('Either TrainingJobDefinition or TrainingJobDefinitions must be given, not both.')
  const { HyperParameterTuningJobObjective: objective, ParameterRanges: ranges } = config
  if (single) {
    if (single.TuningObjective || single.HyperParameterRanges)
      throw new ValidationException(
        'With TrainingJobDefinition, the objective and the ranges are given in HyperParameterTuningJobConfig.',
      )
    return [await tuningDefinition(single, objective, ranges, ctx)]
  }
  if (objective || ranges)
    throw new ValidationException(
      'With TrainingJobDefinitions, each definition has its own TuningObjective and HyperParameterRanges; HyperParameterTuningJobConfig has none.',
    )
  const definitions = several as readonly Definition[]
  const names = definitions.map(({ DefinitionName }) => DefinitionName)
  if (names.includes(undefined))
    throw new ValidationException('Each of TrainingJobDefinitions must have a DefinitionName.')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ValidationException(`TrainingJobDefinitions holds "${twice}" more than once.`)
  const found = await Promise.all(
    definitions.map(definition =>
      tuningDefinition(definition, definition.TuningObjective, definition.HyperParameterRanges, ctx),
    ),
  )
  if (new Set(found.map(({ objective: { Type } }) => Type)).size > 1)
    throw new ValidationException('All TuningObjectives must have the same Type: their values are compared.')
  return found
}

async function tuningDefinition(
  definition: Definition,
  given: HyperParameterTuningJobObjective | undefined,
  ranges: ParameterRanges | undefined,
  ctx: Context,
): Promise<TuningDefinition> {
  if (!given) throw new ValidationException('An objective metric to tune for is required.')
  const objective = given as TuningObjective
  const spec = definition.AlgorithmSpecification
  const algorithm = spec.AlgorithmName === undefined ? undefined : await requireAlgorithm(spec.AlgorithmName, ctx)
  const training = algorithm?.request.TrainingSpecification
  checkObjective(objective, training, spec.MetricDefinitions?.map(({ Name }) => Name) ?? [])
  const space = tuningSpace(ranges, training ? (training.SupportedHyperParameters ?? []) : undefined)
  const { [objectiveParameter]: told, ...statics } = definition.StaticHyperParameters ?? {}
  if (told !== undefined && told !== objective.MetricName)
    throw new ValidationException(
      `The static hyperparameter ${objectiveParameter} must be "${objective.MetricName}" or left out.`,
    )
  checkStatics(space, statics)
  return {
    ...(definition.DefinitionName !== undefined && { name: definition.DefinitionName }),
    ...(training?.MetricDefinitions && {
      metricDefinitions: training.MetricDefinitions as TuningDefinition['metricDefinitions'],
    }),
    ...{ objective, space, statics, training: trainingOf(definition) },
  }
}

function checkObjective(
  { Type, MetricName }: TuningObjective,
  algorithm: TrainingSpecification | undefined,
  metrics: readonly (string | undefined)[],
): void {
  if (!algorithm && !metrics.includes(MetricName))
    throw new ValidationException(`MetricDefinitions does not define the objective metric "${MetricName}".`)
  const supported = algorithm?.SupportedTuningJobObjectiveMetrics ?? []
  if (algorithm && !supported.some(metric => metric.MetricName === MetricName && metric.Type === Type))
    throw new ValidationException(
      `The algorithm cannot be tuned to ${Type} "${MetricName}". Its objectives: ${supported.map(metric => `${metric.Type} ${metric.MetricName}`).join(', ') || 'none'}.`,
    )
}

function checkStatics(space: Space, statics: Values): void {
  const both = space.find(({ name }) => statics[name] !== undefined)
  if (both) throw new ValidationException(`The hyperparameter "${both.name}" is both static and searched.`)
  const count = Object.keys(statics).length + space.length + 1
  if (count > mostHyperParameters)
    throw new ValidationException(
      `A training job would have ${count} hyperparameters, with ${objectiveParameter}; it can have ${mostHyperParameters}.`,
    )
}

function trainingOf(definition: Definition): TuningDefinition['training'] {
  const { DefinitionName, TuningObjective, HyperParameterRanges, StaticHyperParameters, ...given } = definition
  const { HyperParameterTuningResourceConfig: resources, ...training } = given
  if (!resources) return training
  if (training.ResourceConfig)
    throw new ValidationException('Either ResourceConfig or HyperParameterTuningResourceConfig can be given, not both.')
  const { InstanceConfigs, AllocationStrategy: _, ...single } = resources
  if (InstanceConfigs && (single.InstanceType || single.InstanceCount || single.VolumeSizeInGB))
    throw new ValidationException(
      'HyperParameterTuningResourceConfig: with InstanceConfigs, InstanceType, InstanceCount and VolumeSizeInGB are left out.',
    )
  // Prioritized: the first that there is room for, and here jobs wait for room.
  return { ...training, ResourceConfig: { ...single, ...InstanceConfigs?.[0] } }
}
