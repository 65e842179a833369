import type { CheckpointHost, CheckpointSyncs } from '../../workload/checkpoint-sync.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import { clusterHosts } from '../training/training-cluster.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { feedId, trainingPlace } from './training-place.ts'

/** The checkpoints of a job's hosts; nothing for a job without. */
export interface TrainingCheckpoints {
  follow(job: TrainingJobRow): void
  /** After the containers have ended. The errors of a job that has failed are logged: it keeps its own reason. */
  finish(job: TrainingJobRow, failed: boolean): Promise<void>
  end(job: TrainingJobRow): Promise<void>
}

export function createTrainingCheckpoints(platform: LocalPlatform, syncs: CheckpointSyncs): TrainingCheckpoints {
  /** By the sync's id. */
  const hosts = (job: TrainingJobRow): (readonly [id: string, CheckpointHost])[] => {
    const { CheckpointConfig: config, ResourceConfig: cluster = {}, RoleArn } = job.request
    if (!config) return []
    const principal = () => platform.iam.assumeForService(RoleArn, 'sagemaker.amazonaws.com', job.name, job.arn)
    return clusterHosts(cluster).map(({ name }) => {
      const directory = trainingPlace(platform, job).checkpoints(name)
      return [`${feedId(job)} ${name}`, { uri: config.S3Uri as string, directory, principal }]
    })
  }
  return {
    follow(job) {
      for (const [id, host] of hosts(job)) syncs.follow(id, host)
    },
    async finish(job, failed) {
      for (const [id, host] of hosts(job))
        await syncs.finish(id, host).catch(error => {
          if (!failed) throw error
          platform.log.warn({ err: error, job: job.arn }, 'the last checkpoints of a failed job could not be written')
        })
    },
    async end(job) {
      for (const [id] of hosts(job)) await syncs.end(id)
    },
  }
}
