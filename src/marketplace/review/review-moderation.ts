import { ValidationException } from '../../ground/errors.ts'
import type { ReviewTable } from '../../store/schema/market-listing-tables.ts'
import type { Store } from '../../store/store.ts'
import type { SellerName } from '../discovery/listing.ts'
import { reindexListing } from '../discovery/reindex.ts'
import { findEntity } from '../entity.ts'
import { changeRating } from './rating.ts'

interface Parts {
  readonly store: Store
  readonly sellerName: SellerName
  readonly now: () => Date
}

/** Every review, newest change first, of one product when it is named. */
export const allReviews = ({ db }: Store, product?: string): Promise<ReviewTable[]> => {
  const query = db.selectFrom('market_review').selectAll().orderBy('updated', 'desc').orderBy('id')
  return (product === undefined ? query : query.where('product', '=', product)).execute()
}

/**
 * Takes a review out of everyone's sight but its author's, who reads why, and out of the average. Its author may change it and it stays
 * hidden. Throws ValidationException without a reason, for a review that there is not or that is hidden.
 */
export async function hideReview(parts: Parts, id: string, reason: string): Promise<void> {
  if (reason.trim() === '') throw new ValidationException('Hiding a review needs a reason.')
  await moderate(parts, id, { hidden: parts.now().getTime(), hidden_reason: reason.trim() })
}

/** Shows it again. Throws ValidationException for a review that there is not or that is not hidden. */
export const restoreReview = (parts: Parts, id: string): Promise<void> =>
  moderate(parts, id, { hidden: 0, hidden_reason: '' })

async function moderate(
  { store, sellerName }: Parts,
  id: string,
  said: Pick<ReviewTable, 'hidden' | 'hidden_reason'>,
): Promise<void> {
  const found = await store.db.selectFrom('market_review').select('product').where('id', '=', id).executeTakeFirst()
  const product = found && (await findEntity(store, found.product))
  if (!product) throw new ValidationException(`There is no review ${id}.`)
  // Asked before the transaction: in the embedded store it would wait for itself.
  const seller = await sellerName(product.account)
  await store.transaction(async tx => {
    const review = await tx.db.selectFrom('market_review').selectAll().where('id', '=', id).executeTakeFirst()
    if (!review) throw new ValidationException(`There is no review ${id}.`)
    const hide = said.hidden > 0
    if (hide === review.hidden > 0)
      throw new ValidationException(`Review ${id} is ${hide ? 'hidden already' : 'not hidden'}.`)
    await tx.db.updateTable('market_review').set(said).where('id', '=', id).execute()
    await changeRating(tx, product.id, hide ? -1 : 1, hide ? -review.rating : review.rating)
    await reindexListing(tx, product.id, seller)
  })
}
