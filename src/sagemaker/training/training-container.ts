import { join } from 'node:path'
import type { ContainerSpec, EngineInfo } from '../../driver/driver.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import { limitsFor } from '../capacity/instance-type.ts'
import { checkpointPath } from './checkpoint-config.ts'
import { shardOf, trainingChannels } from './training-channel.ts'
import { type ClusterHost, clusterHosts } from './training-cluster.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { trainingPlace, volumeBytes } from './training-stage.ts'

/**
 * The containers of a job, one for each host, and in `scaling` what the machine could not give them. Throws a ServiceError of code
 * `CapacityError` when an instance type needs GPUs that there are not.
 */
export function trainingContainers(
  platform: Platform,
  job: TrainingJobRow,
  engine: EngineInfo,
): { containers: Omit<ContainerSpec, 'image'>[]; scaling: string } {
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  const granted = hosts.map(host => grantedLimits(job, host, engine))
  const containers = hosts.map((host, index) => ({
    key: { arn: job.arn, attempt: job.attempt, host: host.name },
    ...(job.entrypoint && { entrypoint: job.entrypoint }),
    command: job.command,
    environment: {
      ...job.request.Environment,
      TRAINING_JOB_NAME: job.name,
      TRAINING_JOB_ARN: job.arn,
      AWS_REGION: job.region,
    },
    mounts: mounts(platform, job, host),
    network: hosts.length > 1 ? { kind: 'internal' as const, name: job.arn } : { kind: 'none' as const },
    peers: hosts.map(({ name }) => name),
    limits: (granted[index] as (typeof granted)[0]).limits,
  }))
  return { containers, scaling: [...new Set(granted.flatMap(({ note }) => note ?? []))].join(' ') }
}

function grantedLimits(job: TrainingJobRow, { instanceType }: ClusterHost, engine: EngineInfo) {
  try {
    const { limits, note } = limitsFor(instanceType, engine, job.admission?.memoryPart)
    // What a container writes to a volume in memory counts as its own.
    const memoryBytes = Math.min(limits.memoryBytes + volumeInMemory(job), engine.memoryBytes)
    const diskBytes = volumeBytes(job) ?? limits.diskBytes
    return { limits: { ...limits, memoryBytes, diskBytes }, note }
  } catch (error) {
    throw new ServiceError('CapacityError', (error as Error).message)
  }
}

const volumeInMemory = ({ request: { ResourceConfig: cluster } }: TrainingJobRow): number =>
  cluster?.VolumeKmsKeyId ? (cluster.VolumeSizeInGB ?? 0) * 1024 ** 3 : 0

/**
 * `input`, `model`, `output` and `checkpoints`, each by itself: what else the image holds below /opt/ml, such as /opt/ml/code, stays
 * visible. Checkpoints come from outside, where the container cannot put anything else in their place. All that is written there is on
 * the host's volume. Source: SageMaker Developer Guide, "SageMaker AI environment variables and the default paths for training storage locations".
 */
function mounts(platform: Platform, job: TrainingJobRow, { name }: ClusterHost): ContainerSpec['mounts'] {
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
function inputMounts(platform: Platform, job: TrainingJobRow, name: string): ContainerSpec['mounts'] {
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
