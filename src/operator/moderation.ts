import type { SellerNames } from '../marketplace/discovery/listing.ts'
import { hideReview as hide, restoreReview as restore } from '../marketplace/review/review-moderation.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { ReviewTable } from '../store/schema/market-listing-tables.ts'
import type { Listing } from './operator-request.ts'

const usual = 50

const view = ({ id, product, account, rating, title, body, updated, hidden, hidden_reason: why }: ReviewTable) => ({
  ...{ reviewId: id, productId: product, accountId: account, rating, title, body },
  updatedAt: new Date(Number(updated)),
  ...(hidden && { hiddenAt: new Date(Number(hidden)), hiddenReason: why }),
})

/** Every review of every product, by id, those that are hidden with the reason. */
export async function listReviewsToModerate({ maxResults = usual, nextToken }: Listing, { store }: Context) {
  const pages = paging<string>(['operator:ListReviewsToModerate'], nextToken)
  const rows = await store.db
    .selectFrom('market_review')
    .selectAll()
    .where('id', '>', pages.after ?? '')
    .orderBy('id')
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(rows, maxResults, ({ id }) => id)
  return { reviews: items.map(view), ...(next && { nextToken: next }) }
}

/** Takes a review out of sight and out of the average; its author reads the reason. */
export async function hideReview(
  input: { readonly reviewId: string; readonly reason: string },
  ctx: Context & SellerNames,
) {
  await hide(ctx, input.reviewId, input.reason)
  return {}
}

/** Shows it again. */
export async function restoreReview(input: { readonly reviewId: string }, ctx: Context & SellerNames) {
  await restore(ctx, input.reviewId)
  return {}
}
