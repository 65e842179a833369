import type { Context } from '../../service/context.ts'
import type { Db } from '../../store/database.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { visibleProduct } from '../discovery/visibility.ts'
import { findEntity } from '../entity.ts'
import { isProduct, type Product } from '../product.ts'

/** What a seller allows of a product: rows of a data set, which an algorithm's training data are another of, minutes of its containers, evaluations of one account. */
export interface EvaluationTerms {
  readonly maxRows: number
  readonly maxMinutes: number
  readonly maxEvaluations: number
}

type OnProduct = { readonly productId: string }

/** What runs keeps the terms that it began with. */
export async function putEvaluationTerms(input: OnProduct & EvaluationTerms, ctx: Context) {
  const { productId, ...terms } = input
  await requireOwn(productId, ctx)
  const { maxRows: max_rows, maxMinutes: max_minutes, maxEvaluations: max_evaluations } = terms
  const row = { max_rows, max_minutes, max_evaluations }
  await ctx.store.transaction(async tx => {
    await tx.db
      .insertInto('market_evaluation_terms')
      .values({ product: productId, ...row })
      .onConflict(conflict => conflict.column('product').doUpdateSet(row))
      .execute()
  })
  return { productId, terms }
}

export async function deleteEvaluationTerms({ productId }: OnProduct, ctx: Context) {
  await requireOwn(productId, ctx)
  await ctx.store.transaction(async tx => {
    await tx.db.deleteFrom('market_evaluation_terms').where('product', '=', productId).execute()
  })
  return {}
}

/** For everybody who may see the product, with how many evaluations the caller has left. */
export async function getEvaluationTerms({ productId }: OnProduct, ctx: Context) {
  const { db } = ctx.store
  const product = await visibleProduct(db, ctx.account, productId)
  const terms = product && (await findTerms(db, productId))
  if (!terms) throw notFound(`Evaluation of product ${productId}`)
  const used = await evaluationsOf(db, ctx.account, productId)
  return { productId, terms, evaluationsLeft: Math.max(0, terms.maxEvaluations - used) }
}

async function requireOwn(id: string, ctx: Context): Promise<Product> {
  const product = await findEntity(ctx.store, id)
  if (isProduct(product) && product.account === ctx.account) return product
  throw notFound(`Product ${id}`)
}

export async function findTerms(db: Db, product: string): Promise<EvaluationTerms | undefined> {
  const row = await db
    .selectFrom('market_evaluation_terms')
    .selectAll()
    .where('product', '=', product)
    .executeTakeFirst()
  return row && { maxRows: row.max_rows, maxMinutes: row.max_minutes, maxEvaluations: row.max_evaluations }
}

/** How many of those that are allowed an account has used up, those that are under way among them. */
export async function evaluationsOf(db: Db, account: string, product: string): Promise<number> {
  const { count } = await db
    .selectFrom('market_evaluation_run')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('account', '=', account)
    .where('product', '=', product)
    .where('counts', '=', 1)
    .executeTakeFirstOrThrow()
  return Number(count)
}
