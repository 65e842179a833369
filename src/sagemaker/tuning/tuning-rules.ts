import { ValidationException } from '../../ground/errors.ts'
import { quotas } from '../../quotas/quotas.ts'
import { ResourceLimitExceeded } from '../sagemaker-error.ts'
import { countCombinations } from './strategy/space.ts'
import type { TuningDefinition, TuningRequest } from './tuning-definition.ts'

export const mostTrainingJobs = quotas.sagemaker.tuningTrainingJobs.value
const mostParallel = quotas.sagemaker.parallelTrainingJobs.value
/** Source: SageMaker API reference, HyperbandStrategyConfig. */
const mostResource = 20_000
const epochNames = ['epochs', 'numepochs', 'n-epochs', 'n_epochs', 'num_epochs']

/** The rules of a tuning job's configuration beside its ranges. Throws ValidationException or ResourceLimitExceeded. */
export function checkTuningConfig(request: TuningRequest, definitions: readonly TuningDefinition[]): void {
  const { HyperParameterTuningJobConfig: config, WarmStartConfig } = request
  const { Strategy, StrategyConfig, TrainingJobEarlyStoppingType: earlyStopping } = config
  if (StrategyConfig?.HyperbandStrategyConfig && Strategy !== 'Hyperband')
    throw new ValidationException(`HyperbandStrategyConfig is for the strategy Hyperband, not ${Strategy}.`)
  if (Strategy === 'Hyperband' && earlyStopping === 'Auto')
    throw new ValidationException(
      'TrainingJobEarlyStoppingType must be Off for the strategy Hyperband, which stops training jobs by its own rule.',
    )
  if (earlyStopping === 'Auto' && definitions.length > 1)
    throw new ValidationException('TrainingJobEarlyStoppingType must be Off with several TrainingJobDefinitions.')
  if (WarmStartConfig && definitions.length > 1)
    throw new ValidationException('A warm start is possible with one training job definition only.')
  if (WarmStartConfig && Strategy !== 'Bayesian' && Strategy !== 'Random')
    throw new ValidationException(`A warm start is possible with the strategies Bayesian and Random, not ${Strategy}.`)
  checkAutotune(request)
}

function checkAutotune({ Autotune, HyperParameterTuningJobConfig, ...request }: TuningRequest): void {
  const ranges = [
    HyperParameterTuningJobConfig.ParameterRanges,
    ...(request.TrainingJobDefinitions ?? []).map(({ HyperParameterRanges }) => HyperParameterRanges),
  ]
  const automatic = ranges.some(given => given?.AutoParameters?.length)
  if (automatic && !Autotune) throw new ValidationException('AutoParameters need Autotune with the Mode Enabled.')
}

/** What a tuning job goes by that its request may leave to Autotune. */
export interface TuningChoices {
  readonly stopsEarly: boolean
  readonly endsOnConvergence: boolean
}

/**
 * With Autotune, and where nothing is said of it: training jobs that fall behind are stopped early, and a tuning job without any limit
 * ends when it has converged. SageMaker names what Autotune chooses (API reference, Autotune), not how.
 */
export function tuningChoices({
  Autotune,
  HyperParameterTuningJobConfig: config,
  ...request
}: TuningRequest): TuningChoices {
  const { Strategy, TrainingJobEarlyStoppingType: early, TuningJobCompletionCriteria: criteria } = config
  const single = (request.TrainingJobDefinitions?.length ?? 1) === 1
  const automatic = Autotune && single ? 'Auto' : 'Off'
  return {
    stopsEarly: Strategy === 'Hyperband' || (early ?? automatic) === 'Auto',
    endsOnConvergence:
      criteria?.ConvergenceDetected?.CompleteOnConvergence === 'Enabled' ||
      (Autotune !== undefined && isEndless(config)),
  }
}

