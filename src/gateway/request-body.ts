import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { freeChunk, type TrailingBody } from '../ground/body.ts'
import { ServiceError } from '../ground/errors.ts'
import { joiningStream, through } from '../ground/joiner.ts'
import { BodyRefused, type MemoryClaim } from '../ground/memory-budget.ts'
import { readWhole } from '../ground/read-whole.ts'
import type { OperationModel, ServiceModel, Shape } from '../model/service-model.ts'
import type { AuthStyle } from '../protocol/auth-fault.ts'
import { decodeChunks } from '../protocol/aws-chunked.ts'
import type { Verified } from '../protocol/sigv4.ts'

const mebibyte = 1024 * 1024
/** The most of a body beside its blobs and long texts: CloudWatch and Logs, which take most, say one megabyte. */
const smallBody = 2 * mebibyte
/** A megabyte of log lines, in which each control character takes six. */
const logEvents = 8 * mebibyte
/** The most of a form (CloudWatch's PutMetricData, "HTTP POST requests"; the other query services send less). */
export const formLimit = mebibyte
/** The most of an XML document: CompleteMultipartUpload names 10,000 parts in less. */
const xmlLimit = 4 * mebibyte
const idle = 60_000

const limits = new WeakMap<OperationModel, number>()

/** How many bytes of body an operation takes when it is read whole: 4 MiB of XML; else 2 MiB and what its blobs and long texts may hold. */
export function bodyLimit(model: ServiceModel, operation: OperationModel): number {
  const known = limits.get(operation)
  if (known !== undefined) return known
  if (model.metadata.protocol === 'rest-xml') return xmlLimit
  const input = operation.input ? model.shapes[operation.input.shape] : undefined
  const sizes = Object.values(input?.members ?? {}).map(ref => sizeOf(model.shapes[ref.shape], Boolean(input?.payload)))
  const base = operation.name === 'PutLogEvents' ? logEvents : smallBody
  const limit = base + sizes.reduce((sum, size) => sum + size, 0)
  limits.set(operation, limit)
  return limit
}

/** A blob as it stands or in base64; a long text, which is JSON as a rule, with each of its quotes escaped. */
function sizeOf(shape: Shape | undefined, isPayload: boolean): number {
  const most = shape?.max ?? 0
  if (shape?.type === 'blob') return isPayload ? most : Math.ceil((most * 4) / 3)
  return shape?.type === 'string' && most >= 65_536 ? 2 * most : 0
}

/** True when the body goes to the operation unread. */
export function isStreaming(model: ServiceModel, operation: OperationModel): boolean {
  const input = operation.input ? model.shapes[operation.input.shape] : undefined
  const ref = input?.payload ? input.members?.[input.payload] : undefined
  return Boolean(ref && (ref.streaming || model.shapes[ref.shape]?.streaming))
}

export interface BodyBounds {
  readonly limit: number
  readonly memory: MemoryClaim
}

/** Reads the rest of a body. Throws in the service's words: beyond `limit`, in tiny chunks, or when memory for bodies is used up. */
export async function readBody(body: Readable, bounds: BodyBounds, style: AuthStyle): Promise<Uint8Array> {
  try {
    return await readWhole(body, bounds)
  } catch (error) {
    throw error instanceof BodyRefused ? bodyRefusal(error, style) : error
  }
}

/** Why a body was not taken, or an answer not sent, in the service's words. */
export function bodyRefusal({ reason, limit, message }: BodyRefused, style: AuthStyle): ServiceError {
  if (reason === 'size') return tooLarge(limit, style)
  const s3 = style === 's3'
  if (reason === 'chunks')
    return new ServiceError(s3 ? 'InvalidRequest' : 'SerializationException', message, { status: 400 })
  const code = s3 ? 'SlowDown' : style === 'query' ? 'ServiceUnavailable' : 'ServiceUnavailableException'
  return new ServiceError(code, `Please reduce your request rate. ${message}`, { status: 503 })
}

export interface BodyFacts {
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As signed: a hash, or one of S3's words for how the body is (not) signed; undefined when nobody signed. */
  readonly payloadHash: string | undefined
  readonly verified: Verified | undefined
  /** In whose turns it is taken. */
  readonly holder: string
}

/**
 * The content of a request as a stream that ends only if the content is what was signed: aws-chunked is decoded, an exact hash is
 * compared at the end.
 */
export function openBody(
  incoming: IncomingMessage,
  { headers, payloadHash, verified, holder }: BodyFacts,
): TrailingBody {
  guard(incoming)
  if (payloadHash?.startsWith('STREAMING-')) {
    return through(incoming, decodeChunks(chunkedOptions(headers, payloadHash, verified)), holder)
  }
  const isHashed = payloadHash !== undefined && payloadHash !== 'UNSIGNED-PAYLOAD'
  return through(incoming, isHashed ? hashCheck(payloadHash) : plain(), holder)
}

/** Whether a body belongs to the request. */
export const hasBody = ({ headers }: Pick<BodyFacts, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/** A client that stalls for a minute amid its body is cut off. */
export function guard(incoming: IncomingMessage): IncomingMessage {
  incoming.socket.setTimeout(idle)
  return incoming.once('end', () => incoming.socket.setTimeout(0))
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

const plain = (): TrailingBody & Transform => Object.assign(joiningStream(), { trailers: {}, release: freeChunk })

function hashCheck(expected: string): TrailingBody & Transform {
  const content = createHash('sha256')
  let found = ''
  const stream = joiningStream({
    each: chunk => void content.update(chunk),
    last() {
      found = content.digest('hex')
      return found === expected ? undefined : hashMismatch(expected, found)
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
  const encodings = (headers['content-encoding'] ?? '').split(',')
  const kept = encodings
    .filter(name => name.trim() !== 'aws-chunked')
    .join(',')
    .trim()
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  return { ...headers, 'content-encoding': kept === '' ? undefined : kept, 'content-length': length }
}

const inflate = promisify(gunzip)

/** SDKs gzip large bodies of some operations (requestCompression); what comes out is bounded as what comes in. */
export async function uncompressed(
  body: Uint8Array,
  encoding: string | undefined,
  { limit, memory }: BodyBounds,
  style: AuthStyle,
): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip') throw unreadable(`The Content-Encoding '${encoding}' is not supported.`)
  try {
    const content = await inflate(body, { maxOutputLength: limit })
    memory.grow(content.byteLength)
    return content
  } catch (error) {
    if (error instanceof BodyRefused) throw bodyRefusal(error, style)
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit, style)
    throw unreadable('The body of the request is not valid gzip.')
  }
}

const unreadable = (message: string): ServiceError =>
  new ServiceError('SerializationException', message, { status: 400 })

/** Of a body of more bytes than are read whole. */
export const tooLarge = (limit: number, style: AuthStyle): ServiceError =>
  style === 's3'
    ? new ServiceError('MaxMessageLengthExceeded', 'Your request was too big.', {
        status: 400,
        fields: { MaxMessageLengthBytes: limit },
      })
    : new ServiceError('RequestEntityTooLargeException', `The body of the request is larger than ${limit} bytes.`, {
        status: 413,
      })
