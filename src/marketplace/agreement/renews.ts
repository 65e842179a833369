import { findTerm, type Term } from '../term.ts'
import { isWithinValue } from './agreement-value.ts'
import { renewedTerms } from './renewed-terms.ts'

/** What the parties of an agreement have chosen of its renewal. */
export interface RenewalChoice {
  readonly autoRenew: boolean
  readonly optedOut?: true
  readonly chosen?: string
  readonly renewals?: number
  readonly terms: readonly Term[]
}

/** Whether an agreement renews itself at its end, as its parties have chosen so far. What would be worth more than an agreement may be is not renewed. */
export function renews({ document }: { readonly document: RenewalChoice }): boolean {
  const { autoRenew, optedOut, renewals = 0, terms } = document
  const most = findTerm(terms, 'RenewalTerm')?.MaxRenewals ?? Number.POSITIVE_INFINITY
  return autoRenew && !optedOut && renewals < most && isWithinValue(renewedTerms({ ends: 0, document }))
}
