import { ServiceError } from '../ground/errors.ts'

const gigabyte = 1024 ** 3

/** The words that SageMaker ends such a job with, as users of it report them. */
const insufficient = 'Data download failed:Insufficient disk space'
const mend = 'Increase ResourceConfig.VolumeSizeInGB, or use Pipe or FastFile mode'

/**
 * How much of a host's volume its input leaves, in bytes; undefined when the volume has no bound. Throws a ServiceError of code `ClientError`
 * when the input does not fit. `files` are the objects that are written there; what is streamed takes no room. Source: SageMaker API
 * reference, ResourceConfig (VolumeSizeInGB).
 */
export function roomLeft(
  host: string,
  files: readonly { size: number }[],
  volumeSizeInGB: number | undefined,
): number | undefined {
  if (!volumeSizeInGB) return undefined
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const left = volumeSizeInGB * gigabyte - bytes
  if (left >= 0) return left
  throw new ServiceError(
    'ClientError',
    `${insufficient}. The input of ${host} has ${bytes} bytes, and its volume ${volumeSizeInGB} GB (${volumeSizeInGB * gigabyte} bytes). ${mend}.`,
  )
}

/** What a job ends with when the volume of a host has filled up while its files were written. */
export const volumeFull = (host: string, volumeSizeInGB: number | undefined): ServiceError =>
  new ServiceError('ClientError', `${insufficient}. The volume of ${host} has ${volumeSizeInGB} GB. ${mend}.`)

/** In bytes. */
export interface Room {
  readonly bytes: number
  readonly free: number
}

/** Hardly anything is left: files are written in pieces, the last of which did not fit. */
export const isFull = (room: Room | undefined): boolean =>
  room !== undefined && room.free <= Math.max(room.bytes / 256, pieceBytes)

/** Few write larger pieces. */
const pieceBytes = 4 * 1024 ** 2

const fullWords = /no space left on device|ENOSPC|errno 28\b|disk quota exceeded/i

const sharedWords = /\/dev\/shm|shared memory|\bshm\b|bus error/i

/**
 * Evidence that a container has failed because the volume of its host is full: hardly anything is left of it, or the container's own
 * words speak of a full disk, when it may have made room since. Undefined when neither is the case.
 */
export function fullVolume(
  host: string,
  volumeSizeInGB: number | undefined,
  room: Room | undefined,
  words: string,
): string | undefined {
  if (!room) return undefined
  const full = isFull(room)
  if (!full && !fullWords.test(words)) return undefined
  if (!full && sharedWords.test(words))
    return `The shared memory of ${host} (/dev/shm) may have been full, and not its volume: ${room.free} of the volume's ${room.bytes} bytes are free. Use less of it, or a larger instance type`
  const what = full ? `ran out of disk space` : 'may have been full before the container ended'
  return `The volume of ${host} (/opt/ml and /tmp) ${what}: ${room.free} of ${room.bytes} bytes are free, and ResourceConfig.VolumeSizeInGB is ${volumeSizeInGB}. Use a larger volume`
}
