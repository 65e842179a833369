import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { freeChunk } from '../ground/body.ts'
import { syncDirectory } from '../ground/sync-directory.ts'
import type { BlobStore, StoredBlob } from './blobs.ts'
import { blockSize, sumsPath } from './block-sums.ts'
import { hexOf, hexPattern } from './digest.ts'
import { noSuchBlob, readBlob } from './read-blob.ts'
import { writeSynced } from './write-synced.ts'

/**
 * Blobs as files of one directory: `sha256/ab/cdef…`, beside a large one its `block-sums.ts`, and `incoming/` for what is being written,
 * on the same filesystem. Files are
 * mode 0444, so that a hard link of one cannot be written through by anyone but root. One process owns the directory: what an earlier
 * one left in `incoming/` is removed here, unless it is opened as a guest, to read beside its owner. Of content that is `kept` elsewhere, too,
 * nothing is synced. Links are never followed: every file is opened by a name made of a digest, O_NOFOLLOW.
 */
export async function openFileBlobs(directory: string, { guest = false, kept = false } = {}): Promise<BlobStore> {
  const incoming = join(directory, 'incoming')
  const root = join(directory, 'sha256')
  if (!guest) await rm(incoming, { recursive: true, force: true })
  for (const made of [incoming, root]) await mkdir(made, { recursive: true, mode: 0o700 })
  const fanOut = await makeFanOut(directory, root)
  const publishing = new Map<string, number>()
  const removing = new Map<string, Promise<boolean>>()
  const pathOf = (digest: string): string => {
    const hex = hexOf(digest)
    return join(root, hex.slice(0, 2), hex.slice(2))
  }

  /** The new file replaces one of the same name: an earlier put may not be durable yet, and a rotten file is healed by it. */
  async function publish(temporary: string, digest: string): Promise<void> {
    while (removing.has(digest)) await removing.get(digest)
    publishing.set(digest, (publishing.get(digest) ?? 0) + 1)
    try {
      // The sums first: a blob without them would have to be read whole for each of its parts.
      await rename(sumsPath(temporary), sumsPath(pathOf(digest))).catch(absent)
      await rename(temporary, pathOf(digest))
      if (!kept) await fanOut.sync(digest)
    } finally {
      const others = (publishing.get(digest) ?? 1) - 1
      if (others === 0) publishing.delete(digest)
      else publishing.set(digest, others)
    }
  }

  async function unlinkIf(digest: string, ifOlderThan: Date | undefined): Promise<boolean> {
    const path = pathOf(digest)
    const found = await lstat(path).catch(absent)
    if (found && ifOlderThan && found.mtime >= ifOlderThan) return false
    for (const gone of [path, sumsPath(path)]) await rm(gone, { force: true })
    return true
  }

  return {
    async put(body, expect = {}) {
      const temporary = join(incoming, randomUUID())
      try {
        const info = await writeSynced(temporary, body, expect, kept)
        await publish(temporary, info.digest)
        return info
      } catch (error) {
        for (const left of [temporary, sumsPath(temporary)]) await rm(left, { force: true })
        throw error
      }
    },
    has: async digest => (await lstat(pathOf(digest)).catch(absent)) !== undefined,
    open: (digest, range) =>
      Object.assign(
        Readable.from(readBlob(pathOf(digest), digest, range), { objectMode: false, highWaterMark: blockSize }),
        { release: freeChunk },
      ),
    async materialize(digest, path, readOnly) {
      // Whoever reads the file does so without us; what is read here is in the system's cache when they do.
      for await (const block of readBlob(pathOf(digest), digest)) freeChunk(block)
      if (readOnly && (await tryLink(pathOf(digest), path))) return
      await copyFile(pathOf(digest), path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL).catch(
        noSuchBlob(digest),
      )
      if (!readOnly) await makeWritable(path)
    },
    async remove(digest, condition) {
      if (condition && publishing.has(digest)) return false
      while (removing.has(digest)) await removing.get(digest)
      const removal = unlinkIf(digest, condition?.ifOlderThan).finally(() => removing.delete(digest))
      removing.set(digest, removal)
      return removal
    },
    list: () => listFiles(root),
  }
}

/** Makes the 256 directories once, so that a put needs to sync only the one it renames into. */
async function makeFanOut(directory: string, root: string): Promise<{ sync(digest: string): Promise<void> }> {
  const names = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'))
  await Promise.all(names.map(name => mkdir(join(root, name), { recursive: true, mode: 0o700 })))
  for (const changed of [root, directory, dirname(directory)]) await syncDirectory(changed)
  return { sync: digest => syncDirectory(join(root, hexOf(digest).slice(0, 2))) }
}

async function* listFiles(root: string): AsyncGenerator<StoredBlob> {
  for (const directory of await readdir(root)) {
    for (const name of await readdir(join(root, directory))) {
      if (!hexPattern.test(directory + name)) continue
      const found = await lstat(join(root, directory, name)).catch(absent)
      if (found?.isFile()) yield { digest: `sha256:${directory}${name}`, size: found.size, modified: found.mtime }
    }
  }
}

/** False when this path cannot be a hard link of it: another filesystem, too many links, or a filesystem without links. */
async function tryLink(blob: string, path: string): Promise<boolean> {
  try {
    await link(blob, path)
    return true
  } catch (error) {
    if (['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP'].includes(codeOf(error))) return false
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

async function makeWritable(path: string): Promise<void> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  await handle.chmod(0o644)
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}
