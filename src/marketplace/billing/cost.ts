import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { Agreement } from '../agreement/agreement.ts'
import { paidUpfront } from '../term.ts'
import type { BillLine } from './bill.ts'
import { monthOf, monthStart } from './billing-month.ts'
import { type Installment, isOwed } from './installment.ts'
import { type Between, usageLines } from './statement.ts'

/** The dimension of what a contract costs on acceptance, and of what it costs by dates. */
export const upfront = 'upfront'
export const installment = 'installment'

/** Lines of what was agreed rather than used. */
export const isContractual = ({ dimension }: Pick<CostLine, 'dimension'>): boolean =>
  dimension === upfront || dimension === installment

/** A line of usage, or payments of a contract as units at their price. */
export interface CostLine extends Omit<BillLine, 'unit'> {
  readonly unit: BillLine['unit'] | 'contracts' | 'payments'
}

/** All that an agreement has cost up to a time: usage before it, what was paid on acceptance and by dates until then. */
export async function costLines(
  db: Kysely<Database>,
  agreement: Agreement,
  until: number,
  between?: Between,
): Promise<CostLine[]> {
  return [...contractLines(agreement, until), ...(await usageLines(db, agreement, until, between))]
}

/** What was agreed to be paid until a time: on acceptance and by dates. */
export function contractLines(agreement: Agreement, until: number): CostLine[] {
  const contract = paidUpfront(agreement.document.terms)
  const paid = contract && agreement.accepted <= until ? [upfrontLine(agreement.accepted, contract.Price)] : []
  return [...paid, ...installmentLines(agreement, until)]
}

/** Payments of the same amount in one month are units of one line. */
function installmentLines(agreement: Agreement, until: number): CostLine[] {
  const due = (agreement.document.installments ?? []).filter(each => each.time <= until && isOwed(each, agreement))
  const alike = Map.groupBy(due, ({ time, amount }) => `${monthStart(monthOf(time))} ${Big(amount).toFixed()}`)
  return [...alike.values()].map(([first, ...more]) => {
    const { time, amount } = first as Installment
    const units = BigInt(1 + more.length)
    const price = Big(amount).toFixed()
    const line = { month: monthOf(time), dimension: installment, unit: 'payments' as const, freeUnits: 0n }
    return { ...line, units, price, amount: Big(price).times(String(units)).toFixed() }
  })
}

const upfrontLine = (accepted: number, price: string): CostLine => ({
  month: monthOf(accepted),
  dimension: upfront,
  unit: 'contracts',
  units: 1n,
  freeUnits: 0n,
  price,
  amount: price,
})
