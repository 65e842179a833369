import type { Kysely } from 'kysely'
import { AccessDenied, ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { ReviewTable } from '../../store/schema/market-listing-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { notFound } from '../catalog/catalog-check.ts'
import type { SellerNames } from '../discovery/listing.ts'
import { reindexListing } from '../discovery/reindex.ts'
import { visibleProduct } from '../discovery/visibility.ts'
import { derivedId } from '../identifier.ts'
import type { Product } from '../product.ts'
import { averageOf, changeRating, ratingOf } from './rating.ts'

interface OnProduct {
  readonly productId: string
}

interface OnReview extends OnProduct {
  readonly reviewId: string
}

const anonymous = 'AWS Marketplace customer'

const view = (row: ReviewTable, account: string) => ({
  ...{ reviewId: row.id, productId: row.product, rating: row.rating, authorName: row.author || anonymous },
  ...(row.title && { title: row.title }),
  ...(row.body && { body: row.body }),
  createdAt: new Date(Number(row.created)),
  updatedAt: new Date(Number(row.updated)),
  isOwn: row.account === account,
  ...(row.answer && { answer: { body: row.answer, answeredAt: new Date(Number(row.answered)) } }),
  ...(row.hidden && { moderation: { reason: row.hidden_reason, hiddenAt: new Date(Number(row.hidden)) } }),
})

interface PutReviewInput extends OnProduct {
  readonly rating: number
  readonly title?: string
  readonly body?: string
  readonly authorName?: string
}

/** Writes the caller's review of a product, or replaces it. The seller's answer stays, and what the operator hid stays hidden. */
export const putReview = async (input: PutReviewInput, ctx: Context & SellerNames) => {
  const { rating, title = '', body = '', authorName: author = '' } = input
  const product = await requireVisible(input.productId, ctx)
  await requireCustomer(ctx.store.db, product, ctx.account)
  const name = await ctx.sellerName(product.account)
  const now = ctx.now().getTime()
  const review = await ctx.store.transaction(async tx => {
    const before = await findReview(tx.db, product.id, ctx.account)
    const id = before?.id ?? derivedId('rev-', 25, product.id, ctx.account, String(now))
    const said = { rating, title, body, author, updated: now }
    const fresh = { created: now, answer: '', answered: 0, hidden: 0, hidden_reason: '' }
    const row = { ...(before ?? fresh), ...said, id }
    await tx.db
      .insertInto('market_review')
      .values({ ...row, product: product.id, account: ctx.account })
      .onConflict(conflict => conflict.column('id').doUpdateSet(said))
      .execute()
    if (!row.hidden) await changeRating(tx, product.id, before ? 0 : 1, rating - (before?.rating ?? 0))
    await reindexListing(tx, product.id, name)
    return { ...row, product: product.id, account: ctx.account }
  })
  return { review: view(review, ctx.account) }
}

async function requireVisible(id: string, ctx: Context): Promise<Product> {
  const product = await visibleProduct(ctx.store.db, ctx.account, id)
  if (!product) throw notFound(`Product ${id}`)
  return product
}

/** Who has, or had, an agreement on the product, its seller apart. */
async function requireCustomer(db: Kysely<Database>, product: Product, account: string): Promise<void> {
  if (product.account === account) throw new AccessDenied('Sellers do not review their own products.')
  const agreement = await db
    .selectFrom('market_agreement')
    .select('id')
    .where('acceptor', '=', account)
    .where('product', '=', product.id)
    .executeTakeFirst()
  if (!agreement) throw new AccessDenied(`Only subscribers of product ${product.id} review it.`)
}

const findReview = (db: Kysely<Database>, product: string, account: string): Promise<ReviewTable | undefined> =>
  db
    .selectFrom('market_review')
    .selectAll()
    .where('product', '=', product)
    .where('account', '=', account)
    .executeTakeFirst()

/** Takes the caller's review back. Refused for one that the operator hid, whose author could write it anew otherwise. */
export const deleteReview = async (input: OnProduct, ctx: Context & SellerNames) => {
  const product = await requireVisible(input.productId, ctx)
  const name = await ctx.sellerName(product.account)
  await ctx.store.transaction(async tx => {
    const review = await findReview(tx.db, product.id, ctx.account)
    if (!review) throw notFound(`Your review of product ${product.id}`)
    if (review.hidden) throw new AccessDenied(`Your review is hidden by the operator: ${review.hidden_reason}`)
    await tx.db.deleteFrom('market_review').where('id', '=', review.id).execute()
    await changeRating(tx, product.id, -1, -review.rating)
    await reindexListing(tx, product.id, name)
  })
  return {}
}

const orders = {
  NEWEST: ['updated', 'desc'],
  HIGHEST: ['rating', 'desc'],
  LOWEST: ['rating', 'asc'],
} as const

interface ListReviewsInput extends OnProduct {
  readonly sortBy?: keyof typeof orders
  readonly maxResults?: number
  readonly nextToken?: string
}

export async function listReviews(input: ListReviewsInput, ctx: Context) {
  const { nextToken, maxResults = 20, sortBy = 'NEWEST', productId } = input
  const listing = ['ListReviews', ctx.account, productId, sortBy]
  const pages = paging<ColumnPlace>(listing, nextToken)
  await requireVisible(productId, ctx)
  const [column, direction] = orders[sortBy]
  const query = ctx.store.db
    .selectFrom('market_review')
    .selectAll()
    .where('product', '=', productId)
    .where(eb => eb.or([eb('hidden', '=', 0), eb('account', '=', ctx.account)]))
  const found = await inOrder(query, { column, direction }, pages.after)
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(found, maxResults, row => [Number(row[column]), row.id])
  const rating = await ratingOf(ctx.store.db, productId)
  return {
    summary: { totalReviews: rating.count, ...(rating.count > 0 && { averageRating: averageOf(rating) }) },
    reviews: items.map(row => view(row, ctx.account)),
    ...(next !== undefined && { nextToken: next }),
  }
}

/** The seller's word on a review; putting it again replaces it. */
export const putReviewAnswer = (input: OnReview & { readonly body: string }, ctx: Context) =>
  answer(input, ctx, { answer: input.body, answered: ctx.now().getTime() })

export const deleteReviewAnswer = async (input: OnReview, ctx: Context) => {
  await answer(input, ctx, { answer: '', answered: 0 })
  return {}
}

async function answer({ productId, reviewId }: OnReview, ctx: Context, said: Pick<ReviewTable, 'answer' | 'answered'>) {
  const product = await requireVisible(productId, ctx)
  if (product.account !== ctx.account) throw new AccessDenied('Only the seller of a product answers its reviews.')
  const review = await ctx.store.transaction(async (tx: Transaction) => {
    await tx.db
      .updateTable('market_review')
      .set(said)
      .where('id', '=', reviewId)
      .where('product', '=', productId)
      .where('hidden', '=', 0)
      .execute()
    return tx.db
      .selectFrom('market_review')
      .selectAll()
      .where('id', '=', reviewId)
      .where('product', '=', productId)
      .where('hidden', '=', 0)
      .executeTakeFirst()
  })
  if (!review) throw new ServiceError('ResourceNotFoundException', `Product ${productId} has no review ${reviewId}.`)
  return { review: view(review, ctx.account) }
}
