import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import type { Agreement } from './agreement.ts'
import type { BillLine } from './billing.ts'
import { monthOf } from './billing-month.ts'
import { usageLines } from './statement.ts'
import { findTerm } from './term.ts'

/** The dimension of what a contract costs on acceptance. */
export const upfront = 'upfront'

/** A line of usage, or what was paid up front as one unit at its price. */
export interface CostLine extends Omit<BillLine, 'unit'> {
  readonly unit: BillLine['unit'] | 'contracts'
}

/** All that an agreement has cost up to a time: usage before it, and what was paid on acceptance until then. */
export async function costLines(db: Kysely<Database>, agreement: Agreement, until: number): Promise<CostLine[]> {
  const contract = findTerm(agreement.document.terms, 'FixedUpfrontPricingTerm')
  const paid = contract && agreement.accepted <= until ? [upfrontLine(agreement.accepted, contract.Price)] : []
  return [...paid, ...(await usageLines(db, agreement, until))]
}

const upfrontLine = (accepted: number, price: string): CostLine => ({
  month: monthOf(accepted),
  dimension: upfront,
  unit: 'contracts',
  units: 1,
  freeUnits: 0,
  price,
  amount: price,
})
