import type { Limits } from '../../driver/driver.ts'

/** The volume of an instance that serves: what its containers write to /tmp and, when a key encrypts it, their models. */
export interface ModelVolume {
  /** Half of the instance's memory for an encrypted one, when absent. */
  readonly sizeInGB?: number
  /** It is then held in memory: see `volume.ts`. */
  readonly kmsKeyId?: string
}

const gibibyte = 1024 ** 3

export const volumeBytes = ({ sizeInGB }: ModelVolume, { memoryBytes }: Limits): number =>
  sizeInGB ? sizeInGB * gibibyte : Math.floor(memoryBytes / 2)

/** What containers write to a volume in memory counts as their own. */
export const limitsWithVolume = (limits: Limits, volume: ModelVolume | undefined, machineBytes: number): Limits =>
  volume?.kmsKeyId === undefined
    ? limits
    : { ...limits, memoryBytes: Math.min(limits.memoryBytes + volumeBytes(volume, limits), machineBytes) }
