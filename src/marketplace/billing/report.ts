import { setImmediate as turn } from 'node:timers/promises'
import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { Agreement } from '../agreement/agreement.ts'
import type { SellerName } from '../discovery/listing.ts'
import { findEntity } from '../entity.ts'
import { customerIdentifier } from '../identifier.ts'
import { isProduct, type Product } from '../product.ts'
import { agreementsInOrder } from './agreements-in-order.ts'
import { type BillingMonth, monthAfter, monthStart } from './billing-month.ts'
import { costLines } from './cost.ts'
import { creditMemos, invoicesOf } from './invoice.ts'

export type ReportType = 'SELLER_USAGE' | 'SELLER_BILLING' | 'BUYER_USAGE' | 'BUYER_BILLING'

type Row = Readonly<Record<string, string>>

export interface Report {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  /** The sum of the column `amount`, USD. */
  readonly total: string
}

interface Parts {
  readonly db: Kysely<Database>
  readonly sellerName: SellerName
  readonly now: number
}

const usageColumns = ['offer_id', 'dimension', 'unit', 'quantity', 'free_quantity', 'price', 'amount', 'currency']
const billingColumns = ['offer_id', 'invoice_id', 'type', 'billing_period', 'issued', 'amount', 'currency']

/**
 * What a seller earned or a buyer spent in a month: usage as it was priced, or invoices and refunds as they were issued. Sellers know
 * buyers by a reference that is the same in GetEntitlements; of what buyers do they are told amounts alone.
 */
export async function makeReport(
  { db, sellerName, now }: Parts,
  type: ReportType,
  account: string,
  month: BillingMonth,
): Promise<Report> {
  const selling = type.startsWith('SELLER')
  const usage = type.endsWith('USAGE')
  const party = selling ? 'proposer' : 'acceptor'
  const rows: Row[] = []
  const products = new Map<string, Product>()
  for await (const agreement of agreementsInOrder(db, party, account)) {
    if (agreement.accepted >= monthAfter(monthStart(month))) break
    const product = products.get(agreement.product) ?? (await productOf(db, agreement))
    products.set(agreement.product, product)
    const head = selling ? sellerHead(product, agreement) : await buyerHead(product, agreement, sellerName)
    const found = usage ? await usageRows(db, agreement, month, now) : await billingRows(db, agreement, month)
    rows.push(...found.map(row => ({ ...head, offer_id: agreement.offer, ...row, currency: 'USD' })))
    await turn()
  }
  const head = ['product_id', 'product_title', ...(selling ? ['customer_reference'] : ['seller', 'agreement_id'])]
  return {
    columns: [...head, ...(usage ? usageColumns : billingColumns)],
    rows,
    total: rows.reduce((sum, row) => sum.plus(row.amount ?? 0), Big(0)).toFixed(),
  }
}

async function productOf(db: Kysely<Database>, { product: id }: Agreement): Promise<Product> {
  const product = await findEntity({ db }, id)
  if (!isProduct(product)) throw new Error(`${id} is no product`)
  return product
}

const sellerHead = ({ id, name, document }: Product, { acceptor }: Agreement): Row => ({
  product_id: id,
  product_title: name,
  customer_reference: customerIdentifier(acceptor, document.productCode),
})

const buyerHead = async (
  { id, name, account }: Product,
  agreement: Agreement,
  sellerName: SellerName,
): Promise<Row> => ({
  product_id: id,
  product_title: name,
  seller: await sellerName(account),
  agreement_id: agreement.id,
})

async function usageRows(db: Kysely<Database>, agreement: Agreement, month: BillingMonth, now: number): Promise<Row[]> {
  const lines = await costLines(db, agreement, Math.min(now, monthAfter(monthStart(month))), turn)
  return lines
    .filter(line => monthStart(line.month) === monthStart(month))
    .map(({ dimension, unit, units, freeUnits, price, amount }) => ({
      ...{ dimension, unit, quantity: String(units), free_quantity: String(freeUnits), price, amount },
    }))
}

/** Invoices and credit memos of the month by when they were issued, so that no month changes once it is over. */
async function billingRows(db: Kysely<Database>, agreement: Agreement, month: BillingMonth): Promise<Row[]> {
  const all = [...(await invoicesOf(db, agreement.id)), ...(await creditMemos(db, agreement.id))]
  const start = monthStart(month)
  return all
    .filter(({ issued }) => issued >= start && issued < monthAfter(start))
    .map(({ id, type, period, issued, amount }) => ({
      ...{ invoice_id: id, type, billing_period: `${period.year}-${String(period.month).padStart(2, '0')}` },
      ...{ issued: new Date(issued).toISOString(), amount },
    }))
}
