import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { openLosingStore, writeOverLosses } from '../store/lost-commit.fixture.ts'
import { testServer } from '../store/own-database.fixture.ts'
import { createMetrics, type Sample } from './metric-sink.ts'
import { openMetrics } from './metrics.fixture.ts'

const time = Date.UTC(2026, 10, 20, 12)
const series = {
  account: '111122223333',
  region: 'us-east-1',
  namespace: 'App',
  name: 'm',
  dimensions: '[]',
  unit: 'None',
}
const sample = (more: Partial<Sample> = {}): Sample => ({ series, time, resolution: 60, values: [[1, 1]], ...more })

test('data that could not be written waits, together with what came since, and is written once', async () => {
  await using open = await openMetrics()
  open.metrics.record([sample()])
  await open.metrics.flush()
  await open.store.db.schema.alterTable('metric_bucket').renameTo('away').execute()
  open.metrics.record([sample(), sample({ time: time + 60_000 })])
  await assert.rejects(open.metrics.flush(), /metric_bucket/)
  open.metrics.record([sample()])
  await open.store.db.schema.alterTable('away').renameTo('metric_bucket').execute()
  await open.metrics.flush()
  await open.metrics.flush()
  const rows = await open.store.db.selectFrom('metric_bucket').select(['start', 'count']).orderBy('start').execute()
  assert.deepEqual(
    rows.map(row => [row.start - time, row.count]),
    [
      [0, 3],
      [60_000, 1],
    ],
  )
})

test('memory is bounded: what does not fit is refused, by the API with Throttling', async () => {
  await using open = await openMetrics()
  const many = Array.from({ length: 20_000 }, (_, index) => sample({ time: time + index * 60_000 }))
  assert.equal(open.metrics.record(many), true)
  assert.equal(open.metrics.record([sample()]), false)
  await assert.rejects(open.call('PutMetricData', { Namespace: 'App', MetricData: [{ MetricName: 'x', Value: 1 }] }), {
    code: 'Throttling',
  })
})

test('what may have been written is not counted again until the database has told that it was not', async t => {
  if (!testServer) return t.skip('there is no PostgreSQL: npm test -- --store postgres')
  await using open = await openLosingStore(testServer)
  const metrics = createMetrics({ store: open.store, log: pino({ level: 'silent' }) })
  await writeOverLosses(open.way, () => metrics.record([sample()]), metrics.flush)
  assert.deepEqual(await open.store.db.selectFrom('metric_bucket').select('count').execute(), [{ count: 6 }])
  await metrics.close()
})
