import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { type ByteStream, freeChunk } from '../ground/body.ts'
import { type BodySums, passingSums, type SumValues } from './body-sums.ts'
import {
  type Checksum,
  type ChecksumAlgorithm,
  createChecksum,
  type RequestedChecksum,
  verifyChecksum,
} from './checksum.ts'
import { digestOf } from './content.ts'
import { type Cipher, encrypt } from './encryption.ts'
import { threadSums } from './hash-thread.ts'
import { s3Error } from './s3-error.ts'
import type { S3Parts } from './s3-operation.ts'

/** Content up to this size is a column of its row: one commit makes it durable, and no file is opened to read it. */
const inlineLimit = 64 << 10

/** Largest content of one PutObject or UploadPart (S3 User Guide, "Amazon S3 multipart upload limits"). */
export const maximumPutSize = 5 * 2 ** 30

/** Received content, durable as a blob unless it is in `data`; nobody refers to it yet. */
export interface ReceivedContent {
  readonly size: number
  /** Hex. */
  readonly md5: string
  readonly checksum: Checksum
  /** Base64, of the algorithm of `alsoCompute`. */
  readonly also: string
  /** SHA-256 of what is stored. */
  readonly digest: string
  readonly data: Uint8Array | null
}

export interface ReceiveOptions {
  /** Base64, as in Content-MD5. */
  readonly md5?: string
  readonly checksum?: RequestedChecksum
  /** The algorithm to compute when the client brings no checksum. */
  readonly compute?: ChecksumAlgorithm
  /** A second algorithm to compute, when the client's is another (`also` in the result). */
  readonly alsoCompute?: ChecksumAlgorithm
  readonly cipher?: Cipher
  /** Parts of an upload are blobs however small, so that an object made of them is a list of blobs. */
  readonly neverInline?: boolean
  /** How many bytes are announced. */
  readonly length?: number
  /** Most bytes that are taken; `maximumPutSize` when absent. */
  readonly mostBytes?: number
}

type Trailers = Readonly<Record<string, string>>
export type Body = (ByteStream & { readonly trailers?: Trailers }) | Uint8Array | undefined

/** Takes in a body: hashes, checks and stores in one pass. A body that fails a check is not stored. CRC64NVME when the client names no algorithm. */
export async function receive(
  parts: Pick<S3Parts, 'blobs'>,
  body: Body,
  options: ReceiveOptions,
): Promise<ReceivedContent> {
  requireMd5(options.md5)
  const { checksum: requested, cipher } = options
  const algorithm = requested?.algorithm ?? options.compute ?? options.alsoCompute ?? 'CRC64NVME'
  const also = options.alsoCompute ?? algorithm
  const source: Body = body ?? new Uint8Array()
  const isSmall = source instanceof Uint8Array && source.length <= inlineLimit && !cipher && !options.neverInline
  if (isSmall) return receiveSmall(source, algorithm, also, options)
  const stream: ByteStream & { trailers?: Trailers } = source instanceof Uint8Array ? Readable.from([source]) : source
  const sums = sumsFor(new Set(['MD5', algorithm, also]), stream, options)
  const most = options.mostBytes ?? maximumPutSize
  let size = 0
  let found: SumValues = new Map()

  async function* passing(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      size += chunk.length
      if (size > most) throw s3Error('EntityTooLarge', { MaxSizeAllowed: most })
      await sums.update(chunk)
      yield chunk
    }
  }
  async function verify(): Promise<void> {
    found = await sums.values()
    verifyMd5(options.md5, sumOf('MD5'))
    if (requested) verifyChecksum(requested, sumOf(algorithm), stream.trailers ?? {})
  }
  const sumOf = (name: ChecksumAlgorithm): string => found.get(name) ?? ''

  try {
    const stored: ByteStream = cipher
      ? Object.assign(encrypt(passing(), cipher), { release: freeChunk })
      : Object.assign(passing(), { release: sums.release ?? stream.release, sha256: stream.sha256 })
    const kept = await keep(parts, stored, options.neverInline ? -1 : inlineLimit, verify)
    const checksum = { algorithm, type: 'FULL_OBJECT', value: sumOf(algorithm) } as const
    const md5 = Buffer.from(sumOf('MD5'), 'base64').toString('hex')
    return { ...kept, size, md5, also: sumOf(also), checksum }
  } finally {
    sums.discard()
  }
}

function receiveSmall(
  data: Uint8Array,
  algorithm: ChecksumAlgorithm,
  also: ChecksumAlgorithm,
  { md5, checksum: requested }: ReceiveOptions,
): ReceivedContent {
  const md5Hex = createHash('md5').update(data).digest('hex')
  verifyMd5(md5, Buffer.from(md5Hex, 'hex').toString('base64'))
  const [value = '', alsoValue = value] = [...new Set([algorithm, also])].map(name => sumOf(name, data))
  if (requested) verifyChecksum(requested, value, {})
  const checksum = { algorithm, type: 'FULL_OBJECT', value } as const
  return { size: data.length, md5: md5Hex, checksum, also: alsoValue, digest: digestOf(data), data }
}

function sumOf(algorithm: ChecksumAlgorithm, data: Uint8Array): string {
  const sum = createChecksum(algorithm)
  sum.update(data)
  return sum.value()
}

/** From this size on the way to another thread pays. */
const threadSize = 4 << 20

function sumsFor(wanted: ReadonlySet<ChecksumAlgorithm>, stream: ByteStream, options: ReceiveOptions): BodySums {
  const apart = stream.release && !options.cipher && (options.length ?? 0) >= threadSize
  return (apart ? threadSums : passingSums)([...wanted])
}

/** In memory as long as it may be small, then as a blob. */
async function keep(
  parts: Pick<S3Parts, 'blobs'>,
  stream: ByteStream,
  limit: number,
  verify: () => Promise<void>,
): Promise<{ digest: string; data: Uint8Array | null }> {
  const { release, sha256 } = stream
  const chunks = stream[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  for (let size = 0; size <= limit; ) {
    const { value, done } = await chunks.next()
    if (done) {
      const data = Buffer.concat(head)
      for (const chunk of head) release?.(chunk)
      await verify()
      return { digest: digestOf(data), data }
    }
    head.push(value)
    size += value.length
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* head.splice(0)
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  const blob = await parts.blobs.put(Object.assign(all(), { release, sha256 }), { verify })
  return { digest: blob.digest, data: null }
}

function verifyMd5(expected: string | undefined, found: string): void {
  if (expected === undefined || Buffer.from(expected, 'base64').equals(Buffer.from(found, 'base64'))) return
  throw s3Error(
    'BadDigest',
    { ExpectedDigest: expected, CalculatedDigest: found },
    'The Content-MD5 you specified did not match what we received.',
  )
}

function requireMd5(md5: string | undefined): void {
  if (md5 === undefined) return
  if (Buffer.from(md5, 'base64').length !== 16) throw s3Error('InvalidDigest', { 'Content-MD5': md5 })
}
