import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { LastPrices, PriceChange } from '../catalog/offer-pricing.ts'

/** Every price that an offer has announced, oldest first. */
export const announcedRates = (db: Kysely<Database>, offer: string): Promise<PriceChange[]> =>
  db
    .selectFrom('market_rate')
    .select(['dimension', 'price', 'announced', 'effective'])
    .where('offer', '=', offer)
    .orderBy('announced')
    .execute()

export async function lastPrices(db: Kysely<Database>, offer: string): Promise<LastPrices> {
  return new Map((await announcedRates(db, offer)).map(rate => [rate.dimension, rate]))
}

export async function announceRates(
  db: Kysely<Database>,
  offer: string,
  changes: readonly PriceChange[],
): Promise<void> {
  const rows = changes.map(change => ({ offer, ...change }))
  if (rows.length > 0) await db.insertInto('market_rate').values(rows).execute()
}
