import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openLogs } from './logs.fixture.ts'

const group = '/aws/sagemaker/TrainingJobs'
const base = Date.UTC(2026, 10, 20)
type Walk = { events: { timestamp: number; message: string }[]; nextForwardToken: string; nextBackwardToken: string }

/** Batches of events; each batch begins `gap` after the last event so far, so time never runs back. */
const batches = fc.array(
  fc.array(fc.record({ gap: fc.integer({ min: 0, max: 3 }), size: fc.constantFrom(0, 5, 40, 9000, 300_000) }), {
    minLength: 1,
    maxLength: 12,
  }),
  { minLength: 1, maxLength: 12 },
)

test('walking forward and back meets each event once, while others append', async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 1, max: 7 }), async (plan, limit) => {
      await using logs = await openLogs()
      const stream = { ...logs.owner, group, stream: 's' }
      let [count, time] = [0, base]
      const append = async () => {
        const events = (plan.shift() ?? []).map(({ gap, size }) => {
          time += gap
          return { time: new Date(time), message: `${count++} ${'x'.repeat(size)}` }
        })
        if (events.length > 0) await logs.sink.append(stream, events, String(count))
      }
      const page = (more: object): Promise<Walk> =>
        logs.call('GetLogEvents', { logGroupName: group, logStreamName: 's', limit, ...more })
      await append()

      const seen: string[] = []
      let answer = await page({ startFromHead: true })
      for (let token = ''; token !== answer.nextForwardToken || plan.length > 0; ) {
        seen.push(...answer.events.map(event => event.message))
        token = answer.nextForwardToken
        await append()
        answer = await page({ nextToken: token })
      }
      assert.deepEqual(
        seen.map(message => Number.parseInt(message, 10)),
        Array.from({ length: count }, (_, index) => index),
      )

      const back: string[] = []
      for (let token = ''; token !== answer.nextBackwardToken; ) {
        back.unshift(...answer.events.map(event => event.message))
        token = answer.nextBackwardToken
        answer = await page({ nextToken: token })
      }
      assert.deepEqual(back, seen)
    }),
    { numRuns: 25 },
  )
})

test('out-of-order batches come out in order of time, whichever way they are read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 }), {
        minLength: 1,
        maxLength: 15,
      }),
      async times => {
        await using logs = await openLogs()
        const stream = { ...logs.owner, group, stream: 's' }
        for (const batch of times)
          await logs.sink.append(
            stream,
            batch.map(time => ({ time: new Date(base + time), message: String(time) })),
            '',
          )
        const input = { logGroupName: group, logStreamName: 's' }
        const expected = times.flat().sort((a, b) => a - b)
        for (const startFromHead of [true, false]) {
          const { events }: Walk = await logs.call('GetLogEvents', { ...input, startFromHead })
          assert.deepEqual(
            events.map(event => event.timestamp - base),
            expected,
          )
        }
        const part: Walk = await logs.call('GetLogEvents', {
          ...input,
          startTime: base + 10,
          endTime: base + 40,
          startFromHead: true,
        })
        assert.deepEqual(
          part.events.map(event => event.timestamp - base),
          expected.filter(time => time >= 10 && time < 40),
        )
      },
    ),
    { numRuns: 25 },
  )
})

test('without a token the newest page comes; a page holds 1 MiB', async () => {
  await using logs = await openLogs()
  const stream = { ...logs.owner, group, stream: 's' }
  const events = Array.from({ length: 10 }, (_, index) => ({
    time: new Date(base + index),
    message: String(index).repeat(400_000),
  }))
  await logs.sink.append(stream, events, '')
  const input = { logGroupName: group, logStreamName: 's' }
  const newest: Walk = await logs.call('GetLogEvents', input)
  assert.deepEqual(
    newest.events.map(event => event.message[0]),
    ['8', '9'],
  )
  const oldest: Walk = await logs.call('GetLogEvents', { ...input, startFromHead: true })
  assert.deepEqual(
    oldest.events.map(event => event.message[0]),
    ['0', '1'],
  )
})

test('what does not exist, and tokens of another stream, are refused', async () => {
  await using logs = await openLogs()
  const get = (input: object) => logs.call('GetLogEvents', { logGroupName: group, logStreamName: 's', ...input })
  await assert.rejects(get({}), {
    code: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  })
  await logs.sink.append({ ...logs.owner, group, stream: 's' }, [], '')
  await logs.sink.append({ ...logs.owner, group, stream: 'other' }, [], '')
  await assert.rejects(get({ logStreamName: 'none' }), {
    code: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  })
  const { nextForwardToken } = await get({ logStreamName: 'other' })
  for (const nextToken of [nextForwardToken, 'f/abc', 'nonsense'])
    await assert.rejects(get({ nextToken }), {
      code: 'InvalidParameterException',
      message: 'The specified nextToken is invalid.',
    })
  await assert.rejects(get({ logGroupIdentifier: group }), { code: 'InvalidParameterException' })
  const arn = `arn:aws:logs:us-east-1:${logs.owner.account}:log-group:${group}`
  assert.deepEqual((await get({ logGroupName: undefined, logGroupIdentifier: arn })).events, [])
})
