import Big from 'big.js'
import { addDuration, findTerm, type PaymentScheduleEntry, type PriceIncrease, type Term } from '../term.ts'
import { agreementValue } from './agreement-value.ts'

/** An agreement that may renew itself: its terms, its end in milliseconds, and the percentage that the seller chose within a range. */
interface Renewing {
  readonly ends: number
  readonly document: { readonly terms: readonly Term[]; readonly chosen?: string }
}

/**
 * The terms of the agreement after: each renewal raises what a contract costs, to the cent. What is paid in installments is paid by the
 * template's (AWS Marketplace API Reference, "Update renewal terms").
 */
export function renewedTerms({ ends, document: { terms, chosen } }: Renewing): Term[] {
  const { PriceIncrease, TermTemplates: [template] = [] } = findTerm(terms, 'RenewalTerm') ?? {}
  const factor = Big(percentageOf(PriceIncrease, chosen)).plus(100).div(100)
  const increased = (price: string) => (factor.eq(1) ? price : cents(Big(price).times(factor)).toFixed())
  return terms.map(term => {
    if (term.Type === 'FixedUpfrontPricingTerm') return { ...term, Price: increased(term.Price) }
    if (term.Type !== 'PaymentScheduleTerm' || !template) return term
    const total = cents(Big(agreementValue([term])).times(factor))
    return { ...term, Schedule: scheduleOf(template.Schedule, total, ends) }
  })
}

const percentageOf = (increase: PriceIncrease | undefined, chosen: string | undefined): string =>
  (increase?.Type === 'PercentageRange' ? (chosen ?? increase.DefaultValue) : increase?.Value) ?? '0'

const cents = (amount: Big): Big => amount.round(2, Big.roundHalfUp)

/** Each payment to the cent; the last entry has what is left, so that nothing of the total is lost. What falls on one day is one payment. */
function scheduleOf(entries: readonly PaymentScheduleEntry[], total: Big, starts: number) {
  const amounts = new Map<string, Big>()
  let left = total
  for (const [at, entry] of entries.entries()) {
    const amount = at === entries.length - 1 ? left : cents(total.times(entry.ChargePercentage).div(100))
    left = left.minus(amount)
    const date = dateOf(entry, starts)
    amounts.set(date, (amounts.get(date) ?? Big(0)).plus(amount))
  }
  return [...amounts].map(([ChargeDate, amount]) => ({ ChargeDate, ChargeAmount: amount.toFixed(2) }))
}

function dateOf({ ChargeDateOffset, DayOfMonth: day }: PaymentScheduleEntry, starts: number): string {
  const date = new Date(addDuration(starts, ChargeDateOffset))
  if (day !== undefined) {
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
    date.setUTCDate(Math.min(day, last))
  }
  return date.toISOString().slice(0, 10)
}
