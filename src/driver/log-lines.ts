import type { LogLine } from './driver.ts'
import type { LogFrame } from './log-frames.ts'

/** Where to take a container's output up again: its lines since `since` (nanoseconds), without the first `skip` of them. */
export interface LogPosition {
  readonly since: string
  readonly skip: number
}

const CARRIAGE_RETURN = 13

/** A line longer than this comes in pieces, so that a container that never ends its line cannot fill the memory. */
const LONGEST_LINE_BYTES = 1 << 20

/** Messages of the two streams may be written out of order by less than this; a resumed read goes back further. */
const DISORDER_US = 1_000_000

const BEGINNING = '0'.repeat(19)

export const parseCursor = (cursor: string): LogPosition => {
  const parts = /^(\d{19})#(\d{10})$/.exec(cursor)
  if (!parts) throw new Error(`Not a cursor of a container's log: ${JSON.stringify(cursor)}`)
  return { since: parts[1] as string, skip: Number(parts[2]) }
}

/**
 * Joins messages to lines and gives each its cursor.
 *
 * A cursor is `<nanoseconds>#<n>`: the n-th line among the messages that are not older than that time. Engines select by
 * time only, Podman tells only the second, and the writers of stdout and stderr may overtake one another; so the
 * time is that of a message that was newer than all before it and at least a second ago, and whoever resumes
 * reads from there and skips n lines. A last line without newline is one only when the output is `complete`.
 */
export const logLines = async function* (
  frames: AsyncIterable<LogFrame>,
  from: LogPosition | undefined,
  complete: boolean,
): AsyncGenerator<LogLine> {
  const open: Record<LogLine['stream'], OpenLine> = { stdout: openLine(), stderr: openLine() }
  const nanoseconds = createTimeParser()
  const cursors = createCursors(from?.since ?? BEGINNING)
  let toSkip = from?.skip ?? 0

  const finish = (stream: LogLine['stream'], ended: boolean): LogLine | undefined => {
    const { time, parts } = open[stream]
    const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    const end = ended ? bytes.length : lastCharacterEnd(bytes)
    // A character that a cut would divide begins the next piece.
    open[stream] = end < bytes.length ? { time, parts: [bytes.subarray(end)], size: bytes.length - end } : openLine()
    const cursor = cursors.count(time)
    if (toSkip > 0) {
      toSkip -= 1
      return undefined
    }
    const text = ended ? withoutReturn(bytes) : bytes.toString('utf8', 0, end)
    return { time: new Date(Number(time.slice(0, 13))), stream, text, cursor }
  }

  for await (const { stream, time: engineTime, text, endsLine } of frames) {
    const time = nanoseconds(engineTime)
    if (from && time < from.since) continue
    cursors.see(time, open.stdout.parts.length === 0 && open.stderr.parts.length === 0)
    const held = open[stream]
    held.time ||= time
    held.parts.push(text)
    held.size += text.length
    if (!endsLine && held.size < LONGEST_LINE_BYTES) continue
    const line = finish(stream, endsLine)
    if (line) yield line
  }
  if (!complete) return
  for (const stream of ['stdout', 'stderr'] as const) {
    const line = open[stream].parts.length > 0 ? finish(stream, true) : undefined
    if (line) yield line
  }
}

interface OpenLine {
  time: string
  parts: Buffer[]
  size: number
}

const openLine = (): OpenLine => ({ time: '', parts: [], size: 0 })

/** Counts lines from two points in time: the one that cursors name, and the one that follows it when it is old enough. */
const createCursors = (since: string) => {
  let anchor = { since, lines: 0 }
  let next: typeof anchor | undefined
  let newest = since
  return {
    /** A message of this time was read; one may resume at it when it is the newest and no line was open before it. */
    see: (time: string, atLineStart: boolean) => {
      if (time <= newest) return
      newest = time
      if (!atLineStart || (next && microseconds(time) - microseconds(next.since) < DISORDER_US)) return
      anchor = next ?? anchor
      next = { since: time, lines: 0 }
    },
    /** A line that began at this time is complete; returns its cursor. */
    count: (time: string): string => {
      if (time >= anchor.since) anchor.lines += 1
      if (next && time >= next.since) next.lines += 1
      return `${anchor.since}#${String(anchor.lines).padStart(10, '0')}`
    },
  }
}

const microseconds = (time: string): number => Number(time.slice(0, 16))

/** The end of the last whole character; of bytes that are no UTF-8 their end. */
function lastCharacterEnd(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.length - back : bytes.length
    if (byte < 0x80) break
  }
  return bytes.length
}

const withoutReturn = (text: Buffer): string =>
  text.toString('utf8', 0, text.length - (text.at(-1) === CARRIAGE_RETURN ? 1 : 0))

/** RFC 3339 to nanoseconds since 1970, as 19 digits that sort. Remembers the last second: lines come in order. */
const createTimeParser = () => {
  let prefix = ''
  let zone = ''
  let seconds = ''
  return (text: string): string => {
    const [, date, fraction = '', offset] =
      /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
    if (!date || !offset)
      throw new Error(`The engine sent a log message without a time: ${JSON.stringify(text.slice(0, 80))}`)
    if (date !== prefix || offset !== zone) {
      prefix = date
      zone = offset
      seconds = String(Date.parse(date + offset) / 1000).padStart(10, '0')
    }
    return seconds + fraction.padEnd(9, '0')
  }
}
