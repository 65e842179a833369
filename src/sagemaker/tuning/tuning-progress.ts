import { countNotImproving, hasConverged } from './strategy/completion-criteria.ts'
import { better, type Direction } from './strategy/trial.ts'
import type { TuningRequest } from './tuning-definition.ts'
import { tuningChoices } from './tuning-rules.ts'
import { isOpen, type SummarizedTrial, type TrialRow } from './tuning-trial.ts'

/** What a tuning job has come to, kept with it so that lists need not read its trials. */
export interface TuningProgress {
  readonly jobs: Readonly<
    Record<'Completed' | 'InProgress' | 'RetryableError' | 'NonRetryableError' | 'Stopped', number>
  >
  readonly objectives: Readonly<Record<'Succeeded' | 'Pending' | 'Failed', number>>
  /** Number of the best trial. */
  readonly best?: number
  /** That trial, as far as lists and Search tell of it. */
  readonly bestTrial?: SummarizedTrial
  readonly notImproving: number
  readonly converged: boolean
}

/** How a tuning job is to end once no training job runs any more; until then none is launched. */
export interface TuningEnd {
  readonly status: 'Completed' | 'Failed'
  readonly failureReason?: string
}

export function tuningProgress(direction: Direction, trials: readonly TrialRow[]): TuningProgress {
  const jobs = { Completed: 0, InProgress: 0, RetryableError: 0, NonRetryableError: 0, Stopped: 0 }
  const objectives = { Succeeded: 0, Pending: 0, Failed: 0 }
  for (const trial of trials) {
    jobs[counterOf(trial)]++
    objectives[trial.objectiveStatus]++
  }
  const scored = trials
    .filter(({ objective }) => objective !== undefined)
    .sort((first, second) => (first.trainingEnd ?? 0) - (second.trainingEnd ?? 0) || first.number - second.number)
  const values = scored.map(({ objective }) => objective as number)
  const best = scored.reduce<TrialRow | undefined>(
    (found, trial) =>
      found && !better(direction, trial.objective as number, found.objective as number) ? found : trial,
    undefined,
  )
  return {
    ...{ jobs, objectives, ...(best && { best: best.number, bestTrial: withoutCurve(best) }) },
    notImproving: countNotImproving(direction, values),
    converged: hasConverged(direction, values),
  }
}

function withoutCurve({ curve: _, ...rest }: TrialRow): SummarizedTrial {
  return rest
}

function counterOf(trial: TrialRow): keyof TuningProgress['jobs'] {
  if (isOpen(trial)) return 'InProgress'
  if (trial.status !== 'Failed') return trial.status as 'Completed' | 'Stopped'
  return trial.failureReason?.startsWith('InternalServerError') ? 'RetryableError' : 'NonRetryableError'
}

/** So many that fail at first show that the others will. Seen in public reports of SageMaker. */
const hopeless = 5

export interface TuningState {
  readonly request: TuningRequest
  readonly direction: Direction
  /** Training jobs at most. */
  readonly limit: number
  readonly created: number
}

/**
 * Whether and how a tuning job is to end: a completion criterion is met, its time is over, nothing succeeds, or all is done. Source:
 * SageMaker Developer Guide, "Track and set completion criteria for your tuning job".
 */
export function tuningEnd(
  { request, direction, limit, created }: TuningState,
  trials: readonly TrialRow[],
  progress: TuningProgress,
  now: number,
): TuningEnd | undefined {
  const { ResourceLimits: limits, TuningJobCompletionCriteria: criteria } = request.HyperParameterTuningJobConfig
  const ended = trials.filter(trial => !isOpen(trial))
  const best = trials[(progress.best ?? 0) - 1]?.objective
  const [target, most] = [
    criteria?.TargetObjectiveMetricValue,
    criteria?.BestObjectiveNotImproving?.MaxNumberOfTrainingJobsNotImproving,
  ]
  const reached = target !== undefined && best !== undefined && !better(direction, target, best)
  const idle = most !== undefined && progress.notImproving >= most
  const converged = tuningChoices(request).endsOnConvergence && progress.converged
  const late = limits.MaxRuntimeInSeconds !== undefined && now - created >= limits.MaxRuntimeInSeconds * 1000
  const through = trials.length >= limit && ended.length === trials.length
  if (progress.objectives.Succeeded === 0 && (ended.length >= hopeless || through || late)) return failure(ended, late)
  return reached || idle || converged || late || through ? { status: 'Completed' } : undefined
}

function failure(ended: readonly TrialRow[], late: boolean): TuningEnd {
  const time = late ? ' within MaxRuntimeInSeconds' : ''
  const first = ended.find(({ status }) => status === 'Failed') ?? ended[0]
  const reason =
    first &&
    ` Of ${first.name}: ${first.failureReason ?? 'it ended without a value of the objective metric; look at the regular expression of the metric and at the log'}.`
  return {
    status: 'Failed',
    failureReason: `No training job succeeded after ${ended.length} attempts${time}.${reason ?? ''}`
      .replace(/\.\.$/, '.')
      .slice(0, 1024),
  }
}
