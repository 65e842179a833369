import { isTerminal } from '../training/training-job.ts'
import type { TuningDefinition } from './tuning-definition.ts'
import type { TuningJobRow } from './tuning-job.ts'
import { type TuningEnd, tuningEnd, tuningProgress } from './tuning-progress.ts'
import { isOpen, type TrialRow } from './tuning-trial.ts'
import { type Judgement, judgements } from './tuning-verdict.ts'

/** What is next for a tuning job. */
export type TuningStep =
  | { readonly do: 'rest' }
  /** It is to end as soon as its training jobs have. */
  | { readonly do: 'stop all'; readonly trials: readonly TrialRow[] }
  | {
      readonly do: 'go on'
      /** How running trials compare with the others; one with a verdict is to be stopped. */
      readonly judge: readonly Judgement[]
      /** Those whose verdict is kept already. */
      readonly stop: readonly TrialRow[]
      /** How many training jobs may be begun now. */
      readonly launch: number
      /** Milliseconds until its time is over; undefined when it has all the time. */
      readonly after: number | undefined
    }

/** The next step of a tuning job that `assessTuning` has brought up to date; undefined: it was removed. Time in milliseconds. */
export function decideTuning(row: TuningJobRow | undefined, trials: readonly TrialRow[], now: number): TuningStep {
  if (!row || isTerminal(row.status)) return { do: 'rest' }
  const open = trials.filter(isOpen)
  if (row.status === 'Stopping' || row.end) return { do: 'stop all', trials: open }
  const { MaxParallelTrainingJobs: parallel, MaxRuntimeInSeconds: seconds } =
    row.request.HyperParameterTuningJobConfig.ResourceLimits
  return {
    do: 'go on',
    judge: judgements(row, trials),
    stop: open.filter(({ verdict }) => verdict !== undefined),
    launch: Math.max(0, Math.min(row.limit - trials.length, parallel - open.length)),
    after: seconds === undefined ? undefined : Math.max(0, row.created + seconds * 1000 - now),
  }
}

/** What has become of a tuning job by its trials: how it stands, whether it is to end, and the end itself once no trial runs. */
export function assessTuning(row: TuningJobRow, trials: readonly TrialRow[], now: number): Partial<TuningJobRow> {
  const direction = directionOf(row)
  const progress = tuningProgress(direction, trials)
  const end = row.end ?? tuningEnd({ ...row, direction }, trials, progress, now)
  const convergedAt = row.convergedAt ?? (progress.converged ? now : undefined)
  const over = (end || row.status === 'Stopping') && !trials.some(isOpen)
  return { progress, end, convergedAt, ...(over && ended(row, end, now)) }
}

/** The same for all definitions of a tuning job. */
export const directionOf = ({ definitions }: TuningJobRow) => (definitions[0] as TuningDefinition).objective.Type

function ended(row: TuningJobRow, end: TuningEnd | undefined, endTime: number): Partial<TuningJobRow> {
  if (row.status === 'Stopping' || !end) return { status: 'Stopped', endTime }
  return { ...end, endTime }
}
