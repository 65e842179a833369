import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { Transaction } from '../../store/store.ts'

/** How many reviews a product has and what their stars add up to. */
export interface Rating {
  readonly count: number
  readonly total: number
}

export async function ratingOf(db: Kysely<Database>, product: string): Promise<Rating> {
  const row = await db
    .selectFrom('market_rating')
    .select(['count', 'total'])
    .where('product', '=', product)
    .executeTakeFirst()
  return { count: Number(row?.count ?? 0), total: Number(row?.total ?? 0) }
}

/** Keeps the sums with the reviews, so that no listing counts them. */
export async function changeRating(tx: Transaction, product: string, count: number, total: number): Promise<void> {
  await tx.db
    .insertInto('market_rating')
    .values({ product, count, total })
    .onConflict(conflict =>
      conflict.column('product').doUpdateSet(eb => ({
        count: eb('market_rating.count', '+', count),
        total: eb('market_rating.total', '+', total),
      })),
    )
    .execute()
}

/** With one decimal, as stars are shown: `4.3`. */
export const averageOf = ({ count, total }: Rating): string => Big(total).div(count).toFixed(1)

/** In hundredths, 0 for none: what listings are filtered and sorted by. */
export const hundredths = ({ count, total }: Rating): number => (count === 0 ? 0 : Math.round((100 * total) / count))
