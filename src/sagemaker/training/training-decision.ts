import type { ContainerKey, ContainerState } from '../../driver/driver.ts'
import { mostTries } from '../../reconcile/most-tries.ts'
import { instanceCount, isTerminal } from './training-job.ts'
import type { TimeLimit, TrainingJobRow } from './training-job-row.ts'
import { timeLimits } from './training-time.ts'

/** What of the world a training job's next step depends on. */
export interface TrainingObserved {
  /** Of the job's present attempt. */
  readonly containers: readonly ContainerState[]
  /** Why pipes can no longer give the containers what they are due; undefined while they can, and for jobs without. */
  readonly brokenPipes: TrainingJobRow['abort']
}

/** What is next for a training job. */
export type TrainingStep =
  | { readonly do: 'clean up' }
  | { readonly do: 'end as stopped' }
  /** For capacity; a spot job waits no longer than its owner will. */
  | { readonly do: 'wait'; readonly after: number | undefined }
  | { readonly do: 'stop waiting' }
  | { readonly do: 'begin' }
  /** Another attempt for what is nobody's fault, as often as the job allows. */
  | { readonly do: 'begin anew'; readonly problem: string }
  /** An attempt that cannot come to a good end; `running` have to end first. */
  | {
      readonly do: 'abandon'
      readonly abort: NonNullable<TrainingJobRow['abort']>
      readonly running: readonly ContainerKey[]
    }
  /** Containers run: look again after a while, and end the `stop`ped ones. */
  | {
      readonly do: 'supervise'
      readonly stop: readonly ContainerKey[]
      readonly graceSeconds: number
      readonly timeOver: TimeLimit['reason'] | undefined
      readonly after: number
    }
  /** All have ended, `failed` first of those that failed. */
  | { readonly do: 'settle'; readonly failed: ContainerState | undefined }
  /** How they ended is settled: save what they left. */
  | { readonly do: 'save' }

/** What becomes of an error that is the platform's own. */
export type TroubleStep =
  | { readonly do: 'end as stopped' }
  | { readonly do: 'give up'; readonly reason: string }
  /** Tell it and try again. */
  | { readonly do: 'tell'; readonly tries: number }
  /** It is told already. */
  | { readonly do: 'wait' }

const graceSeconds = 120
/** For hosts of an attempt whose model nobody will keep. */
export const shortGraceSeconds = 10
const longestWatchMs = 60_000
const stoppingWatchMs = 5000

/** The next step of a training job; nothing but its row and what is observed decides. Time in milliseconds. */
export function decideTraining(job: TrainingJobRow, observed: TrainingObserved, now: number): TrainingStep {
  const { containers } = observed
  if (isTerminal(job.status)) return { do: 'clean up' }
  if (isSettled(job)) return { do: 'save' }
  if (job.status === 'Stopping' && containers.length === 0) return { do: 'end as stopped' }
  if (!job.admission) return waiting(job, now)
  const abort = job.abort ?? (containers.some(isEndedByEngine) ? engineRestarted : observed.brokenPipes)
  if (abort && job.status === 'InProgress')
    return { do: 'abandon', abort, running: containers.filter(isRunning).map(({ key }) => key) }
  if (containers.length < instanceCount(job) || containers.some(({ status }) => status === 'created'))
    return job.trainingStart === undefined ? { do: 'begin' } : { do: 'begin anew', problem: containersGone }
  if (containers.some(isRunning)) return supervising(job, containers, now)
  return { do: 'settle', failed: job.status === 'Stopping' ? undefined : firstFailed(containers) }
}

/**
 * What follows from an error of the platform's own: it is tried again a bounded number of times, and as long as it takes where `waits`
 * says that nobody is to blame. Who wants to stop is kept no longer than the grace. Time in milliseconds.
 */
export function decideTrouble(
  job: TrainingJobRow,
  { words, waits }: { readonly words: string; readonly waits: boolean },
  now: number,
): TroubleStep {
  const last = job.transitions.at(-1)
  const since = job.transitions.findLast(({ Status }) => Status === 'Stopping')?.StartTime ?? now
  const over = job.trainingStart === undefined || now - since > graceSeconds * 1000
  if (job.status === 'Stopping' && over) return { do: 'end as stopped' }
  if (waits) return last?.StatusMessage?.endsWith(words) ? { do: 'wait' } : { do: 'tell', tries: job.tries ?? 0 }
  const tries = (job.tries ?? 0) + 1
  if (tries <= mostTries) return { do: 'tell', tries }
  return { do: 'give up', reason: job.failure ?? `InternalServerError: ${words} (tried ${tries} times)` }
}

function waiting(job: TrainingJobRow, now: number): TrainingStep {
  const { waitUntil } = timeLimits(job)
  if (waitUntil === undefined) return { do: 'wait', after: undefined }
  return waitUntil > now ? { do: 'wait', after: waitUntil - now } : { do: 'stop waiting' }
}

/** Ends all when one has failed, the user wants it or the time is over. */
function supervising(job: TrainingJobRow, containers: readonly ContainerState[], now: number): TrainingStep {
  const failed = firstFailed(containers) !== undefined
  const limit = timeLimits({ ...job, trainingStart: job.trainingStart ?? now }).next as TimeLimit
  const left = limit.at - now
  const stopping = left <= 0 || job.status === 'Stopping'
  return {
    do: 'supervise',
    stop: failed || stopping ? containers.filter(isRunning).map(({ key }) => key) : [],
    graceSeconds: stopping ? graceSeconds : shortGraceSeconds,
    timeOver: left <= 0 && job.status === 'InProgress' ? limit.reason : undefined,
    after: left > 0 ? Math.min(left, longestWatchMs) : stoppingWatchMs,
  }
}

/** The host whose failure came before the others', whose ends may be its doing. */
const firstFailed = (containers: readonly ContainerState[]): ContainerState | undefined =>
  containers
    .filter(({ status, exitCode }) => status === 'exited' && exitCode !== 0)
    .sort((a, b) => (a.finishedAt?.getTime() ?? 0) - (b.finishedAt?.getTime() ?? 0))[0]

const isRunning = ({ status }: ContainerState): boolean => status === 'running'
const isEndedByEngine = ({ endedByEngine }: ContainerState): boolean => endedByEngine === true

/** Its containers have ended, and how is settled: whatever the engine has of them by now. */
const isSettled = ({ containersEnd, transitions, status }: TrainingJobRow): boolean =>
  containersEnd !== undefined && status === 'InProgress' && transitions.at(-1)?.Status === 'Uploading'

const containersGone = 'The containers of the training job are gone from the container engine.'

const engineRestarted = {
  reason: 'The container engine was started anew and ended the containers of the training job.',
  restart: true,
}
