import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { freeChunk } from '../ground/body.ts'
import { NotGenuine } from '../ground/envelope.ts'
import { randomness } from '../ground/randomness.ts'
import type { Principal } from '../service/principal.ts'
import { BlobError } from '../store/blobs.ts'
import type { ByteRange } from './byte-range.ts'
import { decrypt, type Encryption, openKey } from './encryption.ts'
import { s3Error } from './s3-error.ts'
import type { S3Parts } from './s3-operation.ts'

/** Stored content as its row names it. */
export interface StoredContent {
  readonly content: string
  readonly size: number
  readonly digest: string
  readonly data: Uint8Array | null
  readonly encryption: Encryption | undefined
  /** Of an object; what is held has none. */
  readonly bucket?: string
  readonly key?: string
}

/** Whose content it is, for the log. */
export const nameOf = ({ bucket, key, content }: StoredContent): string =>
  bucket === undefined ? contentOwner(content) : `s3://${bucket}/${key}`

interface Piece {
  readonly digest: string
  readonly size: number
  readonly salt: string
}

/** The bytes of content that is kept in its row, decrypted. Damage is an InternalError. */
export async function readInline(
  parts: Pick<S3Parts, 'keys' | 'blobs'>,
  as: Principal,
  stored: StoredContent & { readonly data: Uint8Array },
  range: ByteRange = { start: 0, end: stored.size - 1 },
): Promise<Uint8Array> {
  const data = requireIntact(parts, stored.data, stored)
  const { encryption } = stored
  if (!encryption) return data.subarray(range.start, range.end + 1)
  const key = await openKey(parts.keys, as, encryption)
  const read = (part: ByteRange) => Readable.from([data.subarray(part.start, part.end + 1)])
  try {
    return await buffer(decrypt(read, { key, salt: encryption.salt }, stored.size, range))
  } catch (error) {
    throw asDamage(error, stored)
  }
}

/** Opens stored content, decrypted. Damage found before the first byte is an InternalError; later it breaks the stream. */
export async function openContent(
  parts: Pick<S3Parts, 'store' | 'blobs' | 'keys'>,
  as: Principal,
  stored: StoredContent,
  range: ByteRange = { start: 0, end: stored.size - 1 },
): Promise<Readable> {
  const { encryption, data } = stored
  if (data) {
    const bytes = await readInline(parts, as, { ...stored, data }, range)
    return Readable.from(bytes.length > 0 ? [bytes] : [], { objectMode: false })
  }
  const key = encryption && (await openKey(parts.keys, as, encryption))
  const salt = encryption?.salt ?? ''
  const pieces = stored.digest ? [{ digest: stored.digest, size: stored.size, salt }] : await piecesOf(parts, stored)
  const single = pieces[0]
  const whole = pieces.length === 1 && single && !key && range.start === 0 && range.end === stored.size - 1
  const stream = whole
    ? parts.blobs.open(single.digest, undefined, nameOf(stored))
    : Object.assign(
        Readable.from(readPieces(parts, { pieces, of: nameOf(stored) }, range, key), {
          objectMode: false,
          highWaterMark: 256 << 10,
        }),
        { release: freeChunk },
      )
  return primed(stream, stored)
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
  { pieces, of }: { readonly pieces: readonly Piece[]; readonly of: string },
  range: ByteRange,
  key: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  let position = 0
  for (const { digest, size, salt } of pieces) {
    const start = Math.max(range.start - position, 0)
    const end = Math.min(range.end - position, size - 1)
    const read = (part: ByteRange) => parts.blobs.open(digest, part, of)
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
    throw asDamage(error, stored)
  }
}

/** The error that a client is told for one of reading: of damage, which object's it is. */
export const asDamage = (error: unknown, stored: StoredContent): unknown =>
  error instanceof BlobError || error instanceof NotGenuine ? damaged(stored, error.message) : error

function requireIntact({ blobs }: Pick<S3Parts, 'blobs'>, data: Uint8Array, stored: StoredContent): Uint8Array {
  const found = digestOf(data)
  if (found === stored.digest) return data
  const problem = `Stored content ${stored.digest} is damaged: it is ${found}.`
  blobs.noteDamage?.(stored.digest, problem, nameOf(stored))
  throw damaged(stored, problem)
}

const damaged = (stored: StoredContent, message: string) =>
  s3Error(
    'InternalError',
    {},
    `The content of this object is damaged on disk and is not served. ${message} (content ${stored.content})`,
  )

/** `sha256:` and hex. */
export const digestOf = (data: Uint8Array): string => `sha256:${createHash('sha256').update(data).digest('hex')}`

/** Names new content. */
export const newContentName = (): string => randomness.uuid()

/** The owner of content's blobs in `blob_reference`. */
export const contentOwner = (content: string): string => `s3:${content}`
