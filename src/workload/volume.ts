import { mkdir, open, readdir, readFile, realpath, rename, rm, statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { MEMORY_VOLUME } from '../driver/driver.ts'
import { runCommand } from '../ground/command.ts'
import { ServiceError } from '../ground/errors.ts'
import { exists } from '../ground/exists.ts'
import { removeTree } from '../ground/remove-tree.ts'
import type { Room } from './input-volume.ts'
import { viewSource } from './writable-view.ts'

export interface VolumeSpec {
  /** Where it is mounted; beside it, by the name of `imageOf`, is what holds it. */
  readonly directory: string
  /** Without, it is a plain directory. */
  readonly bytes: number | undefined
  /** Held in memory and never on a disk. */
  readonly inMemory: boolean
}

const gibibyte = 1024 ** 3
/** The smallest that a file system has room to be in. */
const leastBytes = 16 * 1024 ** 2
const options = 'nosuid,nodev'

/**
 * An empty volume of a fixed size: a sparse file with an ext4 file system, mounted, or a tmpfs. Whoever fills it gets ENOSPC. Where
 * this machine does not let us mount, it is a plain directory, and the answer says why its size does not hold. Throws a ServiceError
 * of code `CapacityError` for one in memory that the machine cannot hold there. Any remains of an earlier one are removed.
 */
export async function makeVolume({ directory, bytes, inMemory }: VolumeSpec): Promise<string | undefined> {
  await removeVolumes(directory)
  await removeTree(directory)
  for (const image of [imageOf(directory), lostOf(directory)]) await rm(image, { force: true })
  await mkdir(directory, { recursive: true })
  if (bytes === undefined) return undefined
  if (inMemory) return mountMemory(directory, bytes)
  try {
    await format(imageOf(directory), Math.max(bytes, leastBytes))
    await mountImage(directory)
    return undefined
  } catch (error) {
    await rm(imageOf(directory), { force: true })
    return inShort(error)
  }
}

const imageOf = (directory: string): string => `${directory}.ext4`

/** Of what a disk has free, for the platform: where it cannot note that somebody has filled the disk, nobody ever frees it. */
const keptFree = 1 / 8

/** Sparse, so that it takes what is written to it; never larger than what the disk that holds it can give. */
async function format(image: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(image))
  const file = await open(image, 'wx', 0o600)
  await file.truncate(Math.min(bytes, Math.max(leastBytes, Math.floor(bavail * bsize * (1 - keptFree)))))
  await file.close()
  await runCommand('mkfs.ext4', [
    '-q',
    '-F',
    '-m',
    '0',
    '-O',
    '^has_journal',
    '-E',
    'lazy_itable_init=1,nodiscard',
    image,
  ])
}

/** It lives no longer than its workload: a container's fsync need not wait for the disk. */
const mountImage = (directory: string) =>
  runCommand('mount', ['-t', 'ext4', '-o', `loop,nobarrier,${options}`, imageOf(directory), directory])

async function mountMemory(directory: string, bytes: number): Promise<undefined> {
  const gigabytes = (bytes / gibibyte).toFixed(1)
  const what = 'A volume that a KMS key encrypts is kept in memory, so that nothing of it reaches a disk in clear'
  const swaps = (await readFile('/proc/swaps', 'utf8')).trim().split('\n').slice(1)
  if (swaps.length > 0)
    throw new ServiceError(
      'CapacityError',
      `${what}, and this machine swaps memory to ${swaps[0]?.split(/\s/)[0]}. Switch swap off (swapoff -a).`,
    )
  const free = freemem() - (await promisedMemory())
  if (bytes > free)
    throw new ServiceError(
      'CapacityError',
      `${what}: ${gigabytes} GB are asked for, and ${Math.max(0, free / gibibyte).toFixed(1)} GB of memory are free.`,
    )
  await runCommand('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${bytes},mode=0755,${options}`,
    MEMORY_VOLUME,
    directory,
  ]).catch(error => {
    throw new ServiceError('CapacityError', `${what}, and this machine does not let it be mounted: ${inShort(error)}`)
  })
}

