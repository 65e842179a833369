import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { freeChunk } from '../ground/body.ts'
import { BodyRefused, bodyMemory, type MemoryClaim } from '../ground/memory-budget.ts'
import { turns } from '../ground/turns.ts'
import type { Claim } from '../protocol/claim.ts'
import type { WireRequest, WireResponse } from '../protocol/message.ts'
import type { Access } from '../service/access.ts'
import type { Principal } from '../service/principal.ts'
import type { Target } from './identify.ts'
import { bodyRefusal } from './request-body.ts'
import { guardReader } from './respond.ts'
import { wireHeaders } from './wire-headers.ts'

/** One request on its way; `target` and `operation` are filled in as they are known, for errors, metrics and the log. */
export interface Exchange {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly request: WireRequest
  readonly requestId: string
  readonly proceed: () => void
  target?: Target
  operation?: string
  account?: string
  /** Who says to have signed, and where; `isProven` when the signature fits. */
  accessKeyId?: string
  region?: string
  principal?: Principal
  isProven?: boolean
  /** What leave was asked for. */
  asked?: readonly Access[]
  /** What the body holds, until the answer is out. */
  memory?: MemoryClaim
}

/** Begins with a request as it came; `waits` when its client has asked whether to send the body. */
export function openExchange(incoming: IncomingMessage, response: ServerResponse, waits: boolean): Exchange {
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark + 1)
  const headers = wireHeaders(incoming)
  const request: WireRequest = { method: incoming.method ?? 'GET', path, query, headers }
  // A refusal before this leaves the client's body unsent, so the connection cannot be used again.
  if (waits) response.shouldKeepAlive = false
  const proceed = (): void => {
    if (!waits) return
    response.shouldKeepAlive = true
    response.writeContinue()
  }
  return { incoming, response, request, requestId: randomUUID(), proceed }
}

/** Whose share of memory a body takes: an account's when its signature is proven before, else that of the key alone. */
export const holderOf = ({ headers }: WireRequest, claim: Claim | undefined, account: string): string =>
  claim && headers['x-amz-content-sha256'] !== undefined ? account : `unproven ${claim?.accessKeyId ?? ''}`

/** The memory of a body. A key's own share keeps others who know of it from the account's; that an account may have many keys gives it no more. */
export const memoryOf = (holder: string, account: string): MemoryClaim =>
  bodyMemory.claim(holder, { of: holder === account ? account : `unproven ${account}` })

/** From here on the request's memory is the answer's, which a slow reader may leave here for as long as it is not cut off. */
export function holdAnswer({ memory, target, response }: Exchange, { body }: WireResponse): void {
  memory?.release()
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body instanceof Uint8Array ? body.byteLength : 0
  if (bytes < leastHeld) return
  try {
    memory?.grow(bytes)
  } catch (error) {
    throw error instanceof BodyRefused ? bodyRefusal(error, target?.style ?? 'json') : error
  }
  guardReader(response)
}

/** Less waits in the system's own buffers. */
const leastHeld = 64 * 1024

/** The memory goes back when the answer is out, or nobody takes it any more. */
export function releaseWhenOut({ memory, response }: Exchange): void {
  if (!memory) return
  if (response.writableFinished || response.destroyed) memory.release()
  else response.once('close', () => memory.release())
}

/** What is left of the body is read into nothing, within bounds: cheaper than to close the connection, which `refuse` does when much may come. */
export function discard(incoming: IncomingMessage): void {
  if (incoming.complete) return
  let left = mostDiscarded
  incoming.unpipe()
  incoming.on('data', (chunk: Uint8Array) => {
    left -= chunk.byteLength + chunkCost
    freeChunk(chunk)
    if (left < 0) incoming.destroy()
    const turn = turns.take('discarded')
    if (!turn) return
    incoming.pause()
    void turn.then(() => incoming.resume())
  })
  incoming.resume()
}

const mostDiscarded = 64 * 1024 * 1024
/** What a chunk costs beside its bytes. */
const chunkCost = 4096
