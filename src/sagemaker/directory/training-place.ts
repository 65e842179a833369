import { join } from 'node:path'
import { exists } from '../../ground/exists.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import { attachVolume, type VolumeSpec } from '../../workload/volume.ts'
import { clusterHosts } from '../training/training-cluster.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { isEncrypted, volumeBytes } from '../training/training-volume.ts'

/**
 * Files of a job's present attempt. Each host has a volume with what its container writes; input lies beside it, where a hard link of
 * the store's content costs nothing, but for volumes that a key encrypts: these hold all that there is of the job.
 */
export function trainingPlace({ workspace }: LocalPlatform, job: TrainingJobRow) {
  const root = join(workspace.directory(job.arn), String(job.attempt))
  const volume = (name: string) => join(root, name)
  const encrypted = isEncrypted(job)
  return {
    root,
    volume,
    manifests: encrypted ? join(volume('algo-1'), 'manifests') : join(root, 'manifests'),
    host: (name: string) => join(volume(name), 'ml'),
    checkpoints: (name: string) => join(volume(name), 'checkpoints'),
    temporary: (name: string) => join(volume(name), 'tmp'),
    input: (name: string) => (encrypted ? join(volume(name), 'input') : join(root, `${name}-input`)),
    /** The same, for containers that write to it: an encrypted volume holds copies that are the job's own. */
    data: (name: string) => (encrypted ? join(volume(name), 'input') : join(root, `${name}-data`)),
  }
}

export const volumeOf = (
  platform: LocalPlatform,
  job: TrainingJobRow,
  name: string,
  bytes: number | undefined,
): VolumeSpec => ({
  ...{ directory: trainingPlace(platform, job).volume(name), bytes, inMemory: isEncrypted(job) },
})

/** Whether the files of every host are on this machine, as whoever staged them has left them. */
export async function isStaged(platform: LocalPlatform, job: TrainingJobRow): Promise<boolean> {
  const place = trainingPlace(platform, job)
  const found = await Promise.all(hostNames(job).map(name => exists(place.input(name))))
  return !found.includes(false)
}

const hostNames = ({ request }: TrainingJobRow): string[] =>
  clusterHosts(request.ResourceConfig ?? {}).map(({ name }) => name)

/** Whether the volumes still hold all that containers have written; mounted again where a restart of the machine took them. */
export async function attachVolumes(platform: LocalPlatform, job: TrainingJobRow): Promise<boolean> {
  for (const name of hostNames(job)) {
    if (!(await attachVolume(volumeOf(platform, job, name, volumeBytes(job))))) return false
    // With the machine of another server.
    if (!(await exists(trainingPlace(platform, job).host(name)))) return false
  }
  return true
}

export const feedId = ({ arn, attempt }: TrainingJobRow): string => `${arn} ${attempt}`
