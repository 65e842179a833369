import { never } from '../../store/schema/market-columns.ts'
import { monthAfter } from '../billing/billing-month.ts'
import { findTerm } from '../term.ts'
import type { Agreement } from './agreement.ts'
import { renews } from './renews.ts'

/** What is next for an agreement besides invoices, which follow from what was used. */
export type AgreementStep = 'renew' | 'convert' | 'keep'

/** Whether an agreement ends now, and how. Time in milliseconds. */
export function decideAgreement(agreement: Agreement, now: number): AgreementStep {
  if (agreement.status !== 'ACTIVE' || agreement.ends > now) return 'keep'
  // Whoever pays goes on: after a contract by the usage rates of its offer, else as everybody does (Seller Guide, private offers for machine
  // learning products).
  return renews(agreement) ? 'renew' : 'convert'
}

type Reason = 'PROPOSER_RENEW_OPTED_OUT' | 'ACCEPTOR_RENEW_OPTED_OUT' | 'NO_RENEWAL_TERM' | 'RENEWAL_LIMIT_EXHAUSTED'

/** What the end of an agreement will bring, and why it does not renew (Agreement API, EndTimeBehavior). Undefined for one without an end. */
export function endBehavior(
  agreement: Pick<Agreement, 'ends' | 'document'>,
): { readonly type: 'RENEW' | 'REPLACE'; readonly reason?: Reason } | undefined {
  if (agreement.ends === never) return undefined
  if (renews(agreement)) return { type: 'RENEW' }
  const { autoRenew, optedOut, terms } = agreement.document
  const reason = !findTerm(terms, 'RenewalTerm')
    ? 'NO_RENEWAL_TERM'
    : optedOut
      ? 'PROPOSER_RENEW_OPTED_OUT'
      : autoRenew
        ? 'RENEWAL_LIMIT_EXHAUSTED'
        : 'ACCEPTOR_RENEW_OPTED_OUT'
  return { type: 'REPLACE', reason }
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
