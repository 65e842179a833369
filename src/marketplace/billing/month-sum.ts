import type { Db } from '../../store/database.ts'
import type { RunningTable } from '../../store/schema/market-usage-tables.ts'
import { monthAfter, monthOf, monthStart } from './billing-month.ts'
import { minutesBegun } from './minutes-begun.ts'

/** What an account used of a product in the month that begins at a time. */
interface ProductMonth {
  readonly account: string
  readonly product: string
  readonly month: number
}

type DimensionMonth = ProductMonth & { readonly dimension: string }

/** Sums of months, so that a statement need not count every fact of a year. */
interface Sums {
  readonly market_inference_month: ProductMonth
  readonly market_running_month: DimensionMonth
}

/** Inferences of a month. */
export const monthInferences = (db: Db, of: ProductMonth): Promise<bigint> => sumOf(db, 'market_inference_month', of)

/** Minutes, in a month, of instances that have stopped. */
export const monthMinutes = (db: Db, of: DimensionMonth): Promise<bigint> => sumOf(db, 'market_running_month', of)

/** Adds to the sum of the month that holds a time. */
export const addInferences = (db: Db, account: string, product: string, time: number, units: bigint): Promise<void> =>
  add(db, 'market_inference_month', { account, product, month: monthStart(monthOf(time)) }, units)

/** Adds what has stopped to the sums of the months in which it ran. */
export async function addRun(
  db: Db,
  { account, product, dimension, started, stopped, instances }: RunningTable,
): Promise<void> {
  for (let month = monthStart(monthOf(started)); month < stopped; month = monthAfter(month)) {
    const minutes = instances * minutesBegun(started, stopped, month, monthAfter(month))
    await add(db, 'market_running_month', { account, product, dimension, month }, BigInt(minutes))
  }
}

/** The columns of `of` are those of the table besides the sum. */
async function sumOf<Table extends keyof Sums>(db: Db, table: Table, of: Sums[Table]): Promise<bigint> {
  const row = await db
    .selectFrom(table as 'market_inference_month')
    .select('units')
    .where(eb => eb.and(of))
    .executeTakeFirst()
  return BigInt(row?.units ?? 0)
}

async function add<Table extends keyof Sums>(db: Db, table: Table, of: Sums[Table], more: bigint): Promise<void> {
  const units = String((await sumOf(db, table, of)) + more)
  await db
    .insertInto(table as 'market_inference_month')
    .values({ ...of, units })
    .onConflict(conflict => conflict.columns(Object.keys(of) as (keyof ProductMonth)[]).doUpdateSet({ units }))
    .execute()
}
