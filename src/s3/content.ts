import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { type ByteStream, freeChunk } from '../service/body.ts'
import { NotGenuine } from '../service/envelope.ts'
import type { Principal } from '../service/principal.ts'
import { BlobError } from '../store/blobs.ts'
import { type BodySums, passingSums, type SumValues } from './body-sums.ts'
import type { ByteRange } from './byte-range.ts'
import { type Checksum, type ChecksumAlgorithm, type RequestedChecksum, verifyChecksum } from './checksum.ts'
import { type Cipher, decrypt, type Encryption, encrypt, openKey } from './encryption.ts'
import { threadSums } from './hash-thread.ts'
import type { S3Parts } from './operation.ts'
import { s3Error } from './s3-error.ts'

/** Content up to this size is a column of its row: one commit makes it durable, and no file is opened to read it. */
const inlineLimit = 16 << 10

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
  const stream: ByteStream & { trailers?: Trailers } = source instanceof Uint8Array ? Readable.from([source]) : source
  const sums = sumsFor(new Set(['MD5', algorithm, also]), stream, options)
  let size = 0
  let found: SumValues = new Map()

  async function* passing(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      size += chunk.length
      if (size > maximumPutSize) throw s3Error('EntityTooLarge', { MaxSizeAllowed: maximumPutSize })
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

/** Stored content as its row names it. */
export interface StoredContent {
  readonly content: string
  readonly size: number
  readonly digest: string
  readonly data: Uint8Array | null
  readonly encryption: Encryption | undefined
}

interface Piece {
  readonly digest: string
  readonly size: number
  readonly salt: string
}

/** Opens stored content, decrypted. Damage found before the first byte is an InternalError; later it breaks the stream. */
export async function openContent(
  parts: Pick<S3Parts, 'store' | 'blobs' | 'keys'>,
  as: Principal,
  stored: StoredContent,
  range: ByteRange = { start: 0, end: stored.size - 1 },
): Promise<Readable> {
  const { encryption } = stored
  const key = encryption && (await openKey(parts.keys, as, encryption))
  const salt = encryption?.salt ?? ''
  if (stored.data) {
    const data = requireIntact(stored.data, stored)
    return key ? primed(decrypted(data, { key, salt }, stored.size, range), stored) : bytesOf(data, range)
  }
  const pieces = stored.digest ? [{ digest: stored.digest, size: stored.size, salt }] : await piecesOf(parts, stored)
  const single = pieces[0]
  const whole = pieces.length === 1 && single && !key && range.start === 0 && range.end === stored.size - 1
  const stream = whole
    ? parts.blobs.open(single.digest)
    : Object.assign(
        Readable.from(readPieces(parts, pieces, range, key), { objectMode: false, highWaterMark: 256 << 10 }),
        { release: freeChunk },
      )
  return primed(stream, stored)
}

function bytesOf(data: Uint8Array, { start, end }: ByteRange): Readable {
  const bytes = data.subarray(start, end + 1)
  return Readable.from(bytes.length > 0 ? [bytes] : [], { objectMode: false })
}

function decrypted(data: Uint8Array, cipher: Cipher, size: number, range: ByteRange): Readable {
  return Readable.from(
    decrypt(part => bytesOf(data, part), cipher, size, range),
    { objectMode: false },
  )
}

/** Throws NoSuchKey when the object was deleted since its row was read, and its parts with it. */
async function piecesOf(parts: Pick<S3Parts, 'store'>, stored: StoredContent): Promise<Piece[]> {
  const rows = await parts.store.db
    .selectFrom('s3_part')
    .select(['digest', 'size', 'encryption'])
    .where('content', '=', stored.content)
    .orderBy('number')
    .execute()
  if (rows.reduce((sum, row) => sum + row.size, 0) !== stored.size) throw s3Error('NoSuchKey')
  return rows.map(row => ({ digest: row.digest, size: row.size, salt: row.encryption }))
}

async function* readPieces(
  parts: Pick<S3Parts, 'blobs'>,
  pieces: readonly Piece[],
  range: ByteRange,
  key: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  let position = 0
  for (const { digest, size, salt } of pieces) {
    const start = Math.max(range.start - position, 0)
    const end = Math.min(range.end - position, size - 1)
    const read = (part: ByteRange) => parts.blobs.open(digest, part)
    if (start <= end) yield* key ? decrypt(read, { key, salt }, size, { start, end }) : read({ start, end })
    position += size
    if (position > range.end) return
  }
}

/** Waits until the first bytes are there, so that content that is missing or damaged is answered with an error and not begun. */
async function primed(stream: Readable, stored: StoredContent): Promise<Readable> {
  try {
    stream.read(0)
    if (!stream.readableEnded && stream.readableLength === 0) await once(stream, 'readable')
    return stream
  } catch (error) {
    throw error instanceof BlobError || error instanceof NotGenuine ? damaged(stored, error.message) : error
  }
}

function requireIntact(data: Uint8Array, stored: StoredContent): Uint8Array {
  const found = digestOf(data)
  if (found === stored.digest) return data
  throw damaged(stored, `Stored content ${stored.digest} is damaged: it is ${found}.`)
}

const damaged = (stored: StoredContent, message: string) =>
  s3Error(
    'InternalError',
    {},
    `The content of this object is damaged on disk and is not served. ${message} (content ${stored.content})`,
  )

const digestOf = (data: Uint8Array): string => `sha256:${createHash('sha256').update(data).digest('hex')}`

/** Names new content. */
export const newContentName = (): string => randomUUID()

/** The owner of content's blobs in `blob_reference`. */
export const contentOwner = (content: string): string => `s3:${content}`
