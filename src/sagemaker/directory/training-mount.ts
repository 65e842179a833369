import { join } from 'node:path'
import type { Mount } from '../../driver/driver.ts'
import type { LocalPlatform } from '../../workload/directory-workspace.ts'
import { checkpointPath } from '../training/checkpoint-config.ts'
import { shardOf, trainingChannels } from '../training/training-channel.ts'
import { type ClusterHost, clusterHosts } from '../training/training-cluster.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { trainingPlace } from './training-place.ts'

/**
 * `input`, `model`, `output` and `checkpoints`, each by itself: what else the image holds below /opt/ml, such as /opt/ml/code, stays
 * visible. Checkpoints come from outside, where the container cannot put anything else in their place. All that is written there is on
 * the host's volume. Source: SageMaker Developer Guide, "SageMaker AI environment variables and the default paths for training storage locations".
 */
export function trainingMounts(platform: LocalPlatform, job: TrainingJobRow, name: string): Mount[] {
  const place = trainingPlace(platform, job)
  const { CheckpointConfig: checkpoints } = job.request
  const kept = checkpoints && checkpointPath(checkpoints).replace(/\/$/, '')
  const own = (source: string, target: string) => ({ source, target, readOnly: false })
  const below = ['input', 'model', 'output', ...(kept === '/opt/ml/checkpoints' ? [] : ['checkpoints'])]
  return [
    ...below.map(part => own(join(place.host(name), part), `/opt/ml/${part}`)),
    ...inputMounts(platform, job, name),
    ...(kept === '/tmp' ? [] : [own(place.temporary(name), '/tmp')]),
    ...(kept ? [own(place.checkpoints(name), kept)] : []),
  ]
}

/** File channels may be written to, FastFile channels and pipes may not. Source: SageMaker Developer Guide, "Access Training Data". */
function inputMounts(platform: LocalPlatform, job: TrainingJobRow, name: string): Mount[] {
  const place = trainingPlace(platform, job)
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  const mine = trainingChannels(job.request).filter(channel =>
    shardOf(channel, hosts.find(host => host.name === name) as ClusterHost, hosts),
  )
  const data = '/opt/ml/input/data'
  const files = mine.filter(({ mode }) => mode === 'File')
  if (files.length > 0 && files.length === mine.length)
    return [{ source: place.data(name), target: data, readOnly: false }]
  return [
    { source: place.input(name), target: data, readOnly: true },
    ...files.map(channel => ({
      source: join(place.data(name), channel.name),
      target: `${data}/${channel.name}`,
      readOnly: false,
    })),
  ]
}
