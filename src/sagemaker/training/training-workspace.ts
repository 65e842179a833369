import type { ContainerState } from '../../driver/driver.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import type { CheckpointSyncs } from '../../workload/checkpoint-sync.ts'
import type { PipeFeeds } from '../../workload/pipe-feed.ts'
import { type UploadedOutput, uploadOutput } from '../../workload/training-output.ts'
import { removeVolumes } from '../../workload/volume.ts'
import { trainingChannels } from './training-channel.ts'
import { createTrainingCheckpoints } from './training-checkpoint.ts'
import { clusterHosts } from './training-cluster.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { outputUri } from './training-key.ts'
import { algorithmFailure, refusal } from './training-outcome.ts'
import { attachVolumes, feedId, stageTraining, trainingPlace } from './training-stage.ts'

/**
 * The files of a training job's present attempt: how they come to its containers and what becomes of what these leave. Nothing above it
 * knows where they lie.
 */
export interface TrainingWorkspace {
  /**
   * Lays out every host's files from scratch and streams the pipes; `onBrokenPipe` hears later when one cannot go on. Returns, in words,
   * what this machine does not enforce. Throws ServiceErrors for what the owner can mend, and the signal's reason.
   */
  stage(job: TrainingJobRow, role: Principal, signal: AbortSignal, onBrokenPipe: () => void): Promise<string>
  /** Why pipes can no longer give the containers what they are due; undefined while they can, and for jobs without. */
  brokenPipes(job: TrainingJobRow): TrainingJobRow['abort']
  /** Carries checkpoints to their bucket while containers run. Asked again, it goes on. */
  followCheckpoints(job: TrainingJobRow): void
  /** Why a container failed: what it wrote to its failure file, how it ended, its last words. */
  failureOf(job: TrainingJobRow, failed: ContainerState): Promise<string>
  /** The last checkpoints and the output, to their buckets; undefined when what was written is lost. Throws ServiceErrors. */
  collect(job: TrainingJobRow, role: Principal): Promise<UploadedOutput | undefined>
  /** No more pipes and checkpoints of this attempt. */
  endStreams(job: TrainingJobRow): Promise<void>
  /** Nothing is left of this attempt's files. Its containers are gone. */
  discard(job: TrainingJobRow): Promise<void>
}

export interface TrainingStreams {
  readonly feeds: PipeFeeds
  readonly checkpoints: CheckpointSyncs
}

/** The workspace beside Docker: directories and volumes of the server's own machine. */
export function createTrainingWorkspace(
  platform: Platform,
  { feeds, checkpoints }: TrainingStreams,
): TrainingWorkspace {
  const kept = createTrainingCheckpoints(platform, checkpoints)
  return {
    stage: (job, role, signal, onBrokenPipe) => stageTraining(platform, job, role, feeds, signal, onBrokenPipe),
    brokenPipes(job) {
      if (!trainingChannels(job.request).some(({ mode }) => mode === 'Pipe')) return undefined
      const failure = feeds.failure(feedId(job))
      if (failure) return pipeFailure(failure)
      return feeds.feeds(feedId(job)) ? undefined : pipesLost
    },
    followCheckpoints: job => kept.follow(job),
    failureOf: (job, failed) => algorithmFailure(platform, job, failed),
    async collect(job, role) {
      await feeds.end(feedId(job))
      if (!(await attachVolumes(platform, job))) return undefined
      await kept.finish(job, job.failure !== undefined)
      return uploadOutput(platform.objects, role, {
        uri: outputUri(job),
        hosts: clusterHosts(job.request.ResourceConfig ?? {}).map(({ name }) =>
          trainingPlace(platform, job).host(name),
        ),
        compressed: job.request.OutputDataConfig.CompressionType !== 'NONE',
        kmsKeyId: job.request.OutputDataConfig.KmsKeyId,
      })
    },
    async endStreams(job) {
      await feeds.end(feedId(job))
      await kept.end(job)
    },
    discard: job => removeVolumes(trainingPlace(platform, job).root),
  }
}

const pipeFailure = (error: Error) =>
  error instanceof ServiceError ? { reason: refusal(error), restart: false } : { reason: error.message, restart: true }

const pipesLost = {
  reason:
    'The server ended while it streamed channels in Pipe mode, and a pipe cannot be taken up where it broke. Give a RetryStrategy, and the job starts anew by itself.',
  restart: true,
}
