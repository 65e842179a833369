import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { RunningTable } from '../../store/schema/market-tables.ts'
import { minutesBegun } from './billing.ts'
import { monthAfter, monthOf, monthStart } from './billing-month.ts'

interface RunningMonth {
  readonly account: string
  readonly product: string
  readonly dimension: string
  /** When it begins. */
  readonly month: number
}

/** The minutes of instances that have stopped, of the month that begins at a time. */
export async function monthMinutes(
  db: Kysely<Database>,
  { account, product, dimension, month }: RunningMonth,
): Promise<bigint> {
  const row = await db
    .selectFrom('market_running_month')
    .select('units')
    .where('account', '=', account)
    .where('product', '=', product)
    .where('dimension', '=', dimension)
    .where('month', '=', month)
    .executeTakeFirst()
  return BigInt(row?.units ?? 0)
}

/** Adds what has stopped to the sums of the months in which it ran. */
export async function addRunToMonths(
  db: Kysely<Database>,
  { account, product, dimension, started, stopped, instances }: RunningTable,
): Promise<void> {
  for (let month = monthStart(monthOf(started)); month < stopped; month = monthAfter(month)) {
    const minutes = instances * minutesBegun(started, stopped, month, monthAfter(month))
    const of = { account, product, dimension, month }
    const units = String((await monthMinutes(db, of)) + BigInt(minutes))
    await db
      .insertInto('market_running_month')
      .values({ ...of, units })
      .onConflict(conflict => conflict.columns(['account', 'product', 'dimension', 'month']).doUpdateSet({ units }))
      .execute()
  }
}
