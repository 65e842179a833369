import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogFrame } from './log-frames.ts'
import { withoutRepeats } from './without-repeats.ts'

const frame = (
  nanoseconds: number,
  text: string,
  stream: LogFrame['stream'] = 'stdout',
  endsLine = true,
): LogFrame => ({
  stream,
  time: `2026-11-29T00:56:39.${String(nanoseconds).padStart(9, '0')}Z`,
  text: Buffer.from(text),
  endsLine,
})

async function kept(frames: readonly LogFrame[]): Promise<LogFrame[]> {
  const given = async function* () {
    yield* frames
  }
  const found: LogFrame[] = []
  for await (const one of withoutRepeats(given())) found.push(one)
  return found
}

test('a rotation as Docker 20.10 sends it: back to the beginning of the new file, then on', async () => {
  const lines = Array.from({ length: 60 }, (_, n) => frame(n * 1000, `line ${n}`))
  const sent = [...lines.slice(0, 41), ...lines.slice(26, 41), ...lines.slice(41)]
  assert.deepEqual(await kept(sent), lines)
})

test('a second return to the same place, and one that breaks off in the middle', async () => {
  const lines = Array.from({ length: 60 }, (_, n) => frame(n * 1000, `line ${n}`))
  const sent = [...lines.slice(0, 41), ...lines.slice(26, 35), ...lines.slice(26, 41), ...lines.slice(41)]
  assert.deepEqual(await kept(sent), lines)
})

test('what was not sent before stays, wherever times go', async () => {
  const messages = fc.array(
    fc.record({
      time: fc.nat(50),
      text: fc.constantFrom('a', 'bb', 'ccc'),
      stream: fc.constantFrom('stdout', 'stderr'),
    }),
    { maxLength: 60 },
  )
  await fc.assert(
    fc.asyncProperty(messages, async list => {
      const seen = new Set<string>()
      const frames = list
        .map(({ time, text, stream }) => frame(time, text, stream as LogFrame['stream']))
        .filter(({ time, text, stream }) => {
          const key = `${time} ${text} ${stream}`
          return !seen.has(key) && seen.add(key)
        })
      assert.deepEqual(await kept(frames), frames)
    }),
  )
})

test('parts of a line, which share its time, stay', async () => {
  const frames = ['xx', 'xx', 'xx', 'y'].map((text, part) => frame(5, text, 'stdout', part === 3))
  assert.deepEqual(await kept(frames), frames)
  const after = frame(6, 'z')
  assert.deepEqual(await kept([...frames, after, ...frames, after, frame(7, 'end')]), [
    ...frames,
    after,
    frame(7, 'end'),
  ])
})

test('parts of a line stay where the other stream writes a newer line in between', async () => {
  const part = (endsLine = false) => frame(5, 'xx', 'stdout', endsLine)
  const frames = [part(), part(), frame(6, 'e', 'stderr'), part(), frame(7, 'ee', 'stderr'), part(), part(true)]
  assert.deepEqual(await kept(frames), frames)
  const next = frame(8, 'z')
  assert.deepEqual(await kept([...frames, next, ...frames, next, frame(9, 'end')]), [...frames, next, frame(9, 'end')])
})

test('whatever two streams wrote, a return to any place and on repeats nothing and loses nothing', async () => {
  const step = fc.record({
    step: fc.integer({ min: 1, max: 3 }),
    text: fc.constantFrom('a', 'bb'),
    stream: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 60 }), fc.nat(), fc.nat(), async (steps, to, from) => {
      let time = 0
      const frames = steps.map(({ step, text, stream }) => {
        time += step
        return frame(time, text, stream ? 'stdout' : 'stderr')
      })
      const at = 1 + (from % frames.length)
      const back = to % at
      assert.deepEqual(await kept([...frames.slice(0, at), ...frames.slice(back, at), ...frames.slice(at)]), frames)
    }),
  )
})
