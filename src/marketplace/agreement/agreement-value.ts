import Big from 'big.js'
import { findTerm, type Term } from '../term.ts'

/** What is sure to be paid on terms: up front and in installments, USD. */
export function agreementValue(terms: readonly Term[]): string {
  const { Schedule = [] } = findTerm(terms, 'PaymentScheduleTerm') ?? {}
  const upfront = findTerm(terms, 'FixedUpfrontPricingTerm')?.Price ?? 0
  return Schedule.reduce((sum, { ChargeAmount }) => sum.plus(ChargeAmount), Big(upfront)).toFixed()
}
