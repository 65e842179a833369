import type { Socket } from 'node:net'
import { clock } from '../ground/clock.ts'
import { AnswerTooLarge } from '../workload/answer-limit.ts'
import type { Answer, Invocation } from '../workload/invocation.ts'
import { gathering, headersOf, headOf, type PostBounds } from '../workload/invoke.ts'
import { createContainerSockets } from './container-sockets.ts'
import { readByNode } from './node-answer.ts'
import { isFieldValue, type PlainHead, readPlainHead } from './plain-head.ts'

/** As `createInvoker` asks first, and `close` to end what is connected. */
export interface PlainPost {
  post(origin: string, invocation: Invocation, bounds: PostBounds): Promise<Answer> | undefined
  close(): void
}

/** As the invoker of everything else has it. */
const idleMs = 4000
/** Larger bodies gain nothing by it. */
const mostBodyBytes = 64 * 1024

/**
 * Asks containers over connections of its own and reads answers of the plain shape, which costs a fraction of what an HTTP client does.
 * What a container answers otherwise is read by Node's parser, from the first byte on; the connection is not used again.
 */
export function createPlainPost(): PlainPost {
  const sockets = createContainerSockets()
  return {
    post(origin, invocation, bounds) {
      const { body, path = '/invocations' } = invocation
      if (!(body instanceof Uint8Array) || body.byteLength > mostBodyBytes || !origin.startsWith('http://'))
        return undefined
      const host = origin.slice('http://'.length)
      const head = headOfRequest(host, path, headersOf(invocation))
      return head === undefined ? undefined : exchange(host, Buffer.concat([head, body]), invocation, bounds)
    },
    close: () => sockets.close(),
  }

  async function exchange(host: string, request: Buffer, invocation: Invocation, bounds: PostBounds): Promise<Answer> {
    bounds.signal?.throwIfAborted()
    const socket = await sockets.take(host)
    const call = createCall(socket, invocation, bounds)
    try {
      socket.write(request)
      const { answer, keptMs } = await call.answer
      if (keptMs > 0) sockets.give(host, socket, keptMs)
      else socket.destroy()
      return answer
    } catch (error) {
      socket.destroy()
      throw error
    }
  }
}

/** Undefined when a value cannot stand in one: an HTTP client says what is wrong with it. */
function headOfRequest(host: string, path: string, headers: readonly string[]): Buffer | undefined {
  let text = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  if (!/^\/[!-~]*$/.test(path)) return undefined
  // Its length, which is said first, comes last.
  for (let at = 2; at <= headers.length; at += 2) {
    const from = at % headers.length
    const value = headers[from + 1] as string
    if (!isFieldValue(value)) return undefined
    text += `${headers[from]}: ${value}\r\n`
  }
  return Buffer.from(`${text}\r\n`, 'latin1')
}

interface Ended {
  readonly answer: Answer
  /** How long the connection may be kept; 0 for one that cannot be used again. */
  readonly keptMs: number
}

const status = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/
/** Of these a length says something else, or nothing. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** Reads one answer from a connection; settles once, and leaves no listener. */
function createCall(socket: Socket, { memory }: Invocation, { timeoutMs, mostBytes, signal }: PostBounds) {
  const ended = Promise.withResolvers<Ended>()
  const gathered = gathering(mostBytes, memory)
  let bytes: Buffer | undefined
  let head: Omit<Answer, 'body'> | undefined
  let left = 0
  let keptMs = 0

  const onAbort = () => fail(signal?.reason)
  const onClose = () => fail(brokenOff())
  const timer = clock.after(timeoutMs, () =>
    fail(new DOMException('The container did not answer in time.', 'TimeoutError')),
  )
  signal?.addEventListener('abort', onAbort)
  socket.on('data', onData).on('end', onClose).on('close', onClose).on('error', fail)
  if (signal?.aborted) onAbort()
  return { answer: ended.promise }

  function onData(chunk: Buffer): void {
    try {
      if (head) take(chunk)
      else readHead(chunk)
    } catch (error) {
      fail(error)
    }
  }

  function readHead(chunk: Buffer): void {
    bytes = bytes ? Buffer.concat([bytes, chunk]) : chunk
    const read = readPlainHead(bytes)
    if (read === 'more') return
    const code = read === 'odd' ? Number.NaN : Number(status.exec(read.first)?.[1])
    if (read === 'odd' || Number.isNaN(code) || bodiless.has(code)) readOddly(bytes)
    else if (read.length > mostBytes) throw new AnswerTooLarge("the container's answer", mostBytes)
    else begin(code, read, bytes.subarray(read.bodyAt))
  }

  function begin(code: number, { headers, length }: PlainHead, first: Buffer): void {
    head = headOf(code, headers)
    keptMs = keptOf(headers['keep-alive'])
    left = length
    take(first)
  }

  function take(chunk: Buffer): void {
    const mine = chunk.byteLength > left ? chunk.subarray(0, left) : chunk
    if (mine.byteLength > 0) gathered.add(mine)
    left -= mine.byteLength
    if (left > 0) return
    // More than was said is nobody's answer.
    const isWhole = chunk.byteLength === mine.byteLength
    settle()
    ended.resolve({ answer: { ...(head as Answer), body: gathered.bytes() }, keptMs: isWhole ? keptMs : 0 })
  }

  function readOddly(begun: Buffer): void {
    socket.off('data', onData).off('end', onClose).off('close', onClose).off('error', fail)
    readByNode(socket, begun, gathered).then(
      answer => {
        settle()
        ended.resolve({ answer, keptMs: 0 })
      },
      error => fail(error),
    )
  }

  function fail(error: unknown): void {
    settle()
    ended.reject(error)
  }

  function settle(): void {
    timer[Symbol.dispose]()
    signal?.removeEventListener('abort', onAbort)
    socket.off('data', onData).off('end', onClose).off('close', onClose).off('error', fail)
  }
}

/** Shorter than the container says, lest it is asked at the moment at which it closes. */
function keptOf(said: string | undefined): number {
  const seconds = /timeout=(\d{1,6})/i.exec(said ?? '')?.[1]
  return Math.min(idleMs, seconds === undefined ? idleMs : Number(seconds) * 1000 - 1000)
}

/** With undici's code, which `connectionWords` knows. */
const brokenOff = (): Error => Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
