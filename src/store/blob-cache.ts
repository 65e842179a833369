import { statfs } from 'node:fs/promises'
import { clock } from '../ground/clock.ts'
import type { BlobInfo, BlobStore } from './blobs.ts'
import { openFileBlobs } from './file-blobs.ts'

/** Content that is kept elsewhere, as files of this machine, up to a number of bytes. */
export interface BlobCache {
  readonly files: BlobStore
  find(digest: string): BlobInfo | undefined
  /** Content that `files` has stays for the time of the work, and longer while there is room. */
  keeping<T>(info: BlobInfo, work: () => Promise<T>): Promise<T>
  /** Whether so many bytes could be brought, as somebody says who may not have them: nothing goes for it. Throws ENOSPC when the disk has no room. */
  requireRoom(bytes: number): Promise<void>
  /** Makes room for so many bytes that have come. Throws ENOSPC when the disk has none. */
  makeRoom(bytes: number): Promise<void>
  /** But for who keeps it at the moment, or is about to. */
  forget(digest: string): Promise<void>
}

/** Left to everything else on the disk. */
const leftBytes = 1024 ** 3
/** Whoever has just put content has not said yet that it is kept. */
const youngMs = 1000

/** What was not used for the longest goes first, also when the disk fills by something else. What links to a file keeps it. */
export async function openBlobCache(
  directory: string,
  mostBytes: number,
  guest = false,
  free: (directory: string) => Promise<number> = freeBytes,
): Promise<BlobCache> {
  const files = await openFileBlobs(directory, { guest, kept: true })
  const sizes = new Map<string, number>()
  const kept = new Map<string, number>()
  let held = 0

  function use({ digest, size }: BlobInfo): void {
    held += size - (sizes.get(digest) ?? 0)
    sizes.delete(digest)
    sizes.set(digest, size)
  }

  function drop(digest: string): void {
    held -= sizes.get(digest) ?? 0
    sizes.delete(digest)
  }

  async function removeOld(digest: string): Promise<void> {
    if (await files.remove(digest, { ifOlderThan: new Date(clock.now() - youngMs) })) drop(digest)
  }

  /** Bytes that may come besides. */
  const roomLeft = async (): Promise<number> => (await free(directory)) - leftBytes

  function refuse(bytes: number, room: number): never {
    const words = `The disk of ${directory} has room for ${Math.max(0, room)} bytes of content, and ${bytes} would come.`
    throw Object.assign(new Error(words), { code: 'ENOSPC' })
  }

  async function trim(): Promise<void> {
    const most = Math.min(mostBytes, held + (await roomLeft()))
    for (const digest of [...sizes.keys()]) {
      if (held <= most) return
      if (!kept.has(digest)) await removeOld(digest)
    }
  }

  const found = []
  for await (const blob of files.list()) found.push(blob)
  for (const blob of found.sort((one, other) => one.modified.getTime() - other.modified.getTime())) use(blob)
  if (!guest) await trim()

  return {
    files,
    find(digest) {
      const size = sizes.get(digest)
      return size === undefined ? undefined : { digest, size }
    },
    async keeping(info, work) {
      const { digest } = info
      use(info)
      kept.set(digest, (kept.get(digest) ?? 0) + 1)
      try {
        return await work()
      } finally {
        const others = (kept.get(digest) ?? 1) - 1
        if (others > 0) kept.set(digest, others)
        else kept.delete(digest)
        await trim()
      }
    },
    async requireRoom(bytes) {
      const room = await roomLeft()
      if (bytes > held + room) refuse(bytes, room)
    },
    async makeRoom(bytes) {
      let room = await roomLeft()
      for (const digest of room < bytes ? [...sizes.keys()] : []) {
        if (kept.has(digest)) continue
        await removeOld(digest)
        room = await roomLeft()
        if (bytes <= room) return
      }
      if (bytes > room) refuse(bytes, room)
    },
    async forget(digest) {
      if (!kept.has(digest)) await removeOld(digest)
    },
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}
