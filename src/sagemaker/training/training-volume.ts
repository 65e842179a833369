import type { TrainingJobRow } from './training-job-row.ts'

/** Whether a key encrypts the volumes of a job: they then hold its input as well. */
export const isEncrypted = ({ request: { ResourceConfig } }: TrainingJobRow): boolean =>
  Boolean(ResourceConfig?.VolumeKmsKeyId)

const gibibyte = 1024 ** 3

/** Undefined for a volume without a bound: that of an instance with its own disks, here the machine's. */
export function volumeBytes({ request: { ResourceConfig } }: TrainingJobRow): number | undefined {
  return ResourceConfig?.VolumeSizeInGB ? ResourceConfig.VolumeSizeInGB * gibibyte : undefined
}
