import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { quotas } from '../quotas/quotas.ts'

/** An event as it is kept: milliseconds and text. */
export interface StoredEvent {
  readonly time: number
  readonly message: string
}

/** Consecutive events of one stream, ordered by time, ready to be one row. */
export interface Chunk {
  readonly events: number
  readonly firstTime: number
  readonly lastTime: number
  readonly bytes: number
  readonly body: Uint8Array
}

export interface ChunkContent {
  readonly times: readonly number[]
  readonly messages: readonly string[]
  /** Pairs of how many events and the millisecond they were taken in at. */
  readonly ingested: readonly (readonly [count: number, at: number])[]
}

/** What CloudWatch adds to each event's UTF-8 length when it counts (API reference, PutLogEvents). */
export const eventOverheadBytes = 26

/** The largest event, its overhead counted. */
export const eventLimitBytes = quotas.logs.eventSize.value

/** A chunk never spans more, so that an event at time T is in a chunk that begins after T minus this. */
export const chunkSpanMilliseconds = 24 * 60 * 60 * 1000

/** Bounds what one read decodes and what one compression takes. */
const chunkLimit = { events: 4096, bytes: 256 * 1024 }

/** Smaller bodies stay plain JSON: compressing them saves no page of the database. */
const plainBytes = 8 * 1024

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export const eventBytes = (event: StoredEvent): number => Buffer.byteLength(event.message) + eventOverheadBytes

/** Cuts events, which are in order of time, into chunks and packs each off the main thread. */
export async function packChunks(events: readonly StoredEvent[], ingestedAt: number): Promise<Chunk[]> {
  const parts: { events: StoredEvent[]; bytes: number }[] = []
  for (const event of events) {
    const bytes = eventBytes(event)
    const part = parts.at(-1)
    if (part && fits(part, event, bytes)) {
      part.events.push(event)
      part.bytes += bytes
    } else parts.push({ events: [event], bytes })
  }
  return Promise.all(parts.map(part => pack(contentOf(part.events, ingestedAt), part.bytes)))
}

const fits = (part: { events: StoredEvent[]; bytes: number }, event: StoredEvent, bytes: number): boolean =>
  part.events.length < chunkLimit.events &&
  part.bytes + bytes <= chunkLimit.bytes &&
  event.time - (part.events[0]?.time ?? 0) < chunkSpanMilliseconds

const contentOf = (events: readonly StoredEvent[], ingestedAt: number): ChunkContent => ({
  times: events.map(event => event.time),
  messages: events.map(event => event.message),
  ingested: [[events.length, ingestedAt]],
})

async function pack(content: ChunkContent, bytes: number): Promise<Chunk> {
  const plain = serialize(content)
  return describe(content, bytes, plain.length < plainBytes ? plain : await compress(plain, fastest))
}

const describe = (content: ChunkContent, bytes: number, body: Uint8Array): Chunk => ({
  events: content.times.length,
  firstTime: content.times[0] ?? 0,
  lastTime: content.times.at(-1) ?? 0,
  bytes,
  body,
})

/**
 * A small chunk and the small chunk that follows it as one, or undefined when they are better kept apart. Containers that say
 * a line a second would otherwise leave a row for every line.
 */
export function mergeChunks(tail: Chunk, next: Chunk): Chunk | undefined {
  const small = isPlain(tail.body) && isPlain(next.body) && tail.body.length + next.body.length < plainBytes
  const inOrder = tail.lastTime <= next.firstTime && next.lastTime - tail.firstTime < chunkSpanMilliseconds
  if (!small || !inOrder) return undefined
  const [before, after] = [parse(tail.body), parse(next.body)]
  const content = {
    times: [...before.times, ...after.times],
    messages: [...before.messages, ...after.messages],
    ingested: [...before.ingested, ...after.ingested],
  }
  return describe(content, tail.bytes + next.bytes, serialize(content))
}

export const unpackChunk = async (body: Uint8Array): Promise<ChunkContent> =>
  parse(isPlain(body) ? body : await decompress(body))

/** A body is a JSON array, or the same as a zstd frame, which never begins with `[`. */
export const isPlain = (body: Uint8Array): boolean => body[0] === '['.charCodeAt(0)

function serialize(content: ChunkContent): Buffer {
  const base = content.times[0] ?? 0
  return Buffer.from(JSON.stringify([base, content.times.map(time => time - base), content.messages, content.ingested]))
}

function parse(plain: Uint8Array): ChunkContent {
  const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString()
  const [base, offsets, messages, ingested]: [number, number[], string[], [number, number][]] = JSON.parse(text)
  return { times: offsets.map(offset => base + offset), messages, ingested }
}
