import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { sourceIp } from '../gateway/asking.ts'
import { bodyRefusal } from '../gateway/request-body.ts'
import { clock } from '../ground/clock.ts'
import { BodyRefused } from '../ground/memory-budget.ts'
import { randomness } from '../ground/randomness.ts'
import type { WireRequest, WireResponse } from '../protocol/message.ts'
import { restJson } from '../protocol/rest-json.ts'
import type { AnswerInvocation, Arrived } from './answer-invocation.ts'
import { bytesOf, plainAnswerHead } from './plain-answer.ts'
import { type Read, readPlainHead } from './plain-head.ts'

/** A plain request has a body of so many bytes at most. */
export const mostBodyBytes = 64 * 1024
/** As Node's door has it. */
const idleMs = 75_000
/** A client that takes nothing of its answer for so long is cut off. */
const unreadMs = 60_000
/** Less waits in the system's own buffers. */
const leastHeld = 64 * 1024

export interface LaneParts {
  readonly answer: AnswerInvocation
  /** Takes over, with every byte that was not answered. */
  readonly node: Server
  /** Told how many bytes more, or less, of what is not whole are here; whether there is room for them. */
  readonly hold: (bytes: number) => boolean
  readonly left: (lane: PlainLane) => void
}

const nothing = Buffer.alloc(0)
const proceed = () => {}

/** One connection that has asked plainly so far. */
export class PlainLane {
  /** When what is not whole has begun to come, on the clock that never steps; 0 when there is nothing. */
  begun = 0
  isAnswering = false
  readonly #socket: Socket
  readonly #parts: LaneParts
  #bytes: Buffer = nothing
  #isGone = false
  #gone: AbortController | undefined

  constructor(socket: Socket, parts: LaneParts) {
    this.#socket = socket
    this.#parts = parts
    socket.setTimeout(idleMs)
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose)
    socket.on('error', this.#onError).on('timeout', this.#onTimeout)
  }

  /** To Node: what comes is not plain, or too slow. */
  handOver(): void {
    const [socket, bytes] = [this.#socket, this.#bytes]
    this.#leave()
    socket.setTimeout(0)
    socket.pause()
    if (bytes.byteLength > 0) socket.unshift(bytes)
    this.#parts.node.emit('connection', socket)
    socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  readonly #onData = (chunk: Buffer): void => {
    const hasRoom = this.#keep(this.#bytes.byteLength > 0 ? Buffer.concat([this.#bytes, chunk]) : chunk)
    if (!this.isAnswering) this.#next(hasRoom)
    else if (this.#bytes.byteLength > mostBodyBytes) this.#socket.pause()
  }

  #next(hasRoom = true): void {
    const bytes = this.#bytes
    if (bytes.byteLength === 0) return
    const read = readPlainRequest(bytes)
    if (read === 'odd') this.handOver()
    else if (read === 'more') this.#wait(hasRoom)
    else {
      this.#keep(nothing)
      this.begun = 0
      void this.#serve(read.request, read.body)
    }
  }

  #wait(hasRoom: boolean): void {
    this.begun ||= clock.elapsed()
    if (!hasRoom) this.handOver()
  }

  async #serve(request: WireRequest, incoming: Buffer): Promise<void> {
    this.isAnswering = true
    const arrived: Arrived = {
      ...{ request, incoming, proceed, requestId: randomness.uuid() },
      ...{ sourceIp: sourceIp(this.#socket), isSecure: 'encrypted' in this.#socket },
      signal: () => this.#signal(),
    }
    try {
      this.#write(arrived, await this.#parts.answer(arrived))
    } catch {
      // What it would say cannot be said.
      this.#socket.destroy()
    }
    this.isAnswering = false
    if (this.#isGone) return
    if (this.#socket.isPaused()) this.#socket.resume()
    this.#next()
  }

  /** The connection's own, made when asked for. */
  #signal(): AbortSignal {
    this.#gone ??= new AbortController()
    if (this.#isGone) this.#gone.abort()
    return this.#gone.signal
  }

  #write(arrived: Arrived, given: WireResponse): void {
    const { memory } = arrived
    memory?.release()
    if (this.#isGone) return
    const answer = held(arrived, given)
    const [socket, body] = [this.#socket, bytesOf(answer)]
    const head = plainAnswerHead(answer, body.byteLength)
    if (body.byteLength < leastHeld) {
      const whole = Buffer.allocUnsafe(head.length + body.byteLength)
      whole.write(head, 'latin1')
      whole.set(body, head.length)
      socket.write(whole)
      return
    }
    socket.once('close', () => memory?.release())
    socket.setTimeout(unreadMs)
    socket.write(head, 'latin1')
    socket.write(body, () => {
      memory?.release()
      socket.setTimeout(idleMs)
    })
  }

  /** As Node has it: who says no more while it waits for an answer has gone, and half a request is none. */
  readonly #onEnd = (): void => {
    const isHalf = this.#bytes.byteLength > 0 && !this.isAnswering
    this.#onClose()
    if (isHalf) this.#socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    this.#socket.end()
  }

  readonly #onClose = (): void => {
    this.#isGone = true
    this.#gone?.abort()
    this.#leave()
    // What breaks now breaks for nobody.
    this.#socket.on('error', () => {})
  }

  readonly #onError = (): void => {
    this.#socket.destroy()
  }

  readonly #onTimeout = (): void => {
    if (!this.isAnswering || this.#socket.writableLength > 0) this.#socket.destroy()
  }

  #keep(bytes: Buffer): boolean {
    const more = bytes.byteLength - this.#bytes.byteLength
    this.#bytes = bytes
    return this.#parts.hold(more)
  }

  #leave(): void {
    this.#keep(nothing)
    const socket = this.#socket
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    socket.off('error', this.#onError).off('timeout', this.#onTimeout)
    this.#parts.left(this)
  }
}

/** From here on the request's memory is the answer's; when there is none, that is the answer. */
function held({ memory, request, requestId }: Arrived, answer: WireResponse): WireResponse {
  const { byteLength } = bytesOf(answer)
  try {
    if (byteLength >= leastHeld) memory?.grow(byteLength)
    return answer
  } catch (error) {
    if (!(error instanceof BodyRefused)) throw error
    return restJson.serializeError({ model: undefined, request, requestId }, bodyRefusal(error, 'json'))
  }
}

/** A plain request that is here as a whole. */
interface PlainRequest {
  readonly request: WireRequest
  readonly body: Buffer
}

/** Reads the request that has come. */
export function readPlainRequest(bytes: Buffer): Read<PlainRequest> {
  const head = readPlainHead(bytes)
  if (head === 'odd' || head === 'more') return head
  const request = requestOf(head.first, head.headers)
  const end = head.bodyAt + head.length
  // Who says more than one request at a time is answered by Node, which looks at the next one before the first is answered.
  if (!request || head.length > mostBodyBytes || bytes.byteLength > end) return 'odd'
  return bytes.byteLength < end ? 'more' : { request, body: bytes.subarray(head.bodyAt, end) }
}

const line = /^POST (\/[^ ]*) HTTP\/1\.1$/
/** Answers that go on are written by Node. */
const streamed = /\/invocations-response-stream(?:\?|$)/

/** An invocation whose answer comes whole; undefined for any other request. */
function requestOf(first: string, headers: Record<string, string>): WireRequest | undefined {
  const url = line.exec(first)?.[1]
  if (url === undefined || headers.host === undefined || streamed.test(url)) return undefined
  if (headers['x-amz-content-sha256']?.startsWith('STREAMING-')) return undefined
  const mark = url.indexOf('?')
  return {
    method: 'POST',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers,
  }
}
