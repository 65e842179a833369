import type { ContainerState } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'
import type { Platform } from '../../service/context.ts'
import { instanceHour } from '../../service/instance-hour.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { noteArtifact } from '../product/product-artifact.ts'
import { instanceGroups } from './training-cluster.ts'
import { advance, trainingJobs } from './training-job.ts'
import type { TimeLimit, TrainingJobRow } from './training-job-row.ts'

const trying = '. Trying again: '
const preparing = 'Preparing the instances for training'
const timeOver: Record<TimeLimit['reason'], string> = {
  MaxRuntimeExceeded: 'Maximum runtime exceeded; stopping the training job',
  MaxWaitTimeExceeded: 'Maximum wait time exceeded; stopping the training job',
}

export type TrainingEnd = 'Completed' | 'Failed' | 'Stopped'

/** How a training job's row goes on: each step is one transaction with the marketplace's usage and whoever waits for it. */
export function createTrainingProgress({ store, market, log }: Platform) {
  const update = (job: TrainingJobRow, change: Parameters<typeof trainingJobs.update>[2]) =>
    store.transaction(tx => trainingJobs.update(tx, job.arn, change))

  return {
    /** The user's wish to stop stays what is told. */
    step: (
      job: TrainingJobRow,
      status: 'Downloading' | 'Uploading',
      message: string,
      { failure, peakMemoryBytes }: Pick<Partial<TrainingJobRow>, 'failure' | 'peakMemoryBytes'> = {},
    ) =>
      update(job, ({ status: now, transitions }) => ({
        transitions: now === 'Stopping' ? transitions : advance(transitions, status, clock.now(), message),
        ...(failure && { failure }),
        ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
      })),

    async scaled(job: TrainingJobRow, scaling: string): Promise<void> {
      log.info({ job: job.arn, scaling }, 'instance scaled to the machine')
      await update(job, { scaling })
    },

    /** Something to know beside the status that the job is in. */
    note: (job: TrainingJobRow, message: string) =>
      update(job, ({ transitions }) => {
        const last = transitions.at(-1)
        if (!last || last.StatusMessage?.includes(message)) return {}
        const StatusMessage = [last.StatusMessage, message].filter(Boolean).join('. ')
        return { transitions: [...transitions.slice(0, -1), { ...last, StatusMessage }] }
      }),

    /** What holds the job up, said beside the status that it is in until the next one. */
    trouble: (job: TrainingJobRow, words: string, tries: number) =>
      update(job, ({ transitions }) => {
        const last = transitions.at(-1)
        if (!last) return { tries }
        const StatusMessage = `${last.StatusMessage?.split(trying)[0] ?? ''}${trying}${words}`
        return { tries, transitions: [...transitions.slice(0, -1), { ...last, StatusMessage }] }
      }),

    abort: (job: TrainingJobRow, abort: NonNullable<TrainingJobRow['abort']>) => update(job, { abort }),

    /** The containers run: time and usage begin, once, when the first of them has started. */
    async training(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<void> {
      if (job.trainingStart !== undefined) return
      const now = Math.min(clock.now(), ...containers.flatMap(({ startedAt }) => startedAt?.getTime() ?? []))
      await store.transaction(async tx => {
        await trainingJobs.update(tx, job.arn, ({ status, transitions, scaling }) => {
          const message = ['Training image download completed. Training in progress.', scaling]
            .filter(Boolean)
            .join(' ')
          const next = status === 'Stopping' ? transitions : advance(transitions, 'Training', now, message)
          return { trainingStart: now, transitions: next }
        })
        if (!job.productArn) return
        const subject = { account: job.account, region: job.region, productArn: job.productArn, resourceArn: job.arn }
        for (const [type, count] of countsByType(job)) {
          const used = [instanceHour(type, 'training'), count, new Date(now)] as const
          if (job.evaluated) await market.evaluationStarted(tx, job.evaluated.run, ...used)
          else await market.usageStarted(tx, subject, ...used)
        }
      })
    },

    /** The containers have ended: their time is over, and so is what they hold of the machine, whatever is left to do. */
    async containersEnded(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<void> {
      if (job.containersEnd !== undefined) return
      const ends = containers.flatMap(({ finishedAt }) => finishedAt?.getTime() ?? [])
      const end = Math.max(job.trainingStart ?? 0, ends.length > 0 ? Math.max(...ends) : clock.now())
      await store.transaction(async tx => {
        await trainingJobs.update(tx, job.arn, { containersEnd: end })
        await market.usageStopped(tx, usedBy(job), new Date(end))
        await askForCapacity(tx)
      })
    },

    /** For a job that ended before anybody knew when its containers did: what is told is what is charged. */
    usageEnded: (job: TrainingJobRow, at: Date) =>
      store.transaction(async tx => {
        const { arn, trainingStart, containersEnd } = job
        await market.usageStopped(tx, usedBy(job), at)
        if (trainingStart === undefined || containersEnd !== undefined) return
        const end = Math.max(trainingStart, at.getTime())
        await trainingJobs.update(tx, arn, { containersEnd: end, trainingEnd: end })
      }),

    stopForTime: (job: TrainingJobRow, reason: TimeLimit['reason']) =>
      update(job, ({ status, transitions }) =>
        status === 'InProgress'
          ? {
              status: 'Stopping',
              stopReason: reason,
              transitions: advance(transitions, 'Stopping', clock.now(), timeOver[reason]),
            }
          : {},
      ),

    /** The next attempt, as if the job had just been let in. */
    async restart(job: TrainingJobRow, message: string): Promise<void> {
      const now = clock.now()
      await store.transaction(async tx => {
        await market.usageStopped(tx, usedBy(job), new Date(now))
        await trainingJobs.update(tx, job.arn, ({ attempt, status, transitions }) => {
          const restarting = () => advance(transitions, 'Restarting', now, message)
          const next = status === 'Stopping' ? transitions : advance(restarting(), 'Starting', now, preparing)
          const fresh = {
            trainingStart: undefined,
            containersEnd: undefined,
            failure: undefined,
            tries: undefined,
            abort: undefined,
          }
          return { attempt: attempt + 1, ...fresh, transitions: next }
        })
      })
    },

    async end(job: TrainingJobRow, reached: TrainingEnd, outcome: Partial<TrainingJobRow>): Promise<void> {
      const now = clock.now()
      await store.transaction(async tx => {
        await trainingJobs.update(tx, job.arn, row => {
          // Who asked to stop while the model was uploaded sees the job stopped, with its model.
          const status = row.status === 'Stopping' && reached === 'Completed' ? 'Stopped' : reached
          const byTime = status === 'Stopped' && row.stopReason !== 'StopRequested' ? row.stopReason : undefined
          const message = outcome.failureReason ?? `Training job ${status.toLowerCase()}`
          const transitions = advance(row.transitions, byTime ?? status, now, message)
          const ended = transitions.map((transition, index) =>
            index === transitions.length - 1 ? { ...transition, EndTime: now } : transition,
          )
          return { ...outcome, status, transitions: ended, trainingEnd: row.containersEnd ?? now }
        })
        const { account, productArn: product } = job
        if (product && outcome.modelDigest) await noteArtifact(tx, { account, product, digest: outcome.modelDigest })
        await askForCapacity(tx)
        if (job.notify) await tx.enqueue(job.notify.kind, job.notify.key)
      })
    },
  }
}

/** What a job's use is written down for. */
const usedBy = ({ arn, evaluated }: TrainingJobRow): string => evaluated?.run ?? arn

function countsByType({ request }: TrainingJobRow): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { instanceType, count } of instanceGroups(request.ResourceConfig ?? {}))
    counts.set(instanceType, (counts.get(instanceType) ?? 0) + count)
  return counts
}