const isEndless = ({ ResourceLimits: limits, TuningJobCompletionCriteria: criteria }: TuningConfig): boolean =>
  limits.MaxNumberOfTrainingJobs === undefined && limits.MaxRuntimeInSeconds === undefined && !criteria

type TuningConfig = TuningRequest['HyperParameterTuningJobConfig']

/**
 * How many training jobs there will be at most: as many as asked for, as a grid has, or as one tuning job may have. `inherited` are
 * those of the parents of a warm start, which count as well.
 */
export function trainingJobLimit(
  request: TuningRequest,
  definitions: readonly TuningDefinition[],
  inherited: number,
): number {
  const { Strategy, ResourceLimits: limits } = request.HyperParameterTuningJobConfig
  if (limits.MaxParallelTrainingJobs > mostParallel)
    throw new ResourceLimitExceeded(
      `MaxParallelTrainingJobs is ${limits.MaxParallelTrainingJobs}; the limit is ${mostParallel}.`,
    )
  const combinations = definitions.reduce((sum, { space }) => sum + countCombinations(space), 0)
  const wanted = limits.MaxNumberOfTrainingJobs
  if (Strategy === 'Grid') return checkGrid(definitions, combinations, wanted)
  if (isEndless(request.HyperParameterTuningJobConfig) && !request.Autotune)
    throw new ValidationException(
      'MaxNumberOfTrainingJobs, MaxRuntimeInSeconds, TuningJobCompletionCriteria or Autotune is needed to end the tuning job.',
    )
  if (wanted !== undefined && wanted > combinations)
    throw new ValidationException(
      `The ranges have ${combinations} combinations of values, fewer than MaxNumberOfTrainingJobs, ${wanted}.`,
    )
  return withinLimit(Math.min(wanted ?? mostTrainingJobs - inherited, combinations), inherited)
}

/** Source: SageMaker Developer Guide, "How hyperparameter tuning works", Grid search. */
function checkGrid(definitions: readonly TuningDefinition[], combinations: number, wanted: number | undefined): number {
  for (const { kind, name } of definitions.flatMap(({ space }) => space))
    if (kind !== 'categorical')
      throw new ValidationException(`The strategy Grid searches categorical ranges only; that of "${name}" is ${kind}.`)
  if (wanted !== undefined && wanted !== combinations)
    throw new ValidationException(
      `MaxNumberOfTrainingJobs is ${wanted}, but the grid has ${combinations} combinations. Leave it out or give that number.`,
    )
  return withinLimit(combinations, 0)
}

function withinLimit(count: number, inherited: number): number {
  const parents = inherited > 0 ? `, ${inherited} of its parents among them` : ''
  if (count < 1 || count + inherited > mostTrainingJobs)
    throw new ResourceLimitExceeded(
      `The tuning job would have ${count + inherited} training jobs${parents}; the limit is ${mostTrainingJobs}.`,
    )
  return count
}

/** From StrategyConfig, or from a static hyperparameter that tells the epochs. Throws ValidationException when there is neither. */
export function hyperbandResource(
  request: TuningRequest,
  { name, statics }: TuningDefinition,
): { min: number; max: number } {
  const given = request.HyperParameterTuningJobConfig.StrategyConfig?.HyperbandStrategyConfig
  const told = epochNames.map(epochs => statics[epochs]).find(value => value !== undefined)
  const max = given?.MaxResource ?? (told === undefined ? Number.NaN : Number(told))
  const min = given?.MinResource ?? 1
  const where = name === undefined ? '' : ` of "${name}"`
  if (!Number.isInteger(max) || max < 1)
    throw new ValidationException(
      `The strategy Hyperband needs MaxResource, or one of the static hyperparameters ${epochNames.join(', ')}${where} with a number of epochs.`,
    )
  if (max > mostResource) throw new ValidationException(`MaxResource is ${max}; the most is ${mostResource}.`)
  if (min > max) throw new ValidationException(`MinResource, ${min}, is greater than MaxResource, ${max}.`)
  return { min, max }
}
