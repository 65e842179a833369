import type { LogFrame } from './log-frames.ts'

/** So many messages are remembered; an engine goes back by what it has read of a file that was just begun. */
const remembered = 8192

/**
 * Messages without those that an engine sends again. Docker before 25 reads a log file that it has begun anew from its beginning once
 * more when it hears of that late (seen with 20.10): times go back, and the same messages come in the same order. What is older than the
 * newest and was not sent before stays: the writers of the two streams overtake one another, and clocks are set back.
 */
export const withoutRepeats = async function* (frames: AsyncIterable<LogFrame>): AsyncGenerator<LogFrame> {
  const sent = createTally()
  /** Of what the engine repeats just now. */
  let repeated = new Map<string, number>()
  let isRepeating = false
  let newest = ''
  let before: LogFrame | undefined
  /** Times of the lines that are being written, by stream. */
  const open = new Map<LogFrame['stream'], string>()
  for await (const frame of frames) {
    const { stream, time, text, endsLine } = frame
    const key = `${stream} ${time} ${text.length} ${endsLine}`
    // The next part of a line has its time, and looks like the last, however much newer what the other stream wrote in between is.
    const goesOn = open.get(stream) === time
    open.set(stream, endsLine ? '' : time)
    if (before && !goesOn && (time < before.time || isSameLine(before, frame)) && sent.count(key) > 0) {
      repeated = new Map()
      isRepeating = true
    }
    before = frame
    if (time > newest) {
      newest = time
      isRepeating = false
    }
    if (isRepeating) {
      const again = repeated.get(key) ?? 0
      repeated.set(key, again + 1)
      if (again < sent.count(key)) continue
    }
    sent.add(key)
    yield frame
  }
}

/** No writer ends two lines in a nanosecond; parts of a line have its time. */
const isSameLine = (one: LogFrame, other: LogFrame): boolean =>
  one.endsLine &&
  other.endsLine &&
  one.time === other.time &&
  one.stream === other.stream &&
  one.text.equals(other.text)

/** How often each of the last keys was added. */
function createTally() {
  const counts = new Map<string, number>()
  const order: string[] = []
  let next = 0
  return {
    count: (key: string) => counts.get(key) ?? 0,
    add(key: string): void {
      const oldest = order[next]
      if (oldest !== undefined) {
        const left = (counts.get(oldest) ?? 0) - 1
        if (left > 0) counts.set(oldest, left)
        else counts.delete(oldest)
      }
      order[next] = key
      next = (next + 1) % remembered
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
  }
}
