import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { median } from './rounds.ts'

export interface LoadOptions {
  /** Whole HTTP/1.1 requests as they go on the wire; sent in turn, each as often as it takes. */
  readonly requests: readonly Buffer[]
  readonly connections: number
  /** Ends after this time, or once `count` answers are there, whichever is given. */
  readonly seconds?: number
  readonly count?: number
  /** Whether an answer of this status is one; of 2xx alone when absent. */
  readonly accepts?: (status: number) => boolean
}

export interface LoadResult {
  readonly perSecond: number
  /** Median time from writing a request to the last byte of its answer. */
  readonly p50Ms: number
  /** The same, of the slowest in a hundred. */
  readonly p99Ms: number
}

/**
 * Sends requests over kept connections, one at a time on each. Written on bare sockets, since the generator shares the processors
 * with what it measures, and in fractions of a millisecond, which autocannon rounds away. Throws at the first answer that is not accepted.
 */
export async function load(url: string, options: LoadOptions): Promise<LoadResult> {
  const { requests, connections, seconds = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY } = options
  const { hostname, port } = new URL(url)
  const latencies: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  let sent = 0

  async function lane(): Promise<void> {
    let connection: Connection | undefined
    while (sent < count && performance.now() < end) {
      const request = requests[sent++ % requests.length] as Buffer
      const began = performance.now()
      connection ??= await open(hostname, Number(port), options.accepts)
      const kept = await connection.exchange(request)
      latencies.push(performance.now() - began)
      if (kept) continue
      connection.socket.destroy()
      connection = undefined
    }
    connection?.socket.destroy()
  }

  await Promise.all(Array.from({ length: connections }, lane))
  const perSecond = latencies.length / ((performance.now() - start) / 1000)
  const p99Ms = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN
  return { perSecond, p50Ms: median(latencies), p99Ms }
}

export interface Connection {
  readonly socket: Socket
  /** Sends one request and waits for the whole answer, which must tell its length; false when the server closes the connection then. */
  exchange(request: Buffer): Promise<boolean>
}

export const isFine = (status: number): boolean => status >= 200 && status < 300

/** A connection on which an answer with a status that `accepts` says no to is an error. */
export async function open(host: string, port: number, accepts = isFine): Promise<Connection> {
  const socket = connect({ host, port, noDelay: true })
  await once(socket, 'connect')
  let head: Buffer = Buffer.alloc(0)
  let kept = true
  let left = -1
  let settle: { resolve(kept: boolean): void; reject(error: Error): void } | undefined

  socket.on('data', chunk => {
    const content = left < 0 ? readHead(chunk) : chunk
    if (left < 0) return
    left -= content.byteLength
    if (left > 0) return
    left = -1
    settle?.resolve(kept)
  })
  socket.on('error', error => settle?.reject(error))
  socket.on('close', () => settle?.reject(new Error('The connection was closed amid a measurement.')))

  /** Returns what follows the head; `left` is set once the head is whole. */
  function readHead(chunk: Buffer): Buffer {
    head = head.byteLength > 0 ? Buffer.concat([head, chunk]) : chunk
    const stop = head.indexOf('\r\n\r\n')
    if (stop < 0) return Buffer.alloc(0)
    const text = head.toString('latin1', 0, stop)
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
    if (!accepts(Number(text.slice(9, 12))) || length === undefined)
      settle?.reject(new Error(`A measured request was answered: ${head.toString('utf8', 0, 2000)}`))
    const rest = head.subarray(stop + 4)
    head = Buffer.alloc(0)
    kept = !/\r\nconnection: *close/i.test(text)
    left = Number(length)
    return rest
  }

  return {
    socket,
    exchange: request =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        socket.write(request)
      }),
  }
}
