import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { systemClock, useClock } from '../../ground/clock.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import { liveAlone } from '../../reconcile/server-life.ts'
import { startWorker } from '../../reconcile/worker.ts'
import { openMetrics } from '../metrics.fixture.ts'
import { metricAlarmReconciler } from './metric-alarm.reconcile.ts'

test('however many servers evaluate the alarms of one store, each is looked at once a period', async () => {
  await using open = await openMetrics()
  const now = () => open.clock.now.getTime()
  using _ = useClock({ ...systemClock, now, elapsed: now })
  await open.call('PutMetricAlarm', {
    ...{ AlarmName: 'high', Namespace: 'App', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
    ...{ EvaluationPeriods: 1, Threshold: 5, ComparisonOperator: 'GreaterThanThreshold' },
  })
  const log = pino({ enabled: false })
  const look = metricAlarmReconciler({ store: open.store, actions: [], log })
  let looks = 0
  const counted: Reconciler = (...given) => {
    looks++
    return look(...given)
  }
  await liveAlone(open.store)
  const workers = Array.from({ length: 3 }, () =>
    startWorker({ store: open.store, reconcilers: { 'metric-alarm': counted }, log }),
  )
  const wish = () => open.store.db.selectFrom('work').selectAll().executeTakeFirstOrThrow()
  /** Until somebody has looked and nobody looks any more. */
  const lookedAt = async () => {
    for (let row = await wish(); Number(row.due) <= now() || row.lease !== ''; row = await wish()) await sleep(2)
  }
  for (let period = 1; period <= 3; period++) {
    const { kind, key } = await wish()
    for (let times = 0; times < 3; times++) for (const worker of workers) worker.wake([{ kind, key, due: now() }])
    await lookedAt()
    assert.equal(looks, period)
    open.clock.now = new Date(Number((await wish()).due))
  }
  for (const worker of workers) await worker.stop()
})
