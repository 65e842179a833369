import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock, useClock } from '../ground/clock.ts'
import { createChunkWriter } from './chunk-writer.ts'
import { openLogs } from './logs.fixture.ts'
import { createMetricFilterFeed } from './metric-filter-feed.ts'

const minute = 60_000
const time = Date.parse('2026-11-20T12:00:00Z')

/** A feed whose metrics are told as `[name, minutes after noon, value]`, on a clock that the test moves. */
async function openFeed() {
  const logs = await openLogs()
  const told: [string, number, number][] = []
  const timers = new Set<() => void>()
  let elapsed = 0
  const clock = useClock({
    ...systemClock,
    elapsed: () => elapsed,
    after(_, callback) {
      timers.add(callback)
      return { [Symbol.dispose]: () => void timers.delete(callback) }
    },
  })
  const metrics = {
    put: (
      _account: string,
      _region: string,
      _namespace: string,
      data: readonly { name: string; time: Date; value: number }[],
    ) =>
      void told.push(
        ...data.map(each => [each.name, (each.time.getTime() - time) / minute, each.value] as [string, number, number]),
      ),
  }
  const warned: object[] = []
  const feed = createMetricFilterFeed(
    createChunkWriter(logs.store, () => logs.clock.now),
    {
      ...{ store: logs.store, metrics, log: { warn: (what: object) => void warned.push(what) } as never },
    },
  )
  await logs.call('CreateLogGroup', { logGroupName: 'app' })
  return {
    ...{ told, feed, warned },
    filter: (filterName: string, filterPattern: string, defaultValue?: number) =>
      logs.call('PutMetricFilter', {
        ...{ logGroupName: 'app', filterName, filterPattern },
        metricTransformations: [{ metricName: filterName, metricNamespace: 'App', metricValue: '1', defaultValue }],
      }),
    write: (...events: readonly (readonly [minutes: number, message: string])[]) =>
      feed.writeChunks({
        ...{ stream: { ...logs.owner, group: 'app', stream: 's' }, create: true },
        events: events.map(([minutes, message]) => ({ time: time + minutes * minute, message })),
      }),
    pass(milliseconds: number) {
      elapsed += milliseconds
      for (const callback of [...timers]) callback()
    },
    async [Symbol.asyncDispose]() {
      clock[Symbol.dispose]()
      await logs[Symbol.asyncDispose]()
    },
  }
}

test('the default value is told once for a minute in which events came and none matched', async () => {
  await using at = await openFeed()
  await at.filter('errors', 'ERROR', 0)
  await at.write([0, 'fine'], [0.5, 'fine'], [1, 'ERROR'], [1.5, 'fine'])
  assert.deepEqual(at.told, [['errors', 1, 1]], 'a match is told at once, the default not yet')
  await at.write([0.9, 'ERROR late in a minute that had none'])
  at.pass(minute + 1)
  assert.deepEqual(at.told.slice(1), [['errors', 0.9, 1]], 'the minute has had its match')
  await at.write([2, 'fine'], [2.1, 'fine'])
  at.pass(minute + 1)
  assert.deepEqual(at.told.slice(2), [['errors', 2, 0]])
  at.pass(10 * minute)
  assert.equal(at.told.length, 3, 'nothing is told of minutes without events')
})

test('what waits for its minute is told when the server ends', async () => {
  await using at = await openFeed()
  await at.filter('errors', 'ERROR', 0)
  await at.filter('all', '')
  await at.write([0, 'fine'])
  at.feed.close()
  assert.deepEqual(at.told, [
    ['all', 0, 1],
    ['errors', 0, 0],
  ])
})
