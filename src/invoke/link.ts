import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'
import { clock } from '../ground/clock.ts'
import { leavesUnknown, OutcomeUnknown, ServiceError } from '../ground/errors.ts'

/** Questions by their names. */
// biome-ignore lint/suspicious/noExplicitAny: each question has its own shapes
export type Questions = { readonly [name: string]: (input: any) => unknown }

type Answer<Question> = Question extends (input: never) => infer Reply ? Awaited<Reply> : never
type Given<Question> = Question extends (input: infer Input) => unknown ? Input : never

/** A connection between two processes of one installation, over which each asks the other. */
export interface Link<Theirs extends Questions> {
  readonly isOpen: boolean
  /** Bytes that the other side has not taken yet. */
  readonly backlog: number
  /** Rejects as the other side does, when the link breaks, and when nobody answers in time. */
  ask<Name extends keyof Theirs & string>(
    name: Name,
    input: Given<Theirs[Name]>,
    timeoutMs?: number,
  ): Promise<Answer<Theirs[Name]>>
  /** The same, and nobody waits for what comes of it. */
  tell<Name extends keyof Theirs & string>(name: Name, input: Given<Theirs[Name]>): void
  /** Resolves when it is broken or ended. */
  readonly closed: Promise<void>
  end(): void
}

/** Most bytes of one message. */
const mostBytes = 64 * 1024 ** 2
const usualTimeoutMs = 20_000
const head = 4

type Message =
  | readonly ['ask', id: number, name: string, input: unknown]
  | readonly ['tell', name: string, input: unknown]
  | readonly ['reply', id: number, reply: unknown]
  | readonly ['refusal', id: number, error: Told]

/** An error as it travels. */
interface Told {
  readonly message: string
  readonly service?: Pick<ServiceError, 'code' | 'status' | 'fields'>
  readonly isUnknown?: boolean
}

/** Messages in the order in which they were given, each with its length before it. Questions are answered side by side. */
export function createLink<Theirs extends Questions, Ours extends Questions>(
  socket: Socket,
  answers: Ours,
): Link<Theirs> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const closed = Promise.withResolvers<void>()
  let isOpen = true
  let count = 0

  function send(message: Message): void {
    if (!isOpen) return
    const bytes = serialize(message)
    const frame = Buffer.allocUnsafe(head + bytes.byteLength)
    frame.writeUInt32BE(bytes.byteLength)
    frame.set(bytes, head)
    socket.write(frame)
  }

  async function answer(id: number, name: string, input: unknown): Promise<void> {
    try {
      send(['reply', id, await (answers[name] as Ours[string])(input)])
    } catch (error) {
      send(['refusal', id, toldOf(error as Error)])
    }
  }

  function take(message: Message): void {
    if (message[0] === 'ask') void answer(message[1], message[2], message[3])
    else if (message[0] === 'tell') void answers[message[1]]?.(message[2])
    else {
      const one = waiting.get(message[1])
      waiting.delete(message[1])
      if (message[0] === 'reply') one?.resolve(message[2])
      else one?.reject(errorOf(message[2]))
    }
  }

  function close(): void {
    if (!isOpen) return
    isOpen = false
    socket.destroy()
    for (const { reject } of waiting.values()) reject(new LinkBroken())
    waiting.clear()
    closed.resolve()
  }

  const frames = createFrames(take)
  socket.on('data', chunk => {
    try {
      frames(chunk)
    } catch {
      close()
    }
  })
  socket.on('error', close).on('close', close)
  return {
    get isOpen() {
      return isOpen
    },
    get backlog() {
      return socket.writableLength
    },
    async ask(name, input, timeoutMs = usualTimeoutMs) {
      if (!isOpen) throw new LinkBroken()
      const id = ++count
      const reply = Promise.withResolvers<unknown>()
      waiting.set(id, reply)
      send(['ask', id, name, input])
      using _ = clock.after(timeoutMs, () => {
        waiting.delete(id)
        reply.reject(new OutcomeUnknown(`No answer to '${name}' within ${timeoutMs} ms`))
      })
      return (await reply.promise) as never
    },
    tell: (name, input) => send(['tell', name, input]),
    closed: closed.promise,
    end: close,
  }
}

/** The other process is gone: whoever asked for it may ask again. */
export class LinkBroken extends ServiceError {
  readonly outcome = 'unknown'

  constructor() {
    super('ServiceUnavailable', 'A part of the installation cannot be reached now. Please try again.', { status: 503 })
  }
}

const toldOf = (error: Error): Told =>
  error instanceof ServiceError
    ? { message: error.message, service: { code: error.code, status: error.status, fields: error.fields } }
    : { message: error.message, isUnknown: leavesUnknown(error) }

const errorOf = ({ message, service, isUnknown }: Told): Error => {
  if (!service) return isUnknown ? new OutcomeUnknown(message) : new Error(message)
  const { code, status, fields } = service
  return new ServiceError(code, message, { ...(status !== undefined && { status }), fields: { ...fields } })
}

/** Cuts what comes into messages, each put together once, however many pieces it came in. Throws for one that is too long. */
function createFrames(take: (message: Message) => void): (chunk: Buffer) => void {
  let pieces: Buffer[] = []
  let size = 0
  /** With so many bytes there is something to read: a length, or a message. */
  let wanted = head
  return chunk => {
    pieces.push(chunk)
    size += chunk.byteLength
    if (size < wanted) return
    const all = pieces.length > 1 ? Buffer.concat(pieces, size) : chunk
    let at = 0
    for (;;) {
      wanted = size - at < head ? head : head + lengthAt(all, at)
      if (size - at < wanted) break
      take(deserialize(all.subarray(at + head, at + wanted)))
      at += wanted
    }
    pieces = at < size ? [all.subarray(at)] : []
    size -= at
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at)
  if (length > mostBytes) throw new Error('A message is too long')
  return length
}
