import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable, Transform } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { freeChunk, type TrailingBody } from '../ground/body.ts'
import { ServiceError } from '../ground/errors.ts'
import type { OperationModel, ServiceModel, Shape } from '../model/service-model.ts'
import { decodeChunks } from '../protocol/aws-chunked.ts'
import type { Verified } from '../protocol/sigv4.ts'

const mebibyte = 1024 * 1024
/** The most of a form or of a body whose operation is not known yet. */
export const smallBody = 10 * mebibyte
const idle = 60_000

const limits = new WeakMap<OperationModel, number>()

/** How many bytes of body an operation takes when it is read whole: 10 MiB and what its blobs may hold. */
export function bodyLimit(model: ServiceModel, operation: OperationModel): number {
  const known = limits.get(operation)
  if (known !== undefined) return known
  const input = operation.input ? model.shapes[operation.input.shape] : undefined
  const sizes = Object.values(input?.members ?? {}).map(ref => blobSize(model.shapes[ref.shape]))
  const limit = smallBody + Math.ceil(sizes.reduce((sum, size) => sum + size, 0) * (input?.payload ? 1 : 4 / 3))
  limits.set(operation, limit)
  return limit
}

const blobSize = (shape: Shape | undefined): number => (shape?.type === 'blob' ? (shape.max ?? 0) : 0)

/** True when the body goes to the operation unread. */
export function isStreaming(model: ServiceModel, operation: OperationModel): boolean {
  const input = operation.input ? model.shapes[operation.input.shape] : undefined
  const ref = input?.payload ? input.members?.[input.payload] : undefined
  return Boolean(ref && (ref.streaming || model.shapes[ref.shape]?.streaming))
}

/** Reads the rest of a body. Throws RequestEntityTooLargeException (413) beyond `limit` and leaves off reading there. */
export function readWhole(body: Readable, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let size = 0
    const take = (chunk: Uint8Array): void => {
      size += chunk.byteLength
      chunks.push(chunk)
      if (size <= limit) return
      body.off('data', take).pause()
      reject(tooLarge(limit))
    }
    body.on('data', take)
    body.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks)))
    body.on('error', reject)
  })
}

export interface BodyFacts {
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As signed: a hash, or one of S3's words for how the body is (not) signed; undefined when nobody signed. */
  readonly payloadHash: string | undefined
  readonly verified: Verified | undefined
}

/**
 * The content of a request as a stream that ends only if the content is what was signed: aws-chunked is decoded, an exact hash is
 * compared at the end.
 */
export function openBody(incoming: IncomingMessage, { headers, payloadHash, verified }: BodyFacts): TrailingBody {
  guard(incoming)
  if (payloadHash?.startsWith('STREAMING-')) {
    return through(incoming, decodeChunks(chunkedOptions(headers, payloadHash, verified)))
  }
  const isHashed = payloadHash !== undefined && payloadHash !== 'UNSIGNED-PAYLOAD'
  return through(
    incoming,
    isHashed ? hashCheck(payloadHash) : Object.assign(new PassThrough(), { trailers: {}, release: freeChunk }),
  )
}

/** Whether a body belongs to the request. */
export const hasBody = ({ headers }: Pick<BodyFacts, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/** A client that stalls for a minute amid its body is cut off. */
export function guard(incoming: IncomingMessage): IncomingMessage {
  incoming.socket.setTimeout(idle)
  return incoming.once('end', () => incoming.socket.setTimeout(0))
}

/**
 * Unlike `pipeline`, a reader's failure leaves the request alone, so that it can still be answered; the rest is discarded with it.
 * A client that goes away fails the reader.
 */
function through<Stream extends Transform>(incoming: IncomingMessage, stream: Stream): Stream {
  incoming.once('error', error => stream.destroy(error))
  stream.on('error', () => incoming.unpipe(stream))
  return incoming.pipe(stream)
}

function chunkedOptions(headers: BodyFacts['headers'], payloadHash: string, verified: Verified | undefined) {
  const length = Number(headers['x-amz-decoded-content-length'])
  if (!Number.isInteger(length) || length < 0) {
    throw new ServiceError('MissingContentLength', 'You must provide the x-amz-decoded-content-length HTTP header.', {
      status: 411,
    })
  }
  const signed = /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?$/.test(payloadHash)
  if (!(signed || payloadHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') || (signed && !verified)) {
    throw new ServiceError('InvalidRequest', `x-amz-content-sha256 is not supported: ${payloadHash}`, { status: 400 })
  }
  const announced = payloadHash.endsWith('-TRAILER') ? (headers['x-amz-trailer'] ?? '') : ''
  const names = announced.split(',').map(name => name.trim().toLowerCase())
  return { seed: signed ? verified : undefined, length, announced: names.filter(Boolean) }
}

function hashCheck(expected: string): Transform & TrailingBody {
  const content = createHash('sha256')
  let found = ''
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      content.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      found = content.digest('hex')
      done(found === expected ? null : hashMismatch(expected, found))
    },
  })
  return Object.assign(stream, { trailers: {}, release: freeChunk, sha256: () => found })
}

export const hashMismatch = (expected: string, found: string): ServiceError =>
  new ServiceError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    {
      status: 400,
      fields: { ClientComputedContentSHA256: expected, S3ComputedContentSHA256: found },
    },
  )

/** What the headers say of the content once aws-chunked is taken off. */
export function contentHeaders(headers: BodyFacts['headers']): BodyFacts['headers'] {
  const encodings = (headers['content-encoding'] ?? '').split(',').map(name => name.trim())
  const kept = encodings.filter(name => name !== '' && name !== 'aws-chunked').join(',')
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  return { ...headers, 'content-encoding': kept === '' ? undefined : kept, 'content-length': length }
}

const inflate = promisify(gunzip)

/** SDKs gzip large bodies of some operations (requestCompression); what comes out is bounded as what comes in. */
export async function uncompressed(body: Uint8Array, encoding: string | undefined, limit: number): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip') {
    throw new ServiceError('SerializationException', `The Content-Encoding '${encoding}' is not supported.`, {
      status: 400,
    })
  }
  try {
    return await inflate(body, { maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new ServiceError('SerializationException', 'The body of the request is not valid gzip.', { status: 400 })
  }
}

const tooLarge = (limit: number): ServiceError =>
  new ServiceError('RequestEntityTooLargeException', `The body of the request is larger than ${limit} bytes.`, {
    status: 413,
  })
