import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Input, Operation, Output } from '../service/operation.ts'
import { decodePageToken, encodePageToken } from '../service/page-token.ts'
import type { Database } from '../store/database.ts'
import type { Transaction } from '../store/store.ts'
import { type Agreement, requireAcceptor } from './agreement.ts'
import { type BillingMonth, monthAfter, monthOf, monthStart } from './billing-month.ts'
import { chargesOf } from './charge.ts'
import { derivedId } from './identifier.ts'
import type { SellerName } from './listing.ts'

type Op<Name extends string> = Operation<Input<typeof Sdk, Name>, Output<typeof Sdk, Name>>

/**
 * Invoices every month that has ended and is not invoiced: all that the agreement has cost to the month's end, rounded to the cent, less
 * what was invoiced before. Invoices so add up to the cent, and a fact that comes late is on the next one.
 */
export async function issueInvoices(tx: Transaction, agreement: Agreement, now: number): Promise<void> {
  for (let month = await nextMonth(tx.db, agreement); monthAfter(monthStart(month)) <= now; month = following(month))
    await issueInvoice(tx, agreement, month, now)
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
  now: number,
): Promise<void> {
  const due = await costUntil(db, agreement, monthAfter(monthStart(month)))
  const amount = due.minus(await invoiced(db, agreement.id))
  if (amount.eq(0)) return
  const id = derivedId('inv-', 25, agreement.id, String(month.year), String(month.month))
  const type = amount.lt(0) ? 'CREDIT_MEMO' : 'INVOICE'
  await db
    .insertInto('market_invoice')
    .values({ id, agreement: agreement.id, ...month, type, amount: amount.toFixed(2), currency: 'USD', issued: now })
    .execute()
}

async function costUntil(db: Kysely<Database>, agreement: Agreement, until: number): Promise<Big> {
  const charges = await chargesOf(db, agreement, until)
  return charges
    .filter(charge => charge.time < until)
    .reduce((sum, charge) => sum.plus(charge.amount), Big(0))
    .round(2, Big.roundHalfUp)
}

async function invoiced(db: Kysely<Database>, agreement: string): Promise<Big> {
  const rows = await db.selectFrom('market_invoice').select('amount').where('agreement', '=', agreement).execute()
  return rows.reduce((sum, row) => sum.plus(row.amount), Big(0))
}

/** Whether a further invoice would be for more than nothing. */
export async function isPaidUp(db: Kysely<Database>, agreement: Agreement, now: number): Promise<boolean> {
  return (await costUntil(db, agreement, monthAfter(now))).eq(await invoiced(db, agreement.id))
}

export const listAgreementInvoiceLineItems =
  (sellerName: SellerName): Op<'ListAgreementInvoiceLineItems'> =>
  async (input, ctx) => {
    const { nextToken, maxResults = 50, ...asked } = input
    const scope = `${ctx.account}:ListAgreementInvoiceLineItems:${JSON.stringify(asked)}`
    const agreement = await requireAcceptor(ctx.store.db, input.agreementId, ctx.account)
    let query = ctx.store.db.selectFrom('market_invoice').selectAll().where('agreement', '=', agreement.id)
    const { invoiceId, invoiceType, invoiceBillingPeriod, beforeIssuedTime, afterIssuedTime } = input
    if (invoiceId) query = query.where('id', '=', invoiceId)
    if (invoiceType) query = query.where('type', '=', invoiceType)
    if (invoiceBillingPeriod) {
      const { year, month } = invoiceBillingPeriod
      query = query.where('year', '=', year).where('month', '=', month)
    }
    if (beforeIssuedTime) query = query.where('issued', '<', beforeIssuedTime.getTime())
    if (afterIssuedTime) query = query.where('issued', '>', afterIssuedTime.getTime())
    const after = nextToken === undefined ? undefined : (decodePageToken(scope, nextToken) as [number, number])
    if (after)
      query = query.where(eb =>
        eb.or([eb('year', '>', after[0]), eb.and([eb('year', '=', after[0]), eb('month', '>', after[1])])]),
      )
    const found = await query
      .orderBy('year')
      .orderBy('month')
      .limit(maxResults + 1)
      .execute()
    const shown = found.slice(0, maxResults)
    const last = shown.at(-1)
    const legalName = await sellerName(agreement.proposer)
    return {
      agreementInvoiceLineItemGroupSummaries: shown.map(row => ({
        agreementId: row.agreement,
        invoiceId: row.id,
        pricingCurrencyAmount: { amount: row.amount, currencyCode: row.currency },
        invoiceBillingPeriod: { month: row.month, year: row.year },
        issuedTime: new Date(row.issued),
        invoiceType: row.type as 'INVOICE' | 'CREDIT_MEMO',
        invoicingEntity: { legalName },
      })),
      ...(found.length > maxResults && last && { nextToken: encodePageToken(scope, [last.year, last.month]) }),
    }
  }
