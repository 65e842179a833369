import type { Payload } from './payload.ts'
import { createBatch, tooLarge } from './splitter-batch.ts'

type Chunks = AsyncIterable<Uint8Array>

const newline = 0x0a
const carriageReturn = 0x0d

/** Bytes of the line end that the line from `from` to `to` has. */
const lineEnd = (bytes: Uint8Array, from: number, to: number): number => {
  if (to === from || bytes[to - 1] !== newline) return 0
  return to - from > 1 && bytes[to - 2] === carriageReturn ? 2 : 1
}

/** Faster than `indexOf` where lines are short, by far: it stays within JavaScript. */
function newlineIn(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.byteLength; at++) if (bytes[at] === newline) return at
  return -1
}

/** As many whole lines as fit, with their ends, but none that is empty. */
export async function* linePayloads(chunks: Chunks, limit: number): AsyncGenerator<Payload> {
  const batch = createBatch(limit)
  let record = 0
  /** Adds records that fit as one run, so that a payload is copied in few pieces, however short its lines. */
  function* run(bytes: Uint8Array): Generator<Payload, number> {
    let start = 0
    let end = 0
    let lines = 0
    const flush = () => {
      if (lines > 0) batch.add(bytes, start, end, lines)
      lines = 0
    }
    for (let at = newlineIn(bytes, 0); at >= 0; at = newlineIn(bytes, end)) {
      const from = end
      const to = at + 1
      if (lineEnd(bytes, from, to) === to - from) {
        flush()
        start = to
      } else {
        if (to - from > limit) throw tooLarge(record, to - from, limit)
        if (!batch.fits(to - start)) {
          flush()
          start = from
          yield batch.take() as Payload
        }
        lines++
        record++
      }
      end = to
    }
    flush()
    return end
  }
  const partial = createPartial()
  for await (const chunk of chunks) {
    const head = partial.bytes > 0 ? chunk.indexOf(newline) + 1 : 0
    if (head > 0) yield* run(partial.take(chunk.subarray(0, head)))
    const rest = chunk.subarray(head)
    const end = partial.bytes > 0 ? 0 : yield* run(rest)
    if (end < rest.byteLength) partial.add(rest.subarray(end))
    if (partial.bytes > limit) throw tooLarge(record, partial.bytes, limit)
  }
  if (partial.bytes > 0) {
    const last = partial.take(new Uint8Array())
    if (!batch.fits(last.byteLength)) yield batch.take() as Payload
    batch.add(last, 0, last.byteLength, 1)
  }
  const payload = batch.take()
  if (payload) yield payload
}

/** Each line without its end, a copy; empty ones are no records. */
export async function* lines(chunks: Chunks, limit: number): AsyncGenerator<Uint8Array> {
  const partial = createPartial()
  let record = 0
  const bare = (line: Uint8Array): Uint8Array => line.subarray(0, line.byteLength - lineEnd(line, 0, line.byteLength))
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      const line = bare(partial.take(chunk.subarray(from, at + 1)))
      from = at + 1
      if (line.byteLength === 0) continue
      yield Buffer.from(line)
      record++
    }
    if (from < chunk.byteLength) partial.add(chunk.subarray(from))
    // One more may be the first half of the line's end.
    if (partial.bytes > limit + 1) throw tooLarge(record, partial.bytes, limit)
  }
  const last = partial.take(new Uint8Array())
  if (last.byteLength > 0) yield last
}

/** The beginning of a line whose end has not come yet. */
function createPartial() {
  let parts: Uint8Array[] = []
  let bytes = 0
  return {
    get bytes() {
      return bytes
    },
    add(part: Uint8Array) {
      parts.push(Buffer.from(part))
      bytes += part.byteLength
    },
    /** The whole line. */
    take(end: Uint8Array): Uint8Array {
      if (bytes === 0) return end
      const line = Buffer.concat([...parts, end])
      parts = []
      bytes = 0
      return line
    },
  }
}
