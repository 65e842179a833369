import { AnswerTooLarge } from '../workload/answer-limit.ts'
import type { Answer, Invocation } from '../workload/invocation.ts'
import { gathering, headersOf, headOf, type PostBounds } from '../workload/invoke.ts'
import type { ContainerConnection, Hearing } from './container-connection.ts'
import { type ContainerSockets, createContainerSockets } from './container-sockets.ts'
import { brokenOff, readByNode } from './node-answer.ts'
import { isFieldValue, type PlainHead, type Read, readPlainHead } from './plain-head.ts'

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
      if (head === undefined) return undefined
      return new Promise((resolve, reject) => {
        bounds.signal?.throwIfAborted()
        const call = new PlainCall({ host, sockets, invocation, bounds, resolve, reject })
        const request = requestOf(head, body)
        const kept = sockets.kept(host)
        if (kept) call.begin(kept, request)
        else sockets.open(host).then(opened => call.begin(opened, request), reject)
      })
    },
    close: () => sockets.close(),
  }
}

/** Undefined when a value cannot stand in one: an HTTP client says what is wrong with it. */
function headOfRequest(host: string, path: string, headers: readonly string[]): string | undefined {
  let text = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  if (!/^\/[!-~]*$/.test(path)) return undefined
  // Its length, which is said first, comes last.
  for (let at = 2; at <= headers.length; at += 2) {
    const from = at % headers.length
    const value = headers[from + 1] as string
    if (!isFieldValue(value)) return undefined
    text += `${headers[from]}: ${value}\r\n`
  }
  return `${text}\r\n`
}

function requestOf(head: string, body: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(head.length + body.byteLength)
  whole.write(head, 'latin1')
  whole.set(body, head.length)
  return whole
}

const status = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/
/** Of these a length says something else, or nothing. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** What the head of a plain answer says. */
interface AnswerHead extends Pick<PlainHead, 'bodyAt' | 'length'> {
  readonly told: Omit<Answer, 'body'>
  /** How long the connection may be kept. */
  readonly keptMs: number
}

interface CallParts {
  readonly host: string
  readonly sockets: ContainerSockets
  readonly invocation: Invocation
  readonly bounds: PostBounds
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** One request to a container and its answer; settles once. */
class PlainCall implements Hearing {
  readonly #parts: CallParts
  #connection!: ContainerConnection
  #bytes: Buffer | undefined
  #head: AnswerHead | undefined
  #gathered: ReturnType<typeof gathering> | undefined
  #left = 0

  constructor(parts: CallParts) {
    this.#parts = parts
  }

  begin(connection: ContainerConnection, request: Buffer): void {
    const { timeoutMs, signal } = this.#parts.bounds
    this.#connection = connection
    if (signal?.aborted) this.#onAbort()
    else {
      signal?.addEventListener('abort', this.#onAbort)
      connection.ask(request, this, timeoutMs)
    }
  }

  onBytes(chunk: Buffer): void {
    try {
      if (this.#head) this.#take(this.#head, chunk)
      else this.#readHead(chunk)
    } catch (error) {
      this.#fail(error)
    }
  }

  onEnd(error: unknown): void {
    this.#fail(error ?? brokenOff())
  }

  onLate(): void {
    this.#fail(new DOMException('The container did not answer in time.', 'TimeoutError'))
  }

  #readHead(chunk: Buffer): void {
    const bytes = this.#bytes ? Buffer.concat([this.#bytes, chunk]) : chunk
    const head = this.#knownHead(bytes) ?? readAnswerHead(bytes)
    if (head === 'more') this.#bytes = Buffer.from(bytes)
    else if (head === 'odd') this.#readOddly(Buffer.from(bytes))
    else {
      if (this.#connection.lastHead?.read !== head)
        this.#connection.lastHead = { bytes: Buffer.from(bytes.subarray(0, head.bodyAt)), read: head }
      this.#begin(head, bytes)
    }
  }

  /** Heads that are the same to the byte say the same. */
  #knownHead(bytes: Buffer): AnswerHead | undefined {
    const last = this.#connection.lastHead
    const size = last?.bytes.byteLength ?? 0
    const isSame = last && bytes.byteLength >= size && last.bytes.compare(bytes, 0, size) === 0
    return isSame ? (last.read as AnswerHead) : undefined
  }

  #begin(head: AnswerHead, bytes: Buffer): void {
    const { bounds } = this.#parts
    if (head.length > bounds.mostBytes) throw new AnswerTooLarge("the container's answer", bounds.mostBytes)
    this.#head = head
    this.#left = head.length
    this.#take(head, bytes.subarray(head.bodyAt))
  }

  #take(head: AnswerHead, chunk: Buffer): void {
    const { memory } = this.#parts.invocation
    const mine = chunk.byteLength > this.#left ? chunk.subarray(0, this.#left) : chunk
    // More than was said is nobody's answer.
    const isWhole = chunk.byteLength === mine.byteLength
    if (!this.#gathered && mine.byteLength === this.#left) {
      memory?.grow(mine.byteLength)
      this.#succeed(head, Buffer.from(mine), isWhole)
      return
    }
    this.#gathered ??= gathering(this.#parts.bounds.mostBytes, memory)
    if (mine.byteLength > 0) this.#gathered.add(Buffer.from(mine))
    this.#left -= mine.byteLength
    if (this.#left === 0) this.#succeed(head, this.#gathered.bytes(), isWhole)
  }

  #succeed({ told, keptMs }: AnswerHead, body: Uint8Array, isWhole: boolean): void {
    const { host, sockets, resolve } = this.#parts
    const connection = this.#connection
    this.#settle()
    if (isWhole && keptMs > 0) sockets.give(host, connection, keptMs)
    else connection.destroy()
    resolve({ ...told, body })
  }

  #readOddly(begun: Buffer): void {
    const { resolve, invocation, bounds } = this.#parts
    readByNode(this.#connection, this, begun, gathering(bounds.mostBytes, invocation.memory)).then(
      answer => {
        this.#settle()
        this.#connection.destroy()
        resolve(answer)
      },
      error => this.#fail(error),
    )
  }

  readonly #onAbort = (): void => this.#fail(this.#parts.bounds.signal?.reason)

  #fail(error: unknown): void {
    this.#settle()
    this.#connection.destroy()
    this.#parts.reject(error)
  }

  #settle(): void {
    this.#parts.bounds.signal?.removeEventListener('abort', this.#onAbort)
    this.#connection.done()
  }
}

function readAnswerHead(bytes: Buffer): Read<AnswerHead> {
  const read = readPlainHead(bytes)
  if (read === 'odd' || read === 'more') return read
  const code = Number(status.exec(read.first)?.[1])
  if (Number.isNaN(code) || bodiless.has(code)) return 'odd'
  const { bodyAt, length, headers } = read
  return { bodyAt, length, told: headOf(code, headers), keptMs: keptOf(headers['keep-alive']) }
}

/** Shorter than the container says, lest it is asked at the moment at which it closes. */
function keptOf(said: string | undefined): number {
  const seconds = /timeout=(\d{1,6})/i.exec(said ?? '')?.[1]
  return Math.min(idleMs, seconds === undefined ? idleMs : Number(seconds) * 1000 - 1000)
}
