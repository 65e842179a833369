import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { systemClock, useClock } from '../ground/clock.ts'
import type { DataDirectory } from '../store/data-directory.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { addServerMetrics } from './server-metrics.ts'

test('an operator sees how many events wait, since when, and how many have died', async () => {
  const now = Date.parse('2026-11-20T12:00:00Z')
  using _ = useClock({ ...systemClock, now: () => now })
  const store = await openTestStore()
  const registry = new Registry()
  const directory = { root: '/', database: '/nowhere' } as DataDirectory
  addServerMetrics(registry, {
    store,
    directory,
    setAside: () => 0,
    engineProblem: async () => undefined,
    workerMemory: () => ({ held: 1, limit: 2, refusals: 3, resident: 4 }),
  })
  const lines = async () => (await registry.metrics()).split('\n').filter(line => line.startsWith('modelmart_events'))
  assert.deepEqual(await lines(), [
    'modelmart_events{stage="announced"} 0',
    'modelmart_events{stage="waiting"} 0',
    'modelmart_events{stage="dead"} 0',
    'modelmart_events_oldest_seconds 0',
  ])
  const at = { account: '1', region: 'r' }
  const delivery = { rule_arn: 'a', target_id: 't', body: '{}', attempts: 0 }
  const dead = { ...delivery, ...at, id: 'd', announced: 0, error_code: 'X', error_message: '', died: now }
  await store.db
    .insertInto('event')
    .values({ ...at, seq: 1, announced: now - 2000, body: '{}' })
    .execute()
  for (const seq of [2, 3])
    await store.db
      .insertInto('event_delivery')
      .values({ ...delivery, seq, announced: now - seq * 1000 })
      .execute()
  await store.db.insertInto('event_dead_letter').values(dead).execute()
  assert.deepEqual(await lines(), [
    'modelmart_events{stage="announced"} 1',
    'modelmart_events{stage="waiting"} 2',
    'modelmart_events{stage="dead"} 1',
    'modelmart_events_oldest_seconds 3',
  ])
  await store.db.deleteFrom('event_delivery').where('rule_arn', '=', 'a').where('target_id', '=', 't').execute()
  assert.deepEqual((await lines()).slice(1, 2), ['modelmart_events{stage="waiting"} 0'])
  await store.close()
})
