import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { Agreement } from '../agreement/agreement.ts'
import { monthAfter } from './billing-month.ts'
import { creditMemoOf, type Issued, invoiceOf } from './invoice.ts'

/** Buyer and product, whose usage is one whatever the agreements. */
export const userOf = ({ acceptor, product }: Pick<Agreement, 'acceptor' | 'product'>): string =>
  `${acceptor} ${product}`

/** Which buyers of a page of agreements have used the product in the month that begins at a time, or use it now. */
export async function usersIn(
  db: Kysely<Database>,
  page: readonly Agreement[],
  start: number,
  until: number,
): Promise<Set<string>> {
  const accounts = [...new Set(page.map(({ acceptor }) => acceptor))]
  const products = [...new Set(page.map(({ product }) => product))]
  if (accounts.length === 0) return new Set()
  const summed = (table: 'market_running_month' | 'market_inference_month') =>
    db
      .selectFrom(table)
      .select(['account', 'product'])
      .where('month', '=', start)
      .where('account', 'in', accounts)
      .where('product', 'in', products)
      .execute()
  // First: what stops meanwhile is among the sums then.
  const running = await db
    .selectFrom('market_running')
    .select(['account', 'product'])
    .where('account', 'in', accounts)
    .where('product', 'in', products)
    .where('stopped', '=', never)
    .where('started', '<', until)
    .execute()
  const sums = await Promise.all([summed('market_running_month'), summed('market_inference_month')])
  return new Set([...running, ...sums.flat()].map(({ account, product }) => userOf({ acceptor: account, product })))
}

/** What was issued to agreements in the month that begins at a time, by agreement: invoices, then credit memos. */
export async function issuedIn(
  db: Kysely<Database>,
  agreements: readonly string[],
  start: number,
): Promise<Map<string, Issued[]>> {
  if (agreements.length === 0) return new Map()
  const end = monthAfter(start)
  const invoices = await db
    .selectFrom('market_invoice')
    .selectAll()
    .where('agreement', 'in', agreements)
    .where('issued', '>=', start)
    .where('issued', '<', end)
    .execute()
  const adjustments = await db
    .selectFrom('market_adjustment')
    .selectAll()
    .where('agreement', 'in', agreements)
    .where('created', '>=', start)
    .where('created', '<', end)
    .execute()
  const issued = [
    ...invoices.map(row => ({ agreement: row.agreement, each: invoiceOf(row) })).toSorted(byTime),
    ...adjustments.map(row => ({ agreement: row.agreement, each: creditMemoOf(row) })).toSorted(byTime),
  ]
  const byAgreement = Map.groupBy(issued, ({ agreement }) => agreement)
  return new Map([...byAgreement].map(([agreement, some]) => [agreement, some.map(({ each }) => each)]))
}

const byTime = (one: { readonly each: Issued }, other: { readonly each: Issued }): number =>
  one.each.issued - other.each.issued || (one.each.id < other.each.id ? -1 : 1)
