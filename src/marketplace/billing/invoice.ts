import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Input } from '../../service/operation.ts'
import { paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { AdjustmentTable, InvoiceTable } from '../../store/schema/market-invoice-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { type Agreement, requireParty } from '../agreement/agreement.ts'
import type { Op } from '../agreement/agreement-operation.ts'
import { derivedId } from '../identifier.ts'
import { adjusted } from './billing-adjustment.ts'
import { type BillingMonth, monthAfter, monthOf, monthStart } from './billing-month.ts'
import { type CostLine, costLines } from './cost.ts'
import { bookLines } from './ledger.ts'

/**
 * Invoices every month that has ended and is not invoiced: all that the agreement has cost to the month's end, rounded to the cent, less
 * what was invoiced before. Invoices so add up to the cent, and a fact that comes late is on the next one.
 */
export async function issueInvoices(tx: Transaction, agreement: Agreement, now: number): Promise<void> {
  let month = await nextMonth(tx.db, agreement)
  if (monthAfter(monthStart(month)) > now) return
  const lines = await costLines(tx.db, agreement, monthStart(monthOf(now)))
  for (; monthAfter(monthStart(month)) <= now; month = following(month)) {
    const end = monthAfter(monthStart(month))
    const until = lines.filter(line => monthStart(line.month) < end)
    await issueInvoice(tx, agreement, month, until, now)
  }
}

const following = (month: BillingMonth): BillingMonth => monthOf(monthAfter(monthStart(month)))

async function nextMonth(db: Kysely<Database>, agreement: Agreement): Promise<BillingMonth> {
  const last = await db
    .selectFrom('market_invoice')
    .select(['year', 'month'])
    .where('agreement', '=', agreement.id)
    .orderBy('year', 'desc')
    .orderBy('month', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last ? following(last) : monthOf(agreement.accepted)
}

async function issueInvoice(
  { db }: Transaction,
  agreement: Agreement,
  month: BillingMonth,
  lines: readonly CostLine[],
  now: number,
): Promise<void> {
  const amount = inCents(lines).minus(await invoiced(db, agreement.id))
  if (amount.eq(0)) return
  const id = derivedId('inv-', 25, agreement.id, String(month.year), String(month.month))
  const type = amount.lt(0) ? 'CREDIT_MEMO' : 'INVOICE'
  await db
    .insertInto('market_invoice')
    .values({ id, agreement: agreement.id, ...month, type, amount: amount.toFixed(2), currency: 'USD', issued: now })
    .execute()
  await bookLines(db, id, agreement.id, lines)
}

/** What lines come to, rounded to the cent. */
export const inCents = (lines: Iterable<{ readonly amount: Big.BigSource }>): Big =>
  [...lines].reduce((sum, line) => sum.plus(line.amount), Big(0)).round(2, Big.roundHalfUp)

/** The sum of the agreement's invoices. Refunds are apart. */
export async function invoiced(db: Kysely<Database>, agreement: string): Promise<Big> {
  const rows = await db.selectFrom('market_invoice').select('amount').where('agreement', '=', agreement).execute()
  return rows.reduce((sum, row) => sum.plus(row.amount), Big(0))
}

/** Whether a further invoice would be for more than nothing. */
export async function isPaidUp(db: Kysely<Database>, agreement: Agreement, now: number): Promise<boolean> {
  return inCents(await costLines(db, agreement, monthAfter(now))).eq(await invoiced(db, agreement.id))
}

export const listAgreementInvoiceLineItems: Op<'ListAgreementInvoiceLineItems'> = async (input, ctx) => {
  const { nextToken, maxResults = 50, ...asked } = input
  const listing = ['ListAgreementInvoiceLineItems', ctx.account, asked]
  const { db } = ctx.store
  const agreement = await requireParty(db, input.agreementId, ctx.account)
  const pages = paging<Position>(listing, nextToken)
  const after = pages.after
  const all = [...(await invoicesOf(db, agreement.id)), ...(await creditMemos(db, agreement.id))]
  const found = all
    .filter(group => isAsked(group, input))
    .sort((one, other) => compare(positionOf(one), positionOf(other)))
  const from = after === undefined ? 0 : found.findIndex(group => compare(positionOf(group), after) > 0)
  const shown = from < 0 ? [] : found.slice(from, from + maxResults)
  const last = shown.at(-1)
  const legalName = await ctx.sellerName(agreement.proposer)
  return {
    agreementInvoiceLineItemGroupSummaries: shown.map(({ id, issued, type, period, ...amounts }) => ({
      agreementId: agreement.id,
      invoiceId: id,
      pricingCurrencyAmount: amounts,
      invoiceBillingPeriod: period,
      issuedTime: new Date(issued),
      invoiceType: type,
      invoicingEntity: { legalName },
    })),
    ...(last && last !== found.at(-1) && { nextToken: pages.token(positionOf(last)) }),
  }
}

/** An invoice or a credit memo. */
export interface Issued {
  readonly id: string
  readonly issued: number
  readonly type: 'INVOICE' | 'CREDIT_MEMO'
  readonly period: BillingMonth
  readonly amount: string
  readonly currencyCode: string
}

interface Group extends Issued {
  readonly maxAdjustmentAmount?: string
}

/** An agreement's invoices, with what of each may still be refunded. */
export async function invoicesOf(db: Kysely<Database>, agreement: string): Promise<Group[]> {
  const rows = await db.selectFrom('market_invoice').selectAll().where('agreement', '=', agreement).execute()
  return Promise.all(
    rows.map(async row => ({
      ...invoiceOf(row),
      ...(row.type === 'INVOICE' && {
        maxAdjustmentAmount: Big(row.amount)
          .minus(await adjusted(db, row.id))
          .toFixed(2),
      }),
    })),
  )
}

export const invoiceOf = ({ id, issued, type, year, month, amount, currency }: InvoiceTable): Issued => ({
  ...{ id, issued: Number(issued), period: { year, month }, amount, currencyCode: currency },
  type: type as Issued['type'],
})

/** Refunds, each a credit memo of its own: of the month in which it was made. */
export async function creditMemos(db: Kysely<Database>, agreement: string): Promise<Group[]> {
  const rows = await db.selectFrom('market_adjustment').selectAll().where('agreement', '=', agreement).execute()
  return rows.map(creditMemoOf)
}

export const creditMemoOf = ({
  id,
  created,
  amount,
  currency,
}: Pick<AdjustmentTable, 'id' | 'created' | 'amount' | 'currency'>): Issued => ({
  id: derivedId('inv-', 25, id),
  issued: Number(created),
  type: 'CREDIT_MEMO',
  period: monthOf(Number(created)),
  amount: Big(amount).times(-1).toFixed(2),
  currencyCode: currency,
})

type Position = readonly [issued: number, period: number, id: string]

const positionOf = ({ issued, period, id }: Group): Position => [issued, monthStart(period), id]

const compare = (one: Position, other: Position): number =>
  one[0] - other[0] || one[1] - other[1] || (one[2] < other[2] ? -1 : Number(one[2] > other[2]))

const isAsked = ({ id, issued, type, period }: Group, asked: Input<typeof Sdk, 'ListAgreementInvoiceLineItems'>) =>
  (asked.invoiceId === undefined || asked.invoiceId === id) &&
  (asked.invoiceType === undefined || asked.invoiceType === type) &&
  (asked.invoiceBillingPeriod === undefined || monthStart(asked.invoiceBillingPeriod) === monthStart(period)) &&
  (asked.beforeIssuedTime === undefined || issued < asked.beforeIssuedTime.getTime()) &&
  (asked.afterIssuedTime === undefined || issued > asked.afterIssuedTime.getTime())
