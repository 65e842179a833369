import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import { monthOf, monthStart } from './billing-month.ts'

/** The sum of the month that begins at a time. */
export async function monthUnits(
  db: Kysely<Database>,
  account: string,
  product: string,
  month: number,
): Promise<bigint> {
  const row = await db
    .selectFrom('market_inference_month')
    .select('units')
    .where('account', '=', account)
    .where('product', '=', product)
    .where('month', '=', month)
    .executeTakeFirst()
  return BigInt(row?.units ?? 0)
}

/** Adds to the sum of the month that holds a time. */
export async function addToMonth(
  db: Kysely<Database>,
  account: string,
  product: string,
  time: number,
  units: bigint,
): Promise<void> {
  const month = monthStart(monthOf(time))
  const sum = String((await monthUnits(db, account, product, month)) + units)
  await db
    .insertInto('market_inference_month')
    .values({ account, product, month, units: sum })
    .onConflict(conflict => conflict.columns(['account', 'product', 'month']).doUpdateSet({ units: sum }))
    .execute()
}
