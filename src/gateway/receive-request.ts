import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { ServiceError } from '../ground/errors.ts'
import { BodyRefused, type MemoryClaim } from '../ground/memory-budget.ts'
import type { OperationModel } from '../model/service-model.ts'
import { authFault } from '../protocol/auth-fault.ts'
import type { Claim } from '../protocol/claim.ts'
import type { WireRequest } from '../protocol/message.ts'
import { actionOf } from '../protocol/query-protocol.ts'
import type { Verified } from '../protocol/sigv4.ts'
import type { Credential } from '../service/iam.ts'
import { prove, signedPayload, unsignedRequest } from './authenticate.ts'
import { type Target, unsigned } from './identify.ts'
import {
  type BodyBounds,
  bodyLimit,
  bodyRefusal,
  contentHeaders,
  formLimit,
  guard,
  hasBody,
  hashMismatch,
  isStreaming,
  openBody,
  readBody,
  tooLarge,
  uncompressed,
} from './request-body.ts'

export interface Arrival {
  /** What the body is read from, or all of it; never that where it is said to come in chunks of AWS's. */
  readonly incoming: IncomingMessage | Uint8Array
  readonly request: WireRequest
  readonly target: Target
  readonly signer: { readonly claim: Claim; readonly credential: Credential } | undefined
  readonly now: Date
  /** The memory that the body may take. */
  readonly memory: MemoryClaim
  /** In whose turns the body is taken. */
  readonly holder: string
  /** Asks leave for what is known before the body; absent where leave depends on the body. */
  readonly admit?: (operation: OperationModel, request: WireRequest) => Promise<void>
  /** Tells a client that waits for it (`Expect: 100-continue`) to send the body. */
  readonly proceed: () => void
}

export interface Received {
  readonly operation: OperationModel
  /** The request without what its signature and its transfer added. */
  readonly request: WireRequest
  readonly body: Uint8Array | Readable
}

/**
 * Proves the signature and takes the body: unread when it streams to the operation, whole and checked otherwise. A signer that said
 * the body's hash is proven before a byte of the body is read, any other as soon as it is there.
 */
export async function receive(arrival: Arrival): Promise<Received> {
  const { incoming, target, signer, proceed, holder } = arrival
  const { headers } = arrival.request
  const { model } = target.served
  const payloadHash = signedPayload(arrival.request, signer?.claim, target.style)
  const verified = payloadHash === undefined ? undefined : proveHash(arrival, payloadHash)
  const request = plainRequest(arrival.request, signer?.claim, payloadHash)
  const proven = !signer || payloadHash !== undefined
  if (target.operation && proven) await arrival.admit?.(target.operation, request)
  if (target.style === 's3' && target.operation && isStreaming(model, target.operation)) requireLength(headers)
  proceed()
  const whole = (body: Readable, limit: number) => readBody(body, { limit, memory: arrival.memory }, target.style)
  // Of none that is said, no number, which compares with nothing.
  const announced = Number(headers['content-length'])
  const plain = (limit: number) =>
    incoming instanceof Uint8Array ? heldBody(incoming, limit, arrival) : whole(guard(incoming), limit)
  const stream = () => openBody(incoming as IncomingMessage, { headers, payloadHash, verified, holder })
  if (target.operation && isStreaming(model, target.operation)) {
    // A stream costs more than all else that is done for a small object.
    if (target.style === 's3' && isPlain(payloadHash) && announced <= smallObject) {
      const body = hasBody(request) ? await plain(smallObject) : nothing
      checkBody(arrival, payloadHash, body)
      return { operation: target.operation, request, body }
    }
    return { operation: target.operation, request, body: stream() }
  }
  const limit = target.operation ? bodyLimit(model, target.operation) : formLimit
  // Known before a byte of it is kept.
  if (announced > limit && isPlain(payloadHash)) throw tooLarge(limit, target.style)
  if (payloadHash?.startsWith('STREAMING-')) {
    const chunks = stream()
    const body = await whole(chunks, limit)
    const trailed = { ...request, headers: { ...request.headers, ...chunks.trailers } }
    return { operation: operationOf(arrival, request, body), request: trailed, body }
  }
  const body = hasBody(request) ? await plain(limit) : nothing
  checkBody(arrival, payloadHash, body)
  const operation = operationOf(arrival, request, body)
  return {
    operation,
    request,
    body: await decompressed(target, operation, headers['content-encoding'], body, { limit, memory: arrival.memory }),
  }
}

