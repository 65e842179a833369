import { ServiceError } from '../../ground/errors.ts'
import type { CheckpointSyncs } from '../../workload/checkpoint-sync.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import type { PipeFeeds } from '../../workload/pipe-feed.ts'
import { uploadOutput } from '../../workload/training-output.ts'
import { removeVolumes } from '../../workload/volume.ts'
import { trainingChannels } from '../training/training-channel.ts'
import { clusterHosts } from '../training/training-cluster.ts'
import { outputUri } from '../training/training-key.ts'
import { refusal } from '../training/training-outcome.ts'
import type { TrainingWorkspace } from '../training/training-workspace.ts'
import { createTrainingCheckpoints } from './training-checkpoint.ts'
import { trainingFailure } from './training-failure.ts'
import { trainingMounts } from './training-mount.ts'
import { attachVolumes, feedId, isStaged, trainingPlace } from './training-place.ts'
import { stageTraining } from './training-stage.ts'

export interface TrainingStreams {
  readonly feeds: PipeFeeds
  readonly checkpoints: CheckpointSyncs
}

/** The workspace beside Docker: directories and volumes of the server's own machine. */
export function createTrainingDirectories(
  platform: LocalPlatform,
  { feeds, checkpoints }: TrainingStreams,
): TrainingWorkspace {
  const kept = createTrainingCheckpoints(platform, checkpoints)
  return {
    stage: (job, role, signal, onBrokenPipe) => stageTraining(platform, job, role, feeds, signal, onBrokenPipe),
    isStaged: job => isStaged(platform, job),
    mounts: (job, host) => trainingMounts(platform, job, host),
    brokenPipes(job) {
      if (!trainingChannels(job.request).some(({ mode }) => mode === 'Pipe')) return undefined
      const failure = feeds.failure(feedId(job))
      if (failure) return pipeFailure(failure)
      return feeds.feeds(feedId(job)) ? undefined : pipesLost
    },
    followCheckpoints: job => kept.follow(job),
    failureOf: (job, failed) => trainingFailure(platform, job, failed),
    async collect(job, role, signal) {
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
        signal,
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
