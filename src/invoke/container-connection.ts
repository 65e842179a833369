import { connect, type Socket } from 'node:net'
import { clock } from '../ground/clock.ts'

/** What a connection tells whoever asks over it. */
export interface Hearing {
  /** The bytes are good until it returns: the next ones lie where they lay. */
  onBytes(bytes: Buffer): void
  /** No more comes: undefined at its end, else what broke it. */
  onEnd(error: unknown): void
  /** The time that was given is over. */
  onLate(): void
}

const connectMs = 2000
/** Where all of them read to, one after another: a read makes no memory of its own. */
const incoming = Buffer.allocUnsafeSlow(64 * 1024)

/** A kept connection to a container. It hears of nothing that it was not asked: what a container says by itself ends it. */
export class ContainerConnection {
  /** When it is kept no longer, on the clock that never steps. */
  keptUntil = 0
  /** The head of the last answer, which is as a rule that of the next one too. */
  lastHead: { readonly bytes: Buffer; readonly read: unknown } | undefined
  readonly #socket: Socket
  #hearing: Hearing | undefined
  #deadline = Number.POSITIVE_INFINITY
  #timer: Disposable | undefined
  #timerEnds = Number.POSITIVE_INFINITY

  private constructor(host: string) {
    const colon = host.lastIndexOf(':')
    const name = host.slice(0, colon).replace(/^\[|\]$/g, '')
    const callback = (count: number): boolean => {
      this.#onBytes(incoming.subarray(0, count))
      return true
    }
    const onread = { buffer: incoming, callback }
    this.#socket = connect({ host: name, port: Number(host.slice(colon + 1)), noDelay: true, onread })
  }

  /** To `HOST:PORT`. Rejects as connecting does. */
  static async open(host: string): Promise<ContainerConnection> {
    const one = new ContainerConnection(host)
    const socket = one.#socket
    const opened = Promise.withResolvers<void>()
    socket.once('connect', opened.resolve).once('error', opened.reject)
    using _ = clock.after(connectMs, () =>
      socket.destroy(Object.assign(new Error('no connection'), { code: 'UND_ERR_CONNECT_TIMEOUT' })),
    )
    await opened.promise
    socket.on('error', error => one.#end(error))
    socket.on('end', () => one.#end(undefined)).on('close', () => one.#end(undefined))
    return one
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  /** Sends a request, and tells `hearing` what comes until it is done. */
  ask(request: Buffer, hearing: Hearing, timeoutMs: number): void {
    this.#hearing = hearing
    this.#deadline = clock.elapsed() + timeoutMs
    if (this.#timerEnds > this.#deadline) this.#arm(timeoutMs)
    this.#socket.write(request)
  }

  /** From here on somebody else hears what comes; the time goes on. */
  hand(hearing: Hearing): void {
    this.#hearing = hearing
  }

  /** The answer is whole. */
  done(): void {
    this.#hearing = undefined
    this.#deadline = Number.POSITIVE_INFINITY
  }

  /** Nothing more is read until `resume`. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(): void {
    this.done()
    this.#timer?.[Symbol.dispose]()
    this.#socket.destroy()
  }

  #onBytes(bytes: Buffer): void {
    if (this.#hearing) this.#hearing.onBytes(bytes)
    else this.destroy()
  }

  #end(error: unknown): void {
    const hearing = this.#hearing
    this.destroy()
    hearing?.onEnd(error)
  }

  /** One timer for many requests: it is set anew when it has gone off too early, rather than by each of them. */
  #arm(ms: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timerEnds = clock.elapsed() + ms
    this.#timer = clock.after(ms, () => {
      this.#timerEnds = Number.POSITIVE_INFINITY
      const left = this.#deadline - clock.elapsed()
      if (left === Number.POSITIVE_INFINITY) return
      if (left > 0) this.#arm(Math.ceil(left))
      else this.#hearing?.onLate()
    })
  }
}
