import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { LogLine } from './driver.ts'
import { criFrames, type LogFrame, multiplexedFrames } from './log-frames.ts'
import { logLines, parseCursor } from './log-lines.ts'

interface Message {
  /** Microseconds after the one before; negative when the other stream's writer was overtaken. */
  readonly step: number
  readonly stream: LogLine['stream']
  readonly text: string
  readonly endsLine: boolean
}

/** Bursts within a microsecond, disorder of up to half a second, pauses of several seconds, lines in parts. */
const message: fc.Arbitrary<Message> = fc.record({
  step: fc.oneof(fc.constant(0), fc.integer({ min: -500_000, max: 900_000 }), fc.integer({ min: 0, max: 5_000_000 })),
  stream: fc.constantFrom('stdout', 'stderr'),
  text: fc.string({ maxLength: 4, unit: 'grapheme' }).map(text => text.replace(/[\r\n]/g, '')),
  endsLine: fc.boolean(),
})

const START = Date.parse('2026-01-01T00:00:00Z') * 1000

const stamp = (microseconds: number): string =>
  `${new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, -1)}${String(microseconds % 1000).padStart(3, '0')}000Z`

interface TimedFrame extends LogFrame {
  readonly nanoseconds: string
}

/** Parts of a line carry the time of its first part, as engines write them; only the order of lines is disturbed. */
const framesOf = (messages: readonly Message[]): TimedFrame[] => {
  let newest = START
  const begun: { [stream: string]: number | undefined } = {}
  return messages.map(({ step, stream, text, endsLine }) => {
    const time = begun[stream] ?? Math.max(START, newest + step)
    newest = Math.max(newest, time)
    begun[stream] = endsLine ? undefined : time
    return { stream, time: stamp(time), text: Buffer.from(text), endsLine, nanoseconds: `${time}000` }
  })
}

const read = async (frames: readonly TimedFrame[], cursor?: string): Promise<LogLine[]> => {
  const from = cursor === undefined ? undefined : parseCursor(cursor)
  const since = frames.filter(({ nanoseconds }) => !from || nanoseconds >= from.since)
  const replay = async function* () {
    yield* since
  }
  const lines: LogLine[] = []
  for await (const line of logLines(replay(), from, true)) lines.push(line)
  return lines
}

const content = (lines: readonly LogLine[]) => lines.map(({ stream, text, time }) => ({ stream, text, time }))

it('resumes after any line with the very next one, whatever the times', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 40 }), async messages => {
      const frames = framesOf(messages)
      const lines = await read(frames)
      for (const [index, { cursor }] of lines.entries()) {
        const rest = await read(frames, cursor)
        assert.deepEqual(content(rest), content(lines.slice(index + 1)))
        for (const { cursor: later } of rest) assert.ok(later > cursor, `${later} does not follow ${cursor}`)
      }
    }),
    { numRuns: 300 },
  )
})

const chopped = async function* (bytes: Buffer, cuts: readonly number[]) {
  const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  for (let i = 1; i < places.length; i += 1) yield bytes.subarray(places[i - 1], places[i])
}

const multiplexed = ({ stream, time, text, endsLine }: LogFrame): Buffer => {
  const payload = Buffer.concat([Buffer.from(`${time} `), text, Buffer.from(endsLine ? '\n' : '')])
  const header = Buffer.alloc(8)
  header[0] = stream === 'stderr' ? 2 : 1
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

const cri = ({ stream, time, text, endsLine }: LogFrame): Buffer =>
  Buffer.concat([Buffer.from(`${time} ${stream} ${endsLine ? 'F' : 'P'} `), text, Buffer.from('\n')])

const formats = { multiplexed: [multiplexed, multiplexedFrames], cri: [cri, criFrames] } as const

for (const [name, [write, parse]] of Object.entries(formats))
  it(`reads ${name} frames however the bytes arrive`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        async (messages, cuts) => {
          const frames = framesOf(messages)
          const found: LogFrame[] = []
          for await (const frame of parse(chopped(Buffer.concat(frames.map(write)), cuts)))
            found.push({ ...frame, text: Buffer.from(frame.text) })
          assert.deepEqual(
            found,
            frames.map(({ nanoseconds: _, ...frame }) => frame),
          )
        },
      ),
    )
  })

it('cuts a line beyond 1 MiB between characters, and resumes after each piece', async () => {
  const long = `x${'añ日😀'.repeat(250_000)}`
  const bytes = Buffer.from(long)
  const frames = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, index): TimedFrame => {
    const text = bytes.subarray(index * 16_384, (index + 1) * 16_384)
    const endsLine = (index + 1) * 16_384 >= bytes.length
    return { stream: 'stdout', time: stamp(START), text, endsLine, nanoseconds: `${START}000` }
  })
  const pieces = await read(frames)
  assert.ok(pieces.length > 1 && pieces.every(({ text }) => Buffer.byteLength(text) < 1_100_000))
  assert.equal(pieces.map(({ text }) => text).join(''), long)
  for (const [index, { cursor }] of pieces.entries())
    assert.deepEqual(content(await read(frames, cursor)), content(pieces.slice(index + 1)))
})
