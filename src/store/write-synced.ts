import { createHash } from 'node:crypto'
import { type FileHandle, open, writeFile } from 'node:fs/promises'
import type { ByteStream } from '../ground/body.ts'
import { BlobError, type BlobInfo, type PutExpectation } from './blobs.ts'
import { blockSize, blockSums, sumsPath } from './block-sums.ts'

const writeSize = 512 << 10
/** So much is put on the disk while more is received, so that little is left for the end. */
const syncSize = 8 << 20

/**
 * Writes a new file, and that of its block sums when it has several, that are on the disk when this resolves; their names are the
 * caller's to make durable. Hashes and writes in one pass:
 * half a megabyte is being written while the next is being received. Throws DigestMismatch, or the system's error. What is `kept` elsewhere
 * need not be on the disk.
 */
export async function writeSynced(
  path: string,
  body: ByteStream | Uint8Array,
  expect: PutExpectation,
  kept = false,
): Promise<BlobInfo> {
  await using handle = await open(path, 'wx', 0o444)
  const stream: ByteStream | undefined = body instanceof Uint8Array ? undefined : body
  const hash = stream?.sha256 ? undefined : createHash('sha256')
  const syncs = kept ? noSyncs : syncsOf(handle)
  const sums = blockSums()
  let size = 0
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    syncs.wrote(pendingBytes)
    writing = writeAll(handle, pending, stream?.release)
    writing.catch(() => {})
    pending = []
    pendingBytes = 0
  }
  try {
    for await (const chunk of stream ?? [body as Uint8Array]) {
      hash?.update(chunk)
      sums.update(chunk)
      size += chunk.length
      pending.push(chunk)
      pendingBytes += chunk.length
      if (pendingBytes >= writeSize) await flush()
    }
    await flush()
  } finally {
    await writing
    await syncs.settled()
  }
  const info = { digest: `sha256:${stream?.sha256?.() ?? hash?.digest('hex')}`, size }
  requireExpected(info, expect)
  await Promise.all([
    syncs.finish(),
    expect.verify?.(),
    size > blockSize && writeFile(sumsPath(path), sums.value(), { mode: 0o444, flag: 'wx', flush: !kept }),
  ])
  return info
}

const noSyncs = { wrote() {}, async settled() {}, async finish() {} }

/** Syncs now and then, one at a time. The system tells of a failed write at the next sync alone, so each one's failure is the file's. */
function syncsOf(handle: FileHandle) {
  let unsynced = 0
  let running: Promise<void> | undefined
  let failure: { error: unknown } | undefined

  async function sync(): Promise<void> {
    try {
      await handle.datasync()
    } catch (error) {
      failure ??= { error }
    } finally {
      running = undefined
    }
  }

  return {
    wrote(bytes: number): void {
      unsynced += bytes
      if (unsynced < syncSize || running) return
      unsynced = 0
      running = sync()
    },
    settled: async () => running,
    async finish(): Promise<void> {
      await handle.sync()
      if (failure) throw failure.error
    },
  }
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
