import { Readable } from 'node:stream'
import { freeChunk } from '../ground/body.ts'
import { clock } from '../ground/clock.ts'
import type { BlobCache } from './blob-cache.ts'
import { BlobError, type BlobInfo, type BlobStore, type StoredBlob } from './blobs.ts'
import { blockSize, blockSums } from './block-sums.ts'
import type { Bucket, BucketError } from './bucket.ts'
import { type BucketMarks, removalMs } from './bucket-marks.ts'
import { keyOf, openBucketReader, sumsKeyOf } from './bucket-reader.ts'
import { hexOf } from './digest.ts'

export interface S3BlobsParts {
  readonly bucket: Bucket
  readonly marks: BucketMarks
  readonly cache: BlobCache
  /** For who looks at the bucket itself: nothing is read from the cache. */
  readonly past?: 'cache' | undefined
  /** Whether clients reach the bucket, so that they can be sent there. */
  readonly links?: boolean | undefined
}

interface Wanted {
  readonly start: number
  /** Inclusive; all of it when undefined. */
  readonly end: number | undefined
}

/** A presigned URL is good for as long as a slow client may take to begin, in seconds. */
const linkSeconds = 3600
/** Of uploads that nobody ends, since their server died. */
const uploadMs = 24 * 3_600_000

/**
 * Blobs as objects of a bucket: `sha256/ab/cdef…`, and beside a large one `….sums`, the sums of its blocks. What is put is a file of the
 * cache first, so that its digest is known and it is what was announced before the bucket sees any of it: a bucket has no rename. The
 * file stays for who needs one next. Readers get nothing that is not what was put: see `bucket-reader.ts`.
 */
export function createS3Blobs({ bucket, marks, cache, past, links }: S3BlobsParts): BlobStore {
  const { files } = cache

  async function send({ digest, size }: BlobInfo): Promise<void> {
    const hex = hexOf(digest)
    await bucket.send(keyOf(hex), size, (start, end) => joined(files.open(digest, { start, end })))
    if (size > blockSize) await bucket.put(sumsKeyOf(hex), await sumsOf(files.open(digest)))
  }

  async function store(info: BlobInfo): Promise<void> {
    for (;;) {
      const generation = await marks.putting(info.digest)
      await send(info)
      if (await marks.put(info.digest, generation)) return
    }
  }

  async function* read(digest: string, range?: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    const end = range?.end
    let position = range?.start ?? 0
    if (past !== 'cache' && (await files.has(digest)))
      try {
        for await (const block of files.open(digest, { start: position, end: end ?? Number.MAX_SAFE_INTEGER })) {
          position += block.length
          yield block
        }
        return
      } catch (error) {
        if (!(error instanceof BlobError)) throw error
        await cache.forget(digest)
      }
    yield* fromBucket(digest, { start: position, end })
  }

  async function* fromBucket(digest: string, wanted: Wanted, unchecked = false): AsyncGenerator<Uint8Array> {
    const reader = await openBucketReader(bucket, hexOf(digest), wanted)
    if (!reader) return
    try {
      // As the bucket says it is. What that is true of is known when all of it is here: until then other content goes for what has come alone.
      if (unchecked) await cache.requireRoom(reader.size)
      // Without sums only the whole can be checked.
      if (!reader.checked && !unchecked) return yield* await afterBringing(digest, wanted)
      const end = Math.min(wanted.end ?? reader.size - 1, reader.size - 1)
      for (let at = Math.floor(wanted.start / blockSize) * blockSize; at <= end; at += blockSize) {
        const block = await reader.block(at)
        if (unchecked) await cache.makeRoom(block.length)
        yield block.subarray(Math.max(0, wanted.start - at), end + 1 - at)
      }
    } finally {
      reader.close()
    }
  }

  const bringing = new Map<string, Promise<BlobInfo>>()

  /** As a file, which is the content of its digest; once for all who ask meanwhile. */
  function bring(digest: string): Promise<BlobInfo> {
    const asked = bringing.get(digest)
    if (asked) return asked
    const brought = bringOne(digest).finally(() => bringing.delete(digest))
    bringing.set(digest, brought)
    return brought
  }

  const bringOne = (digest: string): Promise<BlobInfo> =>
    files.put(fromBucket(digest, { start: 0, end: undefined }, true), { digest }).catch(error => {
      if ((error as BlobError).code !== 'DigestMismatch') throw error
      throw new BlobError('BlobCorrupt', `Blob ${digest} is damaged in the bucket. ${error.message}`)
    })

  async function afterBringing(digest: string, { start, end }: Wanted): Promise<Readable> {
    const info = await bring(digest)
    return cache.keeping(info, async () => files.open(digest, { start, end: end ?? info.size - 1 }))
  }

  async function write(digest: string, path: string, readOnly: boolean): Promise<void> {
    const info = cache.find(digest) ?? (await bring(digest))
    await cache.keeping(info, () => files.materialize(digest, path, readOnly))
  }

  return {
    async put(body, expect) {
      const info = await files.put(body, expect)
      try {
        await cache.keeping(info, () => store(info))
      } catch (error) {
        await cache.forget(info.digest)
        throw error
      }
      return info
    },
    has: async digest => bucket.has(keyOf(hexOf(digest))),
    open: (digest, range) =>
      Object.assign(Readable.from(read(digest, range), { objectMode: false, highWaterMark: blockSize }), {
        release: freeChunk,
      }),
    async materialize(digest, path, readOnly) {
      try {
        await write(digest, path, readOnly)
      } catch (error) {
        if ((error as BlobError).code !== 'BlobCorrupt' && (error as BlobError).code !== 'NoSuchBlob') throw error
        // The file of this machine may be what is damaged.
        await cache.forget(digest)
        await write(digest, path, readOnly)
      }
    },
    async remove(digest, condition) {
      const hex = hexOf(digest)
      const generation = await marks.removing(digest, condition?.ifOlderThan)
      if (generation === undefined) return false
      const since = clock.elapsed()
      for (const key of [sumsKeyOf(hex), keyOf(hex)]) {
        // Whoever puts it may wait no longer by now.
        if (clock.elapsed() - since > removalMs / 3) return false
        await bucket.remove(key).catch(async error => {
          // Whoever puts it need not wait for what will not happen.
          if ((error as BucketError).refused) await marks.removed(digest, generation)
          throw error
        })
      }
      await marks.removed(digest, generation)
      await cache.forget(digest)
      return true
    },
    list: () => listed(bucket),
    async sweep(olderThan) {
      await marks.sweep(olderThan)
      await bucket.abortUploads(new Date(clock.now() - uploadMs))
    },
    ...(links && { link: digest => bucket.link(keyOf(hexOf(digest)), linkSeconds) }),
  }
}

async function joined(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const all = Buffer.concat(chunks)
  for (const chunk of chunks) freeChunk(chunk)
  return all
}

async function sumsOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const sums = blockSums()
  for await (const chunk of content) {
    sums.update(chunk)
    freeChunk(chunk)
  }
  return new Uint8Array(sums.value().buffer)
}

const keyPattern = /^sha256\/([0-9a-f]{2})\/([0-9a-f]{62})$/

async function* listed(bucket: Bucket): AsyncGenerator<StoredBlob> {
  for await (const { key, size, modified } of bucket.list('sha256/')) {
    const [, first, rest] = keyPattern.exec(key) ?? []
    if (first && rest) yield { digest: `sha256:${first}${rest}`, size, modified }
  }
}
