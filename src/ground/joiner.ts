import { type Readable, Transform } from 'node:stream'
import { turns } from './turns.ts'

const block = 64 * 1024

/** Takes chunks of any size and passes on ones worth handling. */
export interface Joiner {
  add(chunk: Uint8Array): void
  /** Passes on what is held back. */
  end(): void
}

/**
 * Joins small chunks before they are passed on, which costs far less than to pass each through hashing, encryption and a write of its own.
 * Large ones go on as they are. For content that nobody waits for in pieces. `first` is the size of the first block, for content that is
 * small as a rule; each further one is twice as large, up to 64 KiB.
 */
export function createJoiner(pass: (chunk: Uint8Array) => void, first: number = block): Joiner {
  let open: Buffer | undefined
  let filled = 0
  let size = first

  const end = (): void => {
    if (open) pass(open.subarray(0, filled))
    open = undefined
  }

  return {
    add(chunk) {
      if (open && filled + chunk.byteLength > open.byteLength) end()
      if (!open && chunk.byteLength >= block / 4) return pass(chunk)
      if (!open) {
        while (size < chunk.byteLength) size *= 2
        open = Buffer.allocUnsafeSlow(size)
        size = Math.min(block, 2 * size)
        filled = 0
      }
      open.set(chunk, filled)
      filled += chunk.byteLength
    },
    end,
  }
}

interface Looks {
  /** Called with each joined chunk before it is passed on. */
  readonly each?: (chunk: Uint8Array) => void
  /** Called at the end; an error fails the stream. */
  readonly last?: () => Error | undefined
}

/** A stream that joins what passes through it. Few chunks of a byte wait in it, since a stream counts only their bytes. */
export function joiningStream({ each, last }: Looks = {}): Transform {
  const stream: Transform = new Transform({
    writableHighWaterMark: 4096,
    transform(chunk: Uint8Array, _encoding, done) {
      joiner.add(chunk)
      done()
    },
    flush(done) {
      joiner.end()
      done(last?.())
    },
  })
  const joiner = createJoiner(chunk => {
    each?.(chunk)
    stream.push(chunk)
  })
  return stream
}

/**
 * Unlike `pipeline`, a reader's failure leaves the source alone, so that its sender can still be answered; the source's failure is the
 * reader's. What passes through is looked at in turns of its holder, when there is one.
 */
export function through<Stream extends Transform>(source: Readable, stream: Stream, holder?: string): Stream {
  source.once('error', error => stream.destroy(error))
  stream.on('error', () => source.unpipe(stream))
  return source.pipe(holder === undefined ? stream : inTurns(stream, holder))
}

/** Large bodies are hashed on the way: many of them that arrive at once would hold the process for all of what has arrived. */
function inTurns<Stream extends Transform>(stream: Stream, holder: string): Stream {
  const transform = stream._transform.bind(stream)
  let sinceTurn = 0
  stream._transform = (chunk: Uint8Array, encoding, done) => {
    sinceTurn += chunk.byteLength
    const turn = sinceTurn < block / 2 ? undefined : turns.takeAgain(holder)
    if (sinceTurn >= block / 2) sinceTurn = 0
    if (turn) void turn.then(() => transform(chunk, encoding, done))
    else transform(chunk, encoding, done)
  }
  return stream
}
