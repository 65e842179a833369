import type { Transaction } from '../../store/store.ts'
import { findEntity } from '../entity.ts'
import { isProduct } from '../product.ts'
import { publicOffer } from '../public-offer.ts'
import { ratingOf } from '../review/rating.ts'
import { indexListing } from './listing.ts'

/** Brings what the search knows of a product up to date with it, its public offer and its reviews. */
export async function reindexListing(tx: Transaction, id: string, sellerName: string): Promise<void> {
  const product = await findEntity(tx, id)
  if (!isProduct(product)) return
  const facts = { offer: await publicOffer(tx.db, id), rating: await ratingOf(tx.db, id), sellerName }
  await indexListing(tx.db, product, facts)
}
