import { never } from '../../store/schema/market-tables.ts'
import { monthAfter } from '../billing/billing-month.ts'
import { findTerm } from '../term.ts'
import type { Agreement } from './agreement.ts'

/** What is next for an agreement besides invoices, which follow from what was used. */
export type AgreementStep = 'expire' | 'renew' | 'convert' | 'keep'

/** Whether an agreement ends now, and how. Time in milliseconds. */
export function decideAgreement(agreement: Agreement, now: number): AgreementStep {
  if (agreement.status !== 'ACTIVE' || agreement.ends > now) return 'keep'
  if (renews(agreement)) return 'renew'
  // A contract was for a time; who pays by usage goes on as everybody does (Seller Guide, private offers for machine learning products).
  return findTerm(agreement.document.terms, 'FixedUpfrontPricingTerm') ? 'expire' : 'convert'
}

function renews({ document: { autoRenew, renewals = 0, terms } }: Agreement): boolean {
  return autoRenew && renewals < (findTerm(terms, 'RenewalTerm')?.MaxRenewals ?? Number.POSITIVE_INFINITY)
}

export interface AgreementObserved {
  /** Nothing runs under it, and all is invoiced. */
  readonly isSettled: boolean
  /** When a seller's wish to end it is granted if the buyer says nothing; undefined without one. */
  readonly answered: number | undefined
  /** When its parties are told something because it is time; undefined for never. */
  readonly reminder?: number | undefined
}

/** After how many milliseconds an agreement is looked at again: at its end, at that of the month or of a wish, or to remind. Undefined: never. */
export function nextLook(agreement: Agreement, observed: AgreementObserved, now: number) {
  const { isSettled, answered, reminder } = observed
  const isActive = agreement.status === 'ACTIVE'
  if (!isActive && isSettled) return undefined
  const due = isActive ? Math.min(agreement.ends, reminder ?? never) : never
  return Math.max(1, Math.min(due, answered ?? never, monthAfter(now)) - now)
}
