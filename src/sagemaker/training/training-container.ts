import type { ContainerSpec, EngineInfo, Mount } from '../../driver/driver.ts'
import { ServiceError } from '../../ground/errors.ts'
import { limitsFor } from '../capacity/instance-type.ts'
import { doorEnvironment, doorOf } from '../container-access.ts'
import { type ClusterHost, clusterHosts } from './training-cluster.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { isEncrypted, volumeBytes } from './training-volume.ts'

/**
 * The containers of a job, one for each host with the mounts that it is given, and in `scaling` what the machine could not give them. Throws a ServiceError of code
 * `CapacityError` when an instance type needs GPUs that there are not.
 */
export function trainingContainers(
  job: TrainingJobRow,
  engine: EngineInfo,
  mounts: (host: string) => readonly Mount[],
): { containers: Omit<ContainerSpec, 'image'>[]; scaling: string } {
  const hosts = clusterHosts(job.request.ResourceConfig ?? {})
  const { EnableNetworkIsolation: isolated = false, RoleArn: executionRole } = job.request
  const door = doorOf({ isolated, executionRole, products: [job.productArn] })
  const granted = hosts.map(host => grantedLimits(job, host, engine))
  const containers = hosts.map((host, index) => ({
    key: { arn: job.arn, attempt: job.attempt, host: host.name },
    ...(job.entrypoint && { entrypoint: job.entrypoint }),
    command: job.command,
    ...(door !== undefined && { door }),
    environment: {
      ...(door !== undefined && doorEnvironment(job.region)),
      ...job.request.Environment,
      TRAINING_JOB_NAME: job.name,
      TRAINING_JOB_ARN: job.arn,
      AWS_REGION: job.region,
    },
    mounts: mounts(host.name),
    network: hosts.length > 1 ? { kind: 'internal' as const, name: job.arn } : { kind: 'none' as const },
    peers: hosts.map(({ name }) => name),
    limits: (granted[index] as (typeof granted)[0]).limits,
    givesWay: true,
  }))
  return { containers, scaling: [...new Set(granted.flatMap(({ note }) => note ?? []))].join(' ') }
}

function grantedLimits(job: TrainingJobRow, { instanceType }: ClusterHost, engine: EngineInfo) {
  try {
    const { limits, note } = limitsFor(instanceType, engine, job.admission?.memoryPart)
    // What a container writes to a volume in memory counts as its own.
    const memoryBytes = Math.min(limits.memoryBytes + volumeInMemory(job), engine.memoryBytes)
    const volume = volumeBytes(job)
    const disk = { diskBytes: volume ?? limits.diskBytes, ...(volume !== undefined && { volumeBytes: volume }) }
    return { limits: { ...limits, memoryBytes, ...disk }, note }
  } catch (error) {
    throw new ServiceError('CapacityError', (error as Error).message)
  }
}

const volumeInMemory = (job: TrainingJobRow): number => (isEncrypted(job) ? (volumeBytes(job) ?? 0) : 0)
