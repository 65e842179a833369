import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openLogs } from './logs.fixture.ts'

const group = '/aws/sagemaker/Endpoints/e'
const base = Date.UTC(2026, 10, 20)
interface Found {
  events: { logStreamName: string; timestamp: number; message: string; eventId: string; ingestionTime: number }[]
  nextToken?: string
}

const write = fc.record({
  stream: fc.integer({ min: 0, max: 3 }),
  times: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 }),
})

test('pages of a group interleave its streams by time, each event once, under its own id', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 9 }),
      async (writes, limit) => {
        await using logs = await openLogs()
        for (const { stream, times } of writes)
          await logs.sink.append(
            { ...logs.owner, group, stream: `variant/${stream}` },
            times.map(time => ({ time: new Date(base + time), message: `${stream} ${time % 2 ? 'odd' : 'even'}` })),
            '',
          )
        const all: Found['events'] = []
        let nextToken: string | undefined
        do {
          const page: Found = await logs.call('FilterLogEvents', {
            logGroupName: group,
            filterPattern: 'odd',
            limit,
            nextToken,
          })
          assert.ok(page.events.length <= limit)
          all.push(...page.events)
          nextToken = page.nextToken
        } while (nextToken)
        const expected = writes
          .flatMap(({ stream, times }) => times.filter(time => time % 2).map(time => `${time} variant/${stream}`))
          .sort()
        assert.deepEqual(all.map(event => `${event.timestamp - base} ${event.logStreamName}`).sort(), expected)
        assert.deepEqual(
          all.map(event => event.timestamp),
          all.map(event => event.timestamp).sort((a, b) => a - b),
        )
        assert.equal(new Set(all.map(event => event.eventId)).size, all.length)
        for (const { eventId } of all) assert.match(eventId, /^\d{56}$/)
      },
    ),
    { numRuns: 30 },
  )
})

test('chooses by stream names, prefix and time, whose end belongs to it', async () => {
  await using logs = await openLogs()
  for (const [index, stream] of ['a/1', 'a/2', 'b/1'].entries())
    await logs.sink.append({ ...logs.owner, group, stream }, [{ time: new Date(base + index), message: stream }], '')
  const messages = async (input: object) => {
    const { events }: Found = await logs.call('FilterLogEvents', { logGroupName: group, ...input })
    return events.map(event => event.message)
  }
  assert.deepEqual(await messages({}), ['a/1', 'a/2', 'b/1'])
  assert.deepEqual(await messages({ logStreamNamePrefix: 'a/' }), ['a/1', 'a/2'])
  assert.deepEqual(await messages({ logStreamNames: ['b/1', 'a/2'] }), ['a/2', 'b/1'])
  assert.deepEqual(await messages({ startTime: base + 1, endTime: base + 1 }), ['a/2'])
  await assert.rejects(messages({ logStreamNames: ['none'] }), { code: 'ResourceNotFoundException' })
  await assert.rejects(messages({ logStreamNames: ['a/1'], logStreamNamePrefix: 'a' }), {
    code: 'InvalidParameterException',
  })
  await logs.call('DeleteLogStream', { logGroupName: group, logStreamName: 'a/2' })
  assert.deepEqual(await messages({}), ['a/1', 'b/1'])
})

test('a token of other filters is refused', async () => {
  await using logs = await openLogs()
  const events = [0, 1, 2].map(index => ({ time: new Date(base + index), message: 'x' }))
  await logs.sink.append({ ...logs.owner, group, stream: 's' }, events, '')
  const { nextToken }: Found = await logs.call('FilterLogEvents', { logGroupName: group, limit: 1 })
  assert.ok(nextToken)
  await assert.rejects(logs.call('FilterLogEvents', { logGroupName: group, filterPattern: 'y', nextToken }), {
    code: 'InvalidParameterException',
    message: 'The specified nextToken is invalid.',
  })
})

test('a search that finds nothing in much text answers in parts and comes to its end', async () => {
  await using logs = await openLogs()
  const line = 'x'.repeat(1000)
  for (let part = 0; part < 20; part += 1)
    await logs.sink.append(
      { ...logs.owner, group, stream: 's' },
      Array.from({ length: 1000 }, (_, index) => ({
        time: new Date(base + part),
        message: part === 19 && index === 999 ? 'needle' : line,
      })),
      '',
    )
  const first: Found = await logs.call('FilterLogEvents', { logGroupName: group, filterPattern: 'needle' })
  assert.deepEqual(first.events, [])
  const second: Found = await logs.call('FilterLogEvents', {
    logGroupName: group,
    filterPattern: 'needle',
    nextToken: first.nextToken,
  })
  assert.equal(second.events.length, 1)
  assert.equal(second.nextToken, undefined)
})
