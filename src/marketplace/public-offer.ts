import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { entityOf } from './entity.ts'
import type { Offer } from './offer-document.ts'

/** The released offer of a product that is for everyone; there is one at most. */
export async function publicOffer(db: Kysely<Database>, product: string): Promise<Offer | undefined> {
  const row = await db
    .selectFrom('market_entity')
    .selectAll()
    .where('product', '=', product)
    .where('state', '=', 'Released')
    .where('targeting', '=', 'None')
    .executeTakeFirst()
  return row && (entityOf(row) as Offer)
}
