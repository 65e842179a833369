import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import { openTestStore } from '../store.fixture.ts'
import { indexedDimensions, longDimensionsMigration } from './long-dimensions.ts'

test('long dimensions that are there already are found by their hash and kept as they were', async () => {
  const store = await openTestStore()
  // biome-ignore lint/suspicious/noExplicitAny: the schema of another time
  const db = store.db as Kysely<any>
  await db.schema.alterTable('metric_series').dropColumn('long_dimensions').execute()
  const [short, long] = ['[["a","b"]]', JSON.stringify([['a', 'é'.repeat(300)]])]
  const series = { account: '1', region: 'r', namespace: 'n', name: 'm', unit: 'None', last_time: 1 }
  const alarm = { account: '1', region: 'r', namespace: 'n', metric: 'm', state: 'OK', document: '{}', version: 1 }
  for (const dimensions of [short, long]) {
    const name = dimensions.slice(0, 20)
    await db
      .insertInto('metric_series')
      .values({ ...series, id: name, dimensions })
      .execute()
    await db
      .insertInto('metric_alarm')
      .values({ ...alarm, arn: name, name, dimensions })
      .execute()
  }
  await longDimensionsMigration.up(db)
  const hashed = indexedDimensions(long)
  assert.match(hashed, /^sha256:[0-9a-f]{64}$/)
  const rows = await db.selectFrom('metric_series').select(['dimensions', 'long_dimensions']).execute()
  const told = rows.map(({ dimensions, long_dimensions: whole }) => `${dimensions} ${whole}`).sort()
  assert.deepEqual(told, [`${short} `, `${hashed} ${long}`])
  const alarms = await db.selectFrom('metric_alarm').select('dimensions').execute()
  assert.deepEqual(alarms.map(({ dimensions }) => dimensions).sort(), [short, hashed])
  await store.close()
})
