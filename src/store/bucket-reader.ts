import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { clock } from '../ground/clock.ts'
import { BlobError } from './blobs.ts'
import { blockSize } from './block-sums.ts'
import { type Bucket, type BucketContent, BucketError } from './bucket.ts'

/** Where content and the sums of its blocks are in a bucket. */
export const keyOf = (hex: string): string => `sha256/${hex.slice(0, 2)}/${hex.slice(2)}`
export const sumsKeyOf = (hex: string): string => `${keyOf(hex)}.sums`

/** As often a block is asked for, when what comes breaks off or is not what was put. */
const tries = 3
const pauseMs = 50
/** A block that has not come by then is as one that broke off: who sends a byte now and then is idle for no time limit of a connection. */
const usualBlockMs = 60_000

/** The blocks of one content in a bucket, each checked before it is given. */
export interface BucketReader {
  readonly size: number
  /** The block that begins at this byte. They come fastest in order. */
  block(position: number): Promise<Uint8Array>
  close(): void
}

/**
 * Opens content for what is between two bytes. Undefined when it ends before. Throws NoSuchBlob; a reader without sums, when they are not
 * there or not those of its size, gives blocks that nobody has checked, and says so.
 */
export async function openBucketReader(
  bucket: Bucket,
  hex: string,
  wanted: { readonly start: number; readonly end: number | undefined },
  blockMs = usualBlockMs,
): Promise<(BucketReader & { readonly checked: boolean }) | undefined> {
  const digest = `sha256:${hex}`
  const end = wanted.end === undefined ? undefined : Math.ceil((wanted.end + 1) / blockSize) * blockSize - 1
  const from = (start: number) =>
    bucket.read(keyOf(hex), end === undefined && start === 0 ? undefined : { start, ...(end !== undefined && { end }) })
  const first = Math.floor(wanted.start / blockSize) * blockSize
  const opened = await from(first)
  if (!opened) throw new BlobError('NoSuchBlob', `There is no blob ${digest}.`)
  if (opened === 'beyond') return undefined
  const { size } = opened
  let check: (block: Uint8Array, position: number) => boolean
  let checked = true
  try {
    const sums = size > blockSize ? await sumsOf(bucket, hex, size, blockMs) : undefined
    checked = size <= blockSize || sums !== undefined
    check = sums
      ? (block, position) => crc32(block) === sums[position / blockSize]
      : block => size > blockSize || createHash('sha256').update(block).digest('hex') === hex
  } catch (error) {
    opened.body.destroy()
    throw error
  }
  let stream: BlockStream | undefined = blockStream(opened.body, first, blockMs)

  async function next(position: number): Promise<Uint8Array> {
    if (stream?.position !== position) {
      stream?.close()
      const again: BucketContent | 'beyond' | undefined = await from(position)
      if (!again || again === 'beyond') throw new BlobError('NoSuchBlob', `There is no blob ${digest} any more.`)
      stream = blockStream(again.body, position, blockMs)
    }
    const block = await stream.take(Math.min(blockSize, size - position))
    if (check(block, position)) return block
    throw new BlobError(
      'BlobCorrupt',
      `Blob ${digest} is damaged in the bucket between its bytes ${position} and ${position + block.length - 1}.`,
    )
  }

  return {
    size,
    checked,
    async block(position) {
      for (let done = 1; ; done++) {
        try {
          return await next(position)
        } catch (error) {
          stream?.close()
          stream = undefined
          if (done === tries || (error as BlobError).code === 'NoSuchBlob') throw asFailure(bucket, digest, error)
          await clock.sleep(pauseMs * done)
        }
      }
    },
    close: () => stream?.close(),
  }
}

interface BlockStream {
  /** Of the next byte that it gives. */
  readonly position: number
  take(length: number): Promise<Uint8Array>
  close(): void
}

/** Cuts what comes into blocks, each memory of its own. Throws when it ends before, or is too slow. */
function blockStream(body: Readable, from: number, blockMs: number): BlockStream {
  // Who is not reading at the moment hears of it at the next read.
  body.on('error', () => {})
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  let rest: Uint8Array = new Uint8Array(0)
  let position = from
  return {
    get position() {
      return position
    },
    async take(length) {
      const block = Buffer.allocUnsafeSlow(length)
      using _ = clock.after(blockMs, () => body.destroy(new Error(`it gave no block within ${blockMs} ms`)))
      for (let filled = 0; filled < length; ) {
        if (rest.length === 0) {
          const { done, value } = await chunks.next()
          if (done) throw new Error(`it ended after byte ${position + filled}`)
          rest = value
        }
        const some = rest.subarray(0, length - filled)
        block.set(some, filled)
        filled += some.length
        rest = rest.subarray(some.length)
      }
      position += length
      return block
    },
    close: () => void body.destroy(),
  }
}

/** Undefined when they are not there, or are those of something else. */
async function sumsOf(bucket: Bucket, hex: string, size: number, blockMs: number): Promise<Uint32Array | undefined> {
  const length = Math.ceil(size / blockSize) * 4
  for (let done = 1; ; done++) {
    const opened = await bucket.read(sumsKeyOf(hex))
    if (!opened || opened === 'beyond') return undefined
    if (opened.size !== length) {
      opened.body.destroy()
      return undefined
    }
    try {
      const bytes = await blockStream(opened.body, 0, blockMs).take(length)
      return new Uint32Array(Uint8Array.from(bytes).buffer)
    } catch (error) {
      if (done === tries) throw asFailure(bucket, `sha256:${hex}`, error)
      await clock.sleep(pauseMs * done)
    }
  }
}

function asFailure(bucket: Bucket, digest: string, error: unknown): unknown {
  if (error instanceof BlobError || error instanceof BucketError) return error
  const { code, name, message } = error as NodeJS.ErrnoException
  return new BucketError(bucket.name, code ?? name, `broke off giving ${digest}: ${message}`)
}
