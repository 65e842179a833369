import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { BlobError } from './blobs.ts'
import { blockSize, readBlockSums } from './block-sums.ts'

interface Range {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

/** Throws when a block is not what was put. */
type Check = (block: Uint8Array, position: number) => void

/**
 * Reads a blob's file and gives nothing of it that is not what was put: each block is checked by its sum; a blob without sums, as one
 * of a single block, by its digest, for which it is read as a whole. While one block is checked and sent, the next is being read.
 */
export async function* readBlob(path: string, digest: string, range?: Range): AsyncGenerator<Uint8Array> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(noSuchBlob(digest))
  const { size } = await file.stat()
  const wanted = { start: range?.start ?? 0, end: Math.min(range?.end ?? size - 1, size - 1) }
  const sums = await readBlockSums(path, size)
  if (sums) return yield* blocks(file, digest, wanted, bySum(digest, sums))
  if (size <= blockSize) return yield* single(file, digest, size, wanted)
  for await (const _ of blocks(file, digest, { start: 0, end: size - 1 }, byDigest(digest, size)));
  yield* blocks(file, digest, wanted, () => {})
}

async function* single(file: FileHandle, digest: string, size: number, wanted: Range): AsyncGenerator<Uint8Array> {
  const block = await readWhole(file, digest, 0, size)
  byDigest(digest, size)(block, 0)
  if (wanted.start <= wanted.end) yield block.subarray(wanted.start, wanted.end + 1)
}

async function* blocks(file: FileHandle, digest: string, wanted: Range, check: Check): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat()
  const blockAt = async (position: number): Promise<Uint8Array | undefined> =>
    position > wanted.end ? undefined : readWhole(file, digest, position, Math.min(blockSize, size - position))
  const first = Math.floor(wanted.start / blockSize) * blockSize
  let block = await blockAt(first)
  for (let position = first; block; position += blockSize) {
    const next = blockAt(position + blockSize)
    next.catch(() => {})
    check(block, position)
    yield block.subarray(Math.max(0, wanted.start - position), wanted.end + 1 - position)
    block = await next
  }
}

/** Memory of its own, so that its reader can give it back at once. */
async function readWhole(file: FileHandle, digest: string, position: number, length: number): Promise<Uint8Array> {
  const block = Buffer.allocUnsafeSlow(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(block, done, length - done, position + done)
    if (bytesRead === 0) throw new BlobError('BlobCorrupt', `Blob ${digest} ends at byte ${position + done}.`)
    done += bytesRead
  }
  return block
}

function bySum(digest: string, sums: Uint32Array): Check {
  return (block, position) => {
    if (crc32(block) === sums[position / blockSize]) return
    const end = position + block.length - 1
    throw new BlobError('BlobCorrupt', `Blob ${digest} is damaged on disk between its bytes ${position} and ${end}.`)
  }
}

/** Of blocks that come in order from the first. */
function byDigest(digest: string, size: number): Check {
  const hash = createHash('sha256')
  return (block, position) => {
    hash.update(block)
    if (position + block.length < size) return
    const found = `sha256:${hash.digest('hex')}`
    if (found !== digest)
      throw new BlobError('BlobCorrupt', `Blob ${digest} is damaged on disk: its content is ${found}.`)
  }
}

/** For a failure of the file system: that there is no such file, said of the blob. */
export const noSuchBlob =
  (digest: string) =>
  (error: unknown): never => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new BlobError('NoSuchBlob', `There is no blob ${digest}.`)
    throw error
  }
