import type { Readable } from 'node:stream'
import { BodyRefused, type MemoryClaim } from './memory-budget.ts'

export interface ReadBounds {
  /** Most bytes. */
  readonly limit: number
  /** Where the memory is taken from; the reader gives nothing back, since the bytes are used after they are read. */
  readonly memory?: MemoryClaim
}

/** Bytes that come in chunks of any size, gathered within bounds. */
interface Gathering {
  /** Copies small chunks together. Throws BodyRefused. */
  add(chunk: Uint8Array): void
  /** All that came, in one piece. */
  bytes(): Uint8Array
}

const block = 64 * 1024
/** A chunk costs the reader as much as some hundred bytes, so a body of tiny chunks ends here. */
const freeChunks = 4096
const bytesPerChunk = 64

function createGathering({ limit, memory }: ReadBounds): Gathering {
  const pieces: Uint8Array[] = []
  let open: Buffer | undefined
  let filled = 0
  let size = 0
  let chunks = 0

  const close = (): void => {
    if (open) pieces.push(open.subarray(0, filled))
    open = undefined
  }

  const keep = (chunk: Uint8Array): void => {
    if (open && filled + chunk.byteLength > open.byteLength) close()
    // Most bodies are one chunk, which is left as it is.
    if (!open && (chunks === 1 || chunk.byteLength >= block / 4)) {
      memory?.grow(chunk.byteLength)
      pieces.push(chunk)
      return
    }
    if (!open) {
      memory?.grow(block)
      open = Buffer.allocUnsafeSlow(block)
      filled = 0
    }
    open.set(chunk, filled)
    filled += chunk.byteLength
  }

  return {
    add(chunk) {
      size += chunk.byteLength
      chunks++
      if (size > limit) throw new BodyRefused('size', limit, `The body is larger than ${limit} bytes.`)
      if (chunks > freeChunks && size < chunks * bytesPerChunk)
        throw new BodyRefused('chunks', freeChunks, `The body comes in more than ${freeChunks} chunks of a few bytes.`)
      keep(chunk)
    },
    bytes() {
      close()
      const [only] = pieces
      return pieces.length === 1 && only ? only : Buffer.concat(pieces, size)
    },
  }
}

/**
 * Reads the rest of a stream. Throws BodyRefused at the first bound that is met and leaves off reading there, the stream paused: whoever
 * sent it can still be answered.
 */
export function readWhole(stream: Readable, bounds: ReadBounds): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const gathering = createGathering(bounds)
    const take = (chunk: Uint8Array): void => {
      try {
        gathering.add(chunk)
      } catch (error) {
        stream.off('data', take).pause()
        reject(error)
      }
    }
    stream.on('data', take)
    stream.on('end', () => resolve(gathering.bytes()))
    stream.on('error', reject)
  })
}
