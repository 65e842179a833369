import { sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { isPostgres } from '../postgres-dialect.ts'
import { bigint, index, never, type Schema, table, text } from './market-columns.ts'
import type { InferenceFactTable, InferenceMonthTable, RunningMonthTable } from './market-usage-tables.ts'

/** Usage that was written one by one, summed by the month. */
export const marketSums: readonly Migration[] = [
  {
    name: '2026-11-28-market-sums',
    async up(db) {
      const keys = ['account', 'product', 'at', 'resource_arn', 'product_arn'] as const
      await table(db, 'market_inference_fact', keys.join(), [
        ...text('account', 'product'),
        ...bigint('at'),
        ...text('resource_arn', 'product_arn', 'region', 'units'),
      ])
      await table(db, 'market_inference_month', 'account,product,month', [
        ...text('account', 'product'),
        ...bigint('month'),
        ...text('units'),
      ])
      await table(db, 'market_journal', 'journal', [...text('journal'), ...bigint('counted')])
      await sumInferences(db, keys)
      await db.schema.dropTable('market_inference').execute()
      // In PostgreSQL the name of a table's key is one of its schema.
      if (isPostgres(db))
        await sql`alter index market_invoice_line_key rename to market_invoice_line_before_key`.execute(db)
      await db.schema.alterTable('market_invoice_line').renameTo('market_invoice_line_before').execute()
      await db.schema.dropIndex('market_invoice_line_by_agreement').execute()
      const columns = ['invoice', 'agreement', 'year', 'month', 'dimension', 'price', 'units', 'free_units', 'amount']
      const whole = new Set(['year', 'month'])
      await table(
        db,
        'market_invoice_line',
        'invoice,year,month,dimension,price',
        columns.map(name => [name, whole.has(name) ? 'integer' : 'text']),
      )
      await index(db, 'market_invoice_line', 'agreement', ['agreement'])
      await db
        .insertInto('market_invoice_line')
        .columns(columns)
        .expression(from =>
          from
            .selectFrom('market_invoice_line_before')
            .select(columns.map(name => (whole.has(name) ? name : sql`cast(${sql.ref(name)} as text)`.as(name)))),
        )
        .execute()
      await db.schema.dropTable('market_invoice_line_before').execute()
    },
  },
  {
    name: '2026-11-28-market-order',
    async up(db) {
      // A party's agreements in their order, a page at a time.
      await index(db, 'market_agreement', 'acceptance', ['acceptor', 'accepted', 'id'])
      await index(db, 'market_agreement', 'proposal', ['proposer', 'accepted', 'id'])
      await index(db, 'market_agreement', 'cover', ['acceptor', 'product', 'covers_from'])
      await index(db, 'market_adjustment', 'invoice', ['invoice'])
      await table(db, 'market_running_month', 'account,product,dimension,month', [
        ...text('account', 'product', 'dimension'),
        ...bigint('month'),
        ...text('units'),
      ])
      await sumRuns(db)
      await index(db, 'market_running', 'start', [
        ...['account', 'product', 'dimension'],
        ...['started', 'stopped', 'instances'],
      ])
      await sql`create index market_running_by_length on market_running
        (account, product, dimension, stopped, started, instances) where stopped - started > 2678400000`.execute(db)
    },
  },
]

/** Minutes of what has stopped, a minute in the month in which it begins. */
async function sumRuns(db: Schema): Promise<void> {
  const sums = new Map<string, RunningMonthTable>()
  for (const run of await db.selectFrom('market_running').selectAll().where('stopped', '<', never).execute()) {
    const { account, product, dimension } = run
    const [started, stopped] = [Number(run.started), Number(run.stopped)]
    const before = (time: number) => Math.max(0, Math.ceil((Math.min(time, stopped) - started) / 60_000))
    for (let month = monthFrom(started, 0); month < stopped; month = monthFrom(month, 1)) {
      const minutes = BigInt(run.instances * (before(monthFrom(month, 1)) - before(month)))
      const key = JSON.stringify([account, product, dimension, month])
      const units = String(BigInt(sums.get(key)?.units ?? 0) + minutes)
      sums.set(key, { account, product, dimension, month, units })
    }
  }
  for (const sum of sums.values()) await db.insertInto('market_running_month').values(sum).execute()
}

/** The beginning of the month that holds a time, or of one after it. */
function monthFrom(time: number, later: number): number {
  const date = new Date(time)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)
}

/** What was counted by batches as facts and months. Only requests were ever charged for. */
async function sumInferences(db: Schema, keys: readonly string[]): Promise<void> {
  const found = await db
    .selectFrom('market_inference')
    .select([...keys, 'region', sql<string>`cast(sum(units) as text)`.as('units')])
    .where('dimension', '=', 'inference.count.m.i.c')
    .groupBy([...keys, 'region'])
    .execute()
  const facts = found as unknown as InferenceFactTable[]
  const months = new Map<string, InferenceMonthTable>()
  for (const fact of facts) {
    await db.insertInto('market_inference_fact').values(fact).execute()
    const { account, product, units } = fact
    const month = monthFrom(Number(fact.at), 0)
    const key = `${account} ${product} ${month}`
    const sum = BigInt(months.get(key)?.units ?? 0) + BigInt(units)
    months.set(key, { account, product, month, units: String(sum) })
  }
  for (const month of months.values()) await db.insertInto('market_inference_month').values(month).execute()
}
