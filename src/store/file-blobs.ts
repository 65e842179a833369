import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, type FileHandle, link, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { type ByteStream, freeChunk } from '../service/body.ts'
import { BlobError, type BlobInfo, type BlobStore, type PutExpectation, type StoredBlob } from './blobs.ts'

const writeSize = 512 << 10
const readSize = 256 << 10

/**
 * Blobs as files of one directory: `sha256/ab/cdef…`, and `incoming/` for what is being written, on the same filesystem. Files are
 * mode 0444, so that a hard link of one cannot be written through by anyone but root. One process owns the directory: what an earlier
 * one left in `incoming/` is removed here. Links are never followed: every file is opened by a name made of a digest, O_NOFOLLOW.
 */
export async function openFileBlobs(directory: string): Promise<BlobStore> {
  const incoming = join(directory, 'incoming')
  const root = join(directory, 'sha256')
  await rm(incoming, { recursive: true, force: true })
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
      await rename(temporary, pathOf(digest))
      await fanOut.sync(digest)
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
    await rm(path, { force: true })
    return true
  }

  return {
    async put(body, expect = {}) {
      const temporary = join(incoming, randomUUID())
      try {
        const info = await writeSynced(temporary, body, expect)
        await publish(temporary, info.digest)
        return info
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    has: async digest => (await lstat(pathOf(digest)).catch(absent)) !== undefined,
    open: (digest, range) =>
      Object.assign(
        Readable.from(read(pathOf(digest), digest, range), { objectMode: false, highWaterMark: readSize }),
        { release: freeChunk },
      ),
    async materialize(digest, path, readOnly) {
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

async function syncDirectory(path: string): Promise<void> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  await handle.sync()
}

/** Hashes and writes in one pass: half a megabyte is being written while the next is being received. */
async function writeSynced(path: string, body: ByteStream | Uint8Array, expect: PutExpectation): Promise<BlobInfo> {
  await using handle = await open(path, 'wx', 0o444)
  const stream: ByteStream | undefined = body instanceof Uint8Array ? undefined : body
  const hash = stream?.sha256 ? undefined : createHash('sha256')
  let size = 0
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    writing = writeAll(handle, pending, stream?.release)
    writing.catch(() => {})
    pending = []
    pendingBytes = 0
  }
  try {
    for await (const chunk of stream ?? [body as Uint8Array]) {
      hash?.update(chunk)
      size += chunk.length
      pending.push(chunk)
      pendingBytes += chunk.length
      if (pendingBytes >= writeSize) await flush()
    }
    await flush()
  } finally {
    await writing
  }
  const info = { digest: `sha256:${stream?.sha256?.() ?? hash?.digest('hex')}`, size }
  requireExpected(info, expect)
  await Promise.all([handle.sync(), expect.verify?.()])
  return info
}

/** A short write, which happens when the disk fills, is taken up where it ended. */
async function writeAll(
  handle: FileHandle,
  chunks: readonly Uint8Array[],
  release: ByteStream['release'],
): Promise<void> {
  if (chunks.length === 0) return
  let rest = chunks
  for (;;) {
    const { bytesWritten } = await handle.writev(rest)
    const all = rest.reduce((sum, chunk) => sum + chunk.length, 0)
    if (bytesWritten === all) break
    rest = [Buffer.concat(rest).subarray(bytesWritten)]
  }
  if (release) for (const chunk of chunks) release(chunk)
}

function requireExpected(info: BlobInfo, expect: Partial<BlobInfo>): void {
  const wrong = expect.digest !== undefined && expect.digest !== info.digest
  if (!wrong && (expect.size === undefined || expect.size === info.size)) return
  const announced = [expect.digest, expect.size === undefined ? undefined : `${expect.size} bytes`]
    .filter(Boolean)
    .join(', ')
  throw new BlobError(
    'DigestMismatch',
    `Content was announced as ${announced} and is ${info.digest}, ${info.size} bytes.`,
  )
}

async function* read(path: string, digest: string, range?: { start: number; end: number }): AsyncGenerator<Uint8Array> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(noSuchBlob(digest))
  const { size } = await handle.stat()
  const start = range?.start ?? 0
  const end = Math.min(range?.end ?? size - 1, size - 1)
  const whole = start === 0 && end === size - 1
  const hash = whole ? createHash('sha256') : undefined
  let last: Uint8Array | undefined
  for (let position = start; position <= end; ) {
    const wanted = Math.min(readSize, end - position + 1)
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, position)
    if (bytesRead === 0) throw new BlobError('BlobCorrupt', `Blob ${digest} ends at byte ${position} of ${size}.`)
    if (last) yield last
    last = buffer.subarray(0, bytesRead)
    hash?.update(last)
    position += bytesRead
  }
  const found = hash ? `sha256:${hash.digest('hex')}` : digest
  if (found !== digest)
    throw new BlobError('BlobCorrupt', `Blob ${digest} is damaged on disk: its content is ${found}.`)
  if (last) yield last
}

/** Also how the names of `list` are told from strangers' files. */
const hexPattern = /^[0-9a-f]{64}$/

function hexOf(digest: string): string {
  const hex = digest.slice('sha256:'.length)
  if (digest.startsWith('sha256:') && hexPattern.test(hex)) return hex
  throw new BlobError('NoSuchBlob', `Not a digest of a stored blob: ${digest}`)
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

const noSuchBlob =
  (digest: string) =>
  (error: unknown): never => {
    if (codeOf(error) === 'ENOENT') throw new BlobError('NoSuchBlob', `There is no blob ${digest}.`)
    throw error
  }
