import { findTerm, type Term } from '../term.ts'

/** What the parties of an agreement have chosen of its renewal. */
export interface RenewalChoice {
  readonly autoRenew: boolean
  readonly optedOut?: true
  readonly chosen?: string
  readonly renewals?: number
  readonly terms: readonly Term[]
}

/** Whether an agreement renews itself at its end, as its parties have chosen so far. */
export function renews({ document }: { readonly document: RenewalChoice }): boolean {
  const { autoRenew, optedOut, renewals = 0, terms } = document
  return autoRenew && !optedOut && renewals < (findTerm(terms, 'RenewalTerm')?.MaxRenewals ?? Number.POSITIVE_INFINITY)
}
