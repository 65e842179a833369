import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogLine } from '../driver.ts'
import { lineRecord, recordEnd } from './agent-wire.ts'

const LONGEST_LINE_BYTES = 1 << 20
const SEGMENT_BYTES = 64 << 20
/** What is beyond is dropped, the oldest first. */
const SEGMENTS = 16
const READ_BYTES = 1 << 20
const [NEWLINE, RETURN] = [10, 13]

/** What a program prints, line by line, in files that may be read from any line's end as often as anybody asks. */
export interface LineJournal {
  /** Bytes of the stream as they were printed at this time, in milliseconds. */
  append(stream: LogLine['stream'], time: number, bytes: Buffer): void
  /** Nothing comes any more: a last line without an end is one. */
  end(): void
  readonly ended: boolean
  /** Records from the offset on, as they come, until the end; of what was dropped none. First of all where they begin. */
  read(from: number, signal: AbortSignal): AsyncGenerator<Buffer>
  /** Where a reader who asks for this offset begins. */
  beginning(from: number): number
}

/** Opens the journal of a directory, which an earlier process may have begun. */
export const openLineJournal = (directory: string, segmentBytes = SEGMENT_BYTES, segments = SEGMENTS): LineJournal => {
  mkdirSync(directory, { recursive: true })
  const starts = readdirSync(directory)
    .map(Number)
    .sort((a, b) => a - b)
  const fileOf = (start: number) => join(directory, String(start).padStart(16, '0'))
  if (starts.length === 0) starts.push(0)
  let last = starts.at(-1) as number
  let size = last + wholeRecords(fileOf(last))
  let file = openSync(fileOf(last), 'a')
  const rests = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const held = { stdout: 0, stderr: 0 }
  let ended = false
  let grown = Promise.withResolvers<void>()

  const wake = () => {
    const done = grown
    grown = Promise.withResolvers()
    done.resolve()
  }

  const write = (records: readonly Buffer[]) => {
    const bytes = Buffer.concat(records)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    size += bytes.length
    if (size - last >= segmentBytes) {
      closeSync(file)
      last = size
      starts.push(last)
      file = openSync(fileOf(last), 'a')
      while (starts.length > segments) rmSync(fileOf(starts.shift() as number))
    }
    wake()
  }

  /** The line under way, or as much of it as is whole characters. */
  const take = (stream: LogLine['stream'], isEnd: boolean): Buffer => {
    const bytes = Buffer.concat(rests[stream])
    const end = isEnd ? bytes.length : wholeCharacters(bytes)
    rests[stream] = end < bytes.length ? [bytes.subarray(end)] : []
    held[stream] = bytes.length - end
    return bytes.subarray(0, isEnd && bytes.at(-1) === RETURN ? end - 1 : end)
  }

  return {
    append(stream, time, bytes) {
      const records: Buffer[] = []
      const hold = (part: Buffer) => {
        for (let rest = part; rest.length > 0; ) {
          const piece = rest.subarray(0, LONGEST_LINE_BYTES - held[stream])
          rests[stream].push(piece)
          held[stream] += piece.length
          rest = rest.subarray(piece.length)
          if (held[stream] >= LONGEST_LINE_BYTES) records.push(lineRecord(stream, time, take(stream, false)))
        }
      }
      let at = 0
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
        hold(bytes.subarray(at, end))
        records.push(lineRecord(stream, time, take(stream, true)))
        at = end + 1
      }
      // What comes with the next bytes may stand in memory that is used again.
      hold(Buffer.from(bytes.subarray(at)))
      if (records.length > 0) write(records)
    },
    end() {
      if (ended) return
      const open = (['stdout', 'stderr'] as const).filter(stream => held[stream] > 0)
      ended = true
      write(open.map(stream => lineRecord(stream, Date.now(), take(stream, true))))
    },
    get ended() {
      return ended
    },
    beginning: from => Math.min(size, Math.max(from, starts[0] as number)),
    async *read(from, signal) {
      for (let at = Math.max(from, starts[0] as number); !signal.aborted; ) {
        const more = grown.promise
        const wasEnded = ended
        if (at < size) {
          const chunk = await chunkAt(starts, fileOf, at, size)
          at += chunk.length
          if (chunk.length > 0) yield chunk
        } else if (wasEnded) return
        else await Promise.race([more, aborted(signal)])
      }
    },
  }
}

const chunkAt = async (
  starts: readonly number[],
  fileOf: (start: number) => string,
  at: number,
  size: number,
): Promise<Buffer> => {
  const start = starts.findLast(one => one <= at) as number
  const next = starts.find(one => one > at) ?? size
  const file = await open(fileOf(start))
  try {
    const length = Math.min(READ_BYTES, next - at)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: at - start })
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** What a process that was killed as it wrote has left is cut off. */
const wholeRecords = (path: string): number => {
  if (!statSync(path, { throwIfNoEntry: false })) return 0
  const content = readFileSync(path)
  let at = 0
  for (let end = recordEnd(content, at); end !== undefined; end = recordEnd(content, at)) at = end
  if (at < content.length) truncateSync(path, at)
  return at
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))

/** Where the last whole character of UTF-8 ends; of other bytes their end. */
const wholeCharacters = (bytes: Buffer): number => {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.length - back : bytes.length
    if (byte < 0x80) break
  }
  return bytes.length
}
