import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits, Mount } from '../../driver/driver.ts'
import { removeTree } from '../../ground/remove-tree.ts'
import type { Platform } from '../../service/context.ts'
import { workloadDirectory } from '../../store/data-directory.ts'
import { makeVolume, removeVolumes, volumesBelow } from '../../workload/volume.ts'

/** The volume of an instance that serves: what its containers write to /tmp and, when a key encrypts it, their models. */
export interface ModelVolume {
  /** Half of the instance's memory for an encrypted one, when absent. */
  readonly sizeInGB?: number
  /** It is then held in memory: see `volume.ts`. */
  readonly kmsKeyId?: string
}

interface Instance {
  readonly arn: string
  readonly attempt: number
  readonly host: string
  readonly volume?: ModelVolume
}

const gibibyte = 1024 ** 3
const nameOf = (attempt: number, host: string): string => `volume-${attempt}-${host}`

const volumeDirectory = ({ workDirectory }: Platform, { arn, attempt, host }: Instance): string =>
  join(workloadDirectory(workDirectory, arn), nameOf(attempt, host))

/** Makes the volume anew, with a /tmp for each container; for an instance of which nothing runs. */
export async function makeModelVolume(
  platform: Platform,
  instance: Instance,
  containers: number,
  limits: Limits,
): Promise<void> {
  const { volume } = instance
  if (!volume) return
  const directory = volumeDirectory(platform, instance)
  const bytes = volumeBytes(volume, limits)
  const problem = await makeVolume({ directory, bytes, inMemory: volume.kmsKeyId !== undefined })
  if (problem) platform.log.warn({ arn: instance.arn, problem }, 'the size of a volume is not enforced on this machine')
  for (let index = 0; index < containers; index++) {
    await mkdir(temporary(directory, index))
    await chmod(temporary(directory, index), 0o1777)
  }
}

const volumeBytes = ({ sizeInGB }: ModelVolume, { memoryBytes }: Limits): number =>
  sizeInGB ? sizeInGB * gibibyte : Math.floor(memoryBytes / 2)

const temporary = (directory: string, index: number): string => join(directory, `tmp-${index}`)

export const volumeMounts = (platform: Platform, instance: Instance, index: number): Mount[] =>
  instance.volume
    ? [{ source: temporary(volumeDirectory(platform, instance), index), target: '/tmp', readOnly: false }]
    : []

/** Where models are unpacked: in the clear on the disk unless a key encrypts the volume. */
export const modelDirectory = (platform: Platform, instance: Instance): string =>
  instance.volume?.kmsKeyId === undefined
    ? workloadDirectory(platform.workDirectory, instance.arn)
    : volumeDirectory(platform, instance)

/** What containers write to a volume in memory counts as their own. */
export const limitsWithVolume = (limits: Limits, { volume }: Instance, machineBytes: number): Limits =>
  volume?.kmsKeyId === undefined
    ? limits
    : { ...limits, memoryBytes: Math.min(limits.memoryBytes + volumeBytes(volume, limits), machineBytes) }

/** For an attempt whose containers are gone while its workload goes on. */
export async function removeModelVolumes({ workDirectory }: Platform, arn: string, attempt: number): Promise<void> {
  for (const { directory, below } of await volumesBelow(workloadDirectory(workDirectory, arn))) {
    if (!below.startsWith(nameOf(attempt, ''))) continue
    await removeVolumes(directory)
    await removeTree(directory)
    await rm(`${directory}.ext4`, { force: true })
  }
}
