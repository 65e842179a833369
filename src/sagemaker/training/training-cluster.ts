import type { ResourceConfig } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { quotas } from '../../quotas/quotas.ts'
import { hasLocalStorage, instanceType } from '../capacity/instance-type.ts'

/** One instance of a training job. */
export interface ClusterHost {
  /** `algo-1`… across all groups. */
  readonly name: string
  readonly instanceType: string
  readonly group: string
}

export interface InstanceGroup {
  readonly name: string
  readonly instanceType: string
  readonly count: number
}

/** What SageMaker calls the group of a job that has none. */
const onlyGroup = 'homogeneousCluster'
/** As many as an isolated network holds. */
const mostHosts = quotas.sagemaker.hosts.value

/** The job's instance groups; one for a job that names a type and a count. Source: SageMaker Developer Guide, "Train Using a Heterogeneous Cluster". */
export function instanceGroups({ InstanceType, InstanceCount, InstanceGroups }: ResourceConfig): InstanceGroup[] {
  if (!InstanceGroups?.length)
    return [{ name: onlyGroup, instanceType: InstanceType as string, count: InstanceCount ?? 1 }]
  return InstanceGroups.map(group => ({
    name: group.InstanceGroupName as string,
    instanceType: group.InstanceType as string,
    count: group.InstanceCount as number,
  }))
}

/** The hosts of a job, group by group. */
export function clusterHosts(config: ResourceConfig): ClusterHost[] {
  let number = 0
  return instanceGroups(config).flatMap(({ name, instanceType, count }) =>
    Array.from({ length: count }, () => ({ name: `algo-${++number}`, instanceType, group: name })),
  )
}

/** Throws ValidationException unless it is a type and a count, or groups of them, that this installation knows. */
export function checkCluster(config: ResourceConfig): void {
  const { InstanceType, InstanceCount, InstanceGroups } = config
  const grouped = Boolean(InstanceGroups?.length)
  if (grouped && (InstanceType || InstanceCount))
    throw new ValidationException(
      'ResourceConfig cannot have InstanceGroups together with InstanceType or InstanceCount.',
    )
  if (!grouped && !(InstanceType && InstanceCount))
    throw new ValidationException('ResourceConfig must have InstanceType and InstanceCount, or InstanceGroups.')
  const groups = instanceGroups(config)
  const names = groups.map(({ name }) => name)
  if (new Set(names).size < names.length) throw new ValidationException('The names of InstanceGroups must be unique.')
  for (const { name, instanceType: type, count } of groups) {
    if (!count) throw new ValidationException(`The instance group "${name}" must have an InstanceCount of at least 1.`)
    if (!instanceType(type))
      throw new ValidationException(`The instance type ${type} is not supported by this installation.`)
  }
  if (config.VolumeKmsKeyId) checkVolumeKeyIsOfUse(config, groups)
  const hosts = groups.reduce((sum, { count }) => sum + count, 0)
  if (hosts > mostHosts)
    throw new ValidationException(
      `ResourceConfig asks for ${hosts} instances; this installation runs at most ${mostHosts} for a job.`,
    )
}

/** Source: SageMaker API reference, ResourceConfig (VolumeKmsKeyId). */
function checkVolumeKeyIsOfUse({ VolumeSizeInGB }: ResourceConfig, groups: readonly InstanceGroup[]): void {
  const local = groups.find(({ instanceType: type }) => hasLocalStorage(type))
  if (local)
    throw new ValidationException(
      `VolumeKmsKeyId is not supported for the instance type ${local.instanceType}, which has local storage.`,
    )
  if (!VolumeSizeInGB) throw new ValidationException('VolumeKmsKeyId needs a VolumeSizeInGB of at least 1.')
}
