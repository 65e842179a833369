import Big from 'big.js'
import type { Db } from '../../store/database.ts'
import type { Store } from '../../store/store.ts'
import { type Agreement, findAgreement } from '../agreement/agreement.ts'
import { tellAdjustment } from '../agreement/agreement-event.ts'
import { trialEnd } from '../agreement/agreement-reminder.ts'
import { derivedId } from '../identifier.ts'
import type { BillLine } from './bill.ts'
import { adjusted } from './billing-adjustment.ts'
import { type BillingMonth, monthAfter, monthOf, monthStart } from './billing-month.ts'
import { usageLines } from './statement.ts'

/** AWS Marketplace Seller Guide, "Product refunds": conversion of a free trial. */
const refundable = 7 * 86_400_000

/**
 * Gives back what was used in the seven days after a free trial became paid, which the operator may without the seller: to the cent, as
 * refunds of the months' invoices. Returns their sum. Throws an Error that says why there is nothing to give back, or not yet.
 */
export const refundConversion = (store: Store, id: string, now: number): Promise<string> =>
  store.transaction(async tx => {
    const agreement = await findAgreement(tx.db, id)
    if (!agreement) throw new Error(`There is no agreement ${id}`)
    const months = await chargedByMonth(tx.db, agreement, now)
    if (months.length === 0) throw new Error(`Nothing was charged in the seven days after a trial of agreement ${id}`)
    let total = Big(0)
    for (const { month, charged } of months) {
      const invoice = await invoiceOfMonth(tx.db, id, month)
      const refund = derivedId('ba-', 25, 'trial conversion', invoice.id)
      const before = await tx.db
        .selectFrom('market_adjustment')
        .select('id')
        .where('id', '=', refund)
        .executeTakeFirst()
      if (before) throw new Error(`The conversion of agreement ${id} was refunded with ${refund}`)
      const left = Big(invoice.amount).minus(await adjusted(tx.db, invoice.id))
      const amount = charged.gt(left) ? left : charged
      if (amount.lte(0)) continue
      const what = { reason: 'OTHER', description: 'Conversion of the free trial', created: now }
      const row = {
        id: refund,
        agreement: id,
        invoice: invoice.id,
        amount: amount.toFixed(),
        currency: invoice.currency,
        ...what,
      }
      await tx.db.insertInto('market_adjustment').values(row).execute()
      const done = { status: 'COMPLETED', message: '', updated: now }
      await tx.db
        .insertInto('market_adjustment_request')
        .values({ ...row, ...done })
        .execute()
      await tellAdjustment(tx, agreement, row)
      total = total.plus(amount)
    }
    return total.toFixed(2)
  })

/** What the seven days cost, month by month, in whole cents. */
async function chargedByMonth(db: Db, agreement: Agreement, now: number) {
  const ends = trialEnd(agreement)
  if (ends === undefined || ends > now) return []
  const after = sums(await usageLines(db, agreement, Math.min(now, ends + refundable)))
  const before = sums(await usageLines(db, agreement, ends))
  return [...after].flatMap(([start, sum]) => {
    const charged = sum.minus(before.get(start) ?? 0).round(2, Big.roundHalfUp)
    return charged.gt(0) ? [{ month: monthOf(start), charged }] : []
  })
}

function sums(lines: readonly BillLine[]): ReadonlyMap<number, Big> {
  const found = new Map<number, Big>()
  for (const { month, amount } of lines)
    found.set(monthStart(month), (found.get(monthStart(month)) ?? Big(0)).plus(amount))
  return found
}

async function invoiceOfMonth(db: Db, agreement: string, { year, month }: BillingMonth) {
  const invoice = await db
    .selectFrom('market_invoice')
    .selectAll()
    .where('agreement', '=', agreement)
    .where('year', '=', year)
    .where('month', '=', month)
    .where('type', '=', 'INVOICE')
    .executeTakeFirst()
  if (invoice) return invoice
  const from = new Date(monthAfter(monthStart({ year, month }))).toISOString().slice(0, 10)
  throw new Error(`The month is not invoiced yet: try again from ${from}`)
}
