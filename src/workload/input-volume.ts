import { ServiceError } from '../service/errors.ts'

const gigabyte = 1024 ** 3

/**
 * Throws a ServiceError of code `ClientError` when a host's input does not fit its volume. `files` are the objects that File mode
 * writes there; what is streamed takes no room. Source: SageMaker API reference, ResourceConfig (VolumeSizeInGB).
 */
export function requireRoom(
  host: string,
  files: readonly { size: number }[],
  volumeSizeInGB: number | undefined,
): void {
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  if (!volumeSizeInGB || bytes <= volumeSizeInGB * gigabyte) return
  throw new ServiceError(
    'ClientError',
    `Data download failed: [Errno 28] No space left on device. The input of ${host} in File mode has ${bytes} bytes, and its volume ${volumeSizeInGB} GB (${volumeSizeInGB * gigabyte} bytes). Increase ResourceConfig.VolumeSizeInGB, or use Pipe or FastFile mode.`,
  )
}

/** The disk of this machine is full: the error that a job ends with. */
export const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException)?.code ?? '')
