import { setImmediate as turn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { Agreement } from '../agreement/agreement.ts'
import type { PriceChange } from '../catalog/offer-pricing.ts'
import type { SellerName } from '../discovery/listing.ts'
import { findEntity } from '../entity.ts'
import { customerIdentifier } from '../identifier.ts'
import { isProduct, type Product } from '../product.ts'
import { addDuration, findTerm, type Term } from '../term.ts'
import { agreementPages } from './agreements-in-order.ts'
import { type BillingMonth, monthAfter, monthStart } from './billing-month.ts'
import { contractLines, installment, upfront } from './cost.ts'
import { issuedIn, userOf, usersIn } from './report-month.ts'
import { monthUsageLines, ratesFor } from './statement.ts'
import { subscriberColumns, subscriberRows, type Trials, trialColumns, trialOf } from './subscriber-report.ts'

export type ReportType =
  | 'SELLER_USAGE'
  | 'SELLER_BILLING'
  | 'SELLER_FEES'
  | 'SELLER_SUBSCRIBERS'
  | 'SELLER_TRIALS'
  | 'BUYER_USAGE'
  | 'BUYER_BILLING'

type Row = Readonly<Record<string, string>>

export interface Report {
  readonly columns: readonly string[]
  /** A page of agreements at a time; each is read when it is asked for. */
  readonly pages: AsyncIterable<readonly Row[]>
}

interface Parts {
  readonly db: Kysely<Database>
  readonly sellerName: SellerName
  readonly now: number
}

const usageColumns = ['offer_id', 'dimension', 'unit', 'quantity', 'free_quantity', 'price', 'amount', 'currency']
const billingColumns = ['offer_id', 'invoice_id', 'type', 'billing_period', 'issued', 'due', 'amount', 'currency']

/**
 * What a seller earned or a buyer spent in a month: usage as it was priced, or invoices and refunds as they were issued; who came, who left, and what became of trials.
 * Sellers know buyers by their accounts, and by a reference that is the same in GetEntitlements; of what buyers do they are told amounts alone.
 */
export function openReport(parts: Parts, type: ReportType, account: string, month: BillingMonth): Report {
  const start = monthStart(month)
  const product = ['product_id', 'product_title']
  const selling = type.startsWith('SELLER')
  const head = [...product, ...(selling ? ['customer_account_id', 'customer_reference'] : ['seller', 'agreement_id'])]
  if (type === 'SELLER_TRIALS')
    return { columns: [...product, ...trialColumns], pages: trialPages(parts, account, start) }
  const [own, rowsOf] = kinds[type.slice(type.indexOf('_') + 1) as keyof typeof kinds]
  return {
    columns: [...head, ...own],
    pages: pagesOf(parts, { selling, account, start, rowsOf: rowsOf(parts, start) }),
  }
}

/** A product's trials, counted over all its agreements. */
async function* trialPages(parts: Parts, account: string, start: number): AsyncGenerator<readonly Row[]> {
  const span = { start, end: monthAfter(start), now: parts.now }
  const counts = new Map<string, Trials>()
  for await (const page of agreementPages(parts.db, 'proposer', account)) {
    for (const agreement of page) {
      const found = trialOf(agreement, span)
      if (found) counts.set(agreement.product, added(counts.get(agreement.product), found))
    }
    await turn()
  }
  for (const [id, trials] of counts) {
    const { name } = await productOf(parts.db, id)
    const numbers = Object.entries(trials).map(([column, count]) => [column, String(count)])
    yield [{ product_id: id, product_title: name, ...Object.fromEntries(numbers) }]
  }
}

const added = (before: Trials | undefined, more: Trials): Trials => {
  if (!before) return more
  return Object.fromEntries(trialColumns.map(column => [column, before[column] + more[column]])) as Trials
}

interface Asked {
  readonly selling: boolean
  readonly account: string
  /** Of the month. */
  readonly start: number
  readonly rowsOf: RowsOfPage
}

async function* pagesOf(parts: Parts, { selling, account, start, rowsOf }: Asked): AsyncGenerator<readonly Row[]> {
  const end = monthAfter(start)
  const products = remembered((id: string) => productOf(parts.db, id))
  const seller = remembered(async (id: string) => parts.sellerName(id))
  for await (const page of agreementPages(parts.db, selling ? 'proposer' : 'acceptor', account)) {
    const agreements = page.filter(({ accepted }) => accepted < end)
    const rows: Row[] = []
    const found = await rowsOf(agreements)
    for (const agreement of agreements) {
      const product = await products(agreement.product)
      const head = selling
        ? sellerHead(product, agreement)
        : buyerHead(product, agreement, await seller(product.account))
      for (const row of await found(agreement))
        rows.push({ ...head, offer_id: agreement.offer, ...row, currency: 'USD' })
    }
    yield rows
    if (agreements.length < page.length) return
    await turn()
  }
}

/** Asks once for each name. */
function remembered<Value>(ask: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>()
  return name => {
    const found = known.get(name) ?? ask(name)
    known.set(name, found)
    return found
  }
}

/** Of one page of agreements: the rows of each. */
type RowsOfPage = (page: readonly Agreement[]) => Promise<(agreement: Agreement) => Promise<readonly Row[]>>

async function productOf(db: Kysely<Database>, id: string): Promise<Product> {
  const product = await findEntity({ db }, id)
  if (!isProduct(product)) throw new Error(`${id} is no product`)
  return product
}

const sellerHead = ({ id, name, document }: Product, { acceptor }: Agreement): Row => ({
  product_id: id,
  product_title: name,
  customer_account_id: acceptor,
  customer_reference: customerIdentifier(acceptor, document.productCode),
})

const buyerHead = ({ id, name }: Product, agreement: Agreement, seller: string): Row => ({
  product_id: id,
  product_title: name,
  seller,
  agreement_id: agreement.id,
})

/** Agreements without any usage in the month cost no more than to be looked at. */
function usageOfMonth({ db, now }: Parts, start: number): RowsOfPage {
  const until = Math.min(now, monthAfter(start))
  const known = new Map<string, Promise<readonly PriceChange[]>>()
  const rates = (agreement: Agreement) => {
    const key = `${agreement.offer} ${agreement.product} ${agreement.document.pricingModel}`
    const found = known.get(key) ?? ratesFor(db, agreement)
    known.set(key, found)
    return found
  }
  return async page => {
    const users = await usersIn(db, page, start, until)
    return async agreement => {
      const agreed = contractLines(agreement, until).filter(line => monthStart(line.month) === start)
      const isUser = users.has(userOf(agreement))
      const used = isUser ? await monthUsageLines(db, agreement, start, until, await rates(agreement)) : []
      if (isUser) await turn()
      return [...agreed, ...used].map(({ dimension, unit, units, freeUnits, price, amount }) => ({
        ...{ dimension, unit, quantity: String(units), free_quantity: String(freeUnits), price, amount },
      }))
    }
  }
}

/** Invoices and credit memos of the month by when they were issued, so that no month changes once it is over. */
const billingOfMonth =
  ({ db }: Parts, start: number): RowsOfPage =>
  async page => {
    const issued = await issuedIn(
      db,
      page.map(({ id }) => id),
      start,
    )
    return async ({ id: agreement, document }) =>
      (issued.get(agreement) ?? []).map(({ id, type, period, issued: at, amount }) => ({
        ...{ invoice_id: id, type, billing_period: `${period.year}-${String(period.month).padStart(2, '0')}` },
        ...{ issued: new Date(at).toISOString(), due: type === 'INVOICE' ? dueAt(document.terms, at) : '', amount },
      }))
  }

/** When an invoice is to be paid by the offer's NetPaymentTerm; empty without one. */
function dueAt(terms: readonly Term[], issued: number): string {
  const term = findTerm(terms, 'NetPaymentTerm')
  return term ? new Date(addDuration(issued, term.PaymentDuePeriod)).toISOString() : ''
}

const feeColumns = [
  ...['offer_id', 'agreement_id', 'fee_description', 'start_date', 'end_date', 'quantity', 'dimension'],
  ...['amount', 'currency'],
]

/** What contracts cost beside their use (Seller Guide, daily business report: fees), with the time that is paid for. */
const feesOfMonth =
  ({ now }: Parts, start: number): RowsOfPage =>
  async () =>
  async agreement => {
    const { id, starts, document } = agreement
    const contract = findTerm(document.terms, 'FixedUpfrontPricingTerm')
    const ends = contract ? addDuration(starts, contract.Duration) : starts
    const lines = contractLines(agreement, Math.min(now, monthAfter(start) - 1))
    return lines
      .filter(line => monthStart(line.month) === start)
      .map(({ dimension, units, amount }) => ({
        ...{ agreement_id: id, fee_description: feeNames[dimension] ?? dimension, quantity: String(units), dimension },
        ...{ start_date: new Date(starts).toISOString(), end_date: new Date(ends).toISOString(), amount },
      }))
  }

const feeNames: Readonly<Record<string, string>> = {
  [upfront]: 'Contract paid on acceptance',
  [installment]: 'Contract paid in installments',
}

const subscribersOfMonth =
  ({ now }: Parts, start: number): RowsOfPage =>
  async () =>
  async agreement =>
    subscriberRows(agreement, { start, end: monthAfter(start), now })

/** What a report of each kind has, and how it is made. */
const kinds = {
  USAGE: [usageColumns, usageOfMonth],
  BILLING: [billingColumns, billingOfMonth],
  FEES: [feeColumns, feesOfMonth],
  SUBSCRIBERS: [subscriberColumns, subscribersOfMonth],
} as const
