import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import { openTestStore } from '../store.fixture.ts'
import { never } from './market-columns.ts'
import { marketMigrations } from './market-tables.ts'

/** The market's tables as they were before a migration, with a way to go on. */
async function before(name: string) {
  const store = await openTestStore()
  // biome-ignore lint/suspicious/noExplicitAny: the schema of another time
  const db = store.db as Kysely<any>
  const tables = await db.introspection.getTables()
  for (const table of tables.filter(({ name }) => name.startsWith('market_')))
    await db.schema.dropTable(table.name).execute()
  const at = marketMigrations.findIndex(migration => migration.name === name)
  for (const { up } of marketMigrations.slice(0, at)) await up(db)
  return { db, store, migrate: () => marketMigrations[at]?.up(db) }
}

const plain = (rows: readonly object[]) => rows.map(row => ({ ...row }))

test('inferences that were counted by batches are summed exactly, however large; what was invoiced stays', async () => {
  const { db, store, migrate } = await before('2026-11-28-market-sums')
  const subject = { resource_arn: 'endpoint/1', account: '1', product: 'prod', product_arn: 'sold', region: 'r' }
  const largest = Number.MAX_SAFE_INTEGER
  const counts = [
    { source: 'a', at: Date.UTC(2026, 10, 30, 23, 59), units: largest },
    { source: 'b', at: Date.UTC(2026, 10, 30, 23, 59), units: largest },
    { source: 'c', at: Date.UTC(2026, 10, 1), units: largest },
    { source: 'd', at: Date.UTC(2026, 11, 1), units: 3 },
  ]
  const rows = counts.map(count => ({ ...subject, ...count, dimension: 'inference.count.m.i.c' }))
  await db.insertInto('market_inference').values(rows).execute()
  await db
    .insertInto('market_inference')
    .values({ ...rows[0], source: 'e', dimension: 'tokens.m.i.c' })
    .execute()
  const line = { invoice: 'inv', agreement: 'a', year: 2026, month: 11, dimension: 'd', price: '1', amount: '7' }
  await db
    .insertInto('market_invoice_line')
    .values({ ...line, units: largest, free_units: 2 })
    .execute()
  await migrate()
  const facts = await db.selectFrom('market_inference_fact').select(['at', 'units']).orderBy('at').execute()
  assert.deepEqual(plain(facts), [
    { at: counts[2]?.at, units: String(largest) },
    { at: counts[0]?.at, units: String(2n * BigInt(largest)) },
    { at: counts[3]?.at, units: '3' },
  ])
  const months = await db.selectFrom('market_inference_month').select(['month', 'units']).orderBy('month').execute()
  assert.deepEqual(plain(months), [
    { month: Date.UTC(2026, 10), units: String(3n * BigInt(largest)) },
    { month: Date.UTC(2026, 11), units: '3' },
  ])
  const booked = await db.selectFrom('market_invoice_line').selectAll().execute()
  assert.deepEqual(plain(booked), [{ ...line, units: String(largest), free_units: '2' }])
  await store.close()
})

test('what has run before is summed by month', async () => {
  const { db, store, migrate } = await before('2026-11-28-market-order')
  const run = { product_arn: 'sold', dimension: 'ml.m5.large.a.t', account: '1', product: 'prod', region: 'r' }
  const newYear = Date.UTC(2027, 0)
  const runs = [
    { resource_arn: 'job/1', started: newYear - 90_000, stopped: newYear + 90_000, instances: 2 },
    { resource_arn: 'job/2', started: newYear, stopped: newYear, instances: 5 },
    { resource_arn: 'job/3', started: newYear + 1, stopped: newYear + 2, instances: 1 },
    { resource_arn: 'job/4', started: newYear, stopped: never, instances: 7 },
  ]
  await db
    .insertInto('market_running')
    .values(runs.map(each => ({ ...run, ...each })))
    .execute()
  await migrate()
  const sums = await db.selectFrom('market_running_month').select(['month', 'units']).orderBy('month').execute()
  assert.deepEqual(plain(sums), [
    { month: Date.UTC(2026, 11), units: '4' },
    { month: newYear, units: '3' },
  ])
  await store.close()
})