/** What other volumes in memory may still come to hold. */
async function promisedMemory(): Promise<number> {
  const found = (await mounts()).filter(({ source }) => source === MEMORY_VOLUME)
  const free = await Promise.all(found.map(({ directory }) => volumeRoom(directory).then(room => room?.free ?? 0)))
  return free.reduce((sum, bytes) => sum + bytes, 0)
}

/**
 * Whether a volume still holds all that was written to it. One that a restart of the machine has unmounted is mounted again, but for
 * memory, which forgets; and a full disk may have taken less than it was given.
 */
export async function attachVolume({ directory, bytes, inMemory }: VolumeSpec): Promise<boolean> {
  if (bytes === undefined) return true
  if (await exists(lostOf(directory))) return false
  if (await isMounted(directory)) return inMemory || isWritten(directory)
  if (inMemory) return false
  // No image: it has been a plain directory from the beginning.
  if (!(await exists(imageOf(directory)))) return true
  if (!(await isWhole(imageOf(directory)))) return false
  await mountImage(directory)
  return true
}

/** Writes out what is cached; syncfs(2) also tells of what could not be written before, but only once. */
async function isWritten(directory: string): Promise<boolean> {
  try {
    await runCommand('sync', ['-f', directory])
    return true
  } catch {
    // A full disk has no room for a note, but a name can change.
    await rename(imageOf(directory), lostOf(directory))
    return false
  }
}

const lostOf = (directory: string): string => `${imageOf(directory)}.lost`

/** Checks, and mends what can be mended without loss. Source: e2fsck(8), exit codes. */
const isWhole = (image: string): Promise<boolean> =>
  runCommand('e2fsck', ['-p', image]).then(
    () => true,
    error => error.code === 1,
  )

async function isMounted(directory: string): Promise<boolean> {
  return (await volumesBelow(directory)).some(({ below }) => below === '')
}

/** What a volume holds in bytes; undefined when it is no mounted one. */
export async function volumeRoom(directory: string): Promise<Room | undefined> {
  if (!(await isMounted(directory))) return undefined
  const { blocks, bavail, bsize } = await statfs(directory)
  return { bytes: blocks * bsize, free: bavail * bsize }
}

/** Empties and unmounts every volume at or below a directory, for containers that are gone. */
export async function removeVolumes(root: string): Promise<void> {
  for (const { directory, source } of await volumesBelow(root)) {
    if (source !== viewSource) await empty(directory).catch(() => {})
    // What still holds a file open keeps it to itself; the mount is gone either way.
    await runCommand('umount', [directory]).catch(() => runCommand('umount', ['-l', directory]))
  }
}

/** What is not there any more need not be written to the disk before the mount goes. */
async function empty(directory: string): Promise<void> {
  for (const name of await readdir(directory)) await removeTree(join(directory, name))
}

/** Volumes at or below a directory, the last first; `below` is the way from there. What others have mounted there is not told. */
export async function volumesBelow(root: string): Promise<readonly (Mounted & { readonly below: string })[]> {
  // The kernel tells no links.
  const real = await realpath(root).catch(() => undefined)
  if (real === undefined) return []
  const ours = (await mounts()).filter(
    ({ source }) => [MEMORY_VOLUME, viewSource].includes(source) || source.startsWith('/dev/loop'),
  )
  const found = ours.filter(({ directory }) => directory === real || directory.startsWith(real + sep))
  return found.map(mount => ({ ...mount, below: relative(real, mount.directory) })).reverse()
}

interface Mounted {
  readonly directory: string
  readonly source: string
}

/** Source: proc_pid_mountinfo(5). */
async function mounts(): Promise<Mounted[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).trim().split('\n')
  return lines.map(line => {
    const [before = '', after = ''] = line.split(' - ')
    return { directory: unescaped(before.split(' ')[4] ?? ''), source: unescaped(after.split(' ')[1] ?? '') }
  })
}

const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

function inShort(error: unknown): string {
  const { stderr, message, code } = error as { stderr?: string; message: string; code?: unknown }
  if (code === 'ENOENT') return `${message}; install e2fsprogs and mount`
  return (stderr?.trim() || message).split('\n')[0] as string
}