/** Of a body that is here already, of an operation that is known: at once. `proven` is told when the signature fits, perhaps before the body does. */
export function receiveHeld(
  arrival: Arrival & { readonly incoming: Uint8Array; readonly target: { readonly operation: OperationModel } },
  proven: () => void,
): Received {
  const { incoming, target, signer } = arrival
  const payloadHash = signedPayload(arrival.request, signer?.claim, target.style)
  if (payloadHash !== undefined) {
    proveHash(arrival, payloadHash)
    proven()
  }
  const request = plainRequest(arrival.request, signer?.claim, payloadHash)
  const body =
    incoming.byteLength > 0 ? heldBody(incoming, bodyLimit(target.served.model, target.operation), arrival) : nothing
  checkBody(arrival, payloadHash, body)
  proven()
  return { operation: target.operation, request, body }
}

const nothing = new Uint8Array(0)
const smallObject = 64 * 1024
const isPlain = (payloadHash: string | undefined): boolean => !payloadHash?.startsWith('STREAMING-')

/** One that was read before anybody knew whose it is: held to the same bounds. */
function heldBody(body: Uint8Array, limit: number, { memory, target }: Arrival): Uint8Array {
  try {
    if (body.byteLength > limit) throw new BodyRefused('size', limit, `The body is larger than ${limit} bytes.`)
    memory.grow(body.byteLength)
    return body
  } catch (error) {
    throw error instanceof BodyRefused ? bodyRefusal(error, target.style) : error
  }
}

function proveHash({ request, target, signer, now }: Arrival, payloadHash: string): Verified | undefined {
  if (!signer) return undefined
  return prove({ ...signer, request, path: target.path, payloadHash, now, style: target.style })
}

function checkBody(arrival: Arrival, payloadHash: string | undefined, body: Uint8Array): void {
  const { style } = arrival.target
  if (payloadHash === undefined) {
    proveHash(arrival, hash('sha256', body))
    return
  }
  if (payloadHash === 'UNSIGNED-PAYLOAD' && style === 's3') return
  const found = hash('sha256', body)
  if (found === payloadHash) return
  if (style === 's3') throw hashMismatch(payloadHash, found)
  throw authFault(style, 'mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.")
}

/** The length of an object is said before it (S3 API Reference, PutObject, "Content-Length"). */
function requireLength(headers: WireRequest['headers']): void {
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return
  throw new ServiceError('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 })
}

function plainRequest(request: WireRequest, claim: Claim | undefined, payloadHash: string | undefined): WireRequest {
  const plain = claim?.version === 2 || claim?.presigned ? unsignedRequest(request) : request
  return payloadHash?.startsWith('STREAMING-') ? { ...plain, headers: contentHeaders(plain.headers) } : plain
}

function operationOf({ target, signer }: Arrival, request: WireRequest, body: Uint8Array): OperationModel {
  if (target.operation) return target.operation
  const { model } = target.served
  const action = actionOf(request.query, body)
  const operation =
    action !== undefined && Object.hasOwn(model.operations, action) ? model.operations[action] : undefined
  if (!signer && operation?.authtype !== 'none') throw unsigned(target.style)
  if (operation) return operation
  const problem = action === undefined ? 'The request names no Action' : `Could not find operation ${action}`
  throw new ServiceError('InvalidAction', `${problem} for version ${model.metadata.apiVersion}`, { status: 400 })
}

function decompressed(
  target: Target,
  operation: OperationModel,
  encoding: string | undefined,
  body: Uint8Array,
  bounds: BodyBounds,
): Uint8Array | Promise<Uint8Array> {
  const payload = operation.input && target.served.model.shapes[operation.input.shape]?.payload
  return encoding === undefined || payload || target.style === 's3'
    ? body
    : uncompressed(body, encoding, bounds, target.style)
}
