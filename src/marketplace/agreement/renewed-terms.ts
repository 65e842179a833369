import Big from 'big.js'
import { findTerm, type Term } from '../term.ts'

/** The terms of the agreement after: each renewal raises what a contract costs up front, to the cent; of a range by its default, since sellers choose in a portal alone. */
export function renewedTerms(terms: readonly Term[]): Term[] {
  const increase = findTerm(terms, 'RenewalTerm')?.PriceIncrease
  const percent = (increase?.Type === 'PercentageRange' ? increase.DefaultValue : increase?.Value) ?? 0
  const increased = (price: string) => Big(price).times(Big(percent).plus(100)).div(100).round(2, Big.roundHalfUp)
  return terms.map(term =>
    term.Type === 'FixedUpfrontPricingTerm' && Big(percent).gt(0)
      ? { ...term, Price: increased(term.Price).toFixed() }
      : term,
  )
}
