import { never } from '../../store/schema/market-columns.ts'
import { addDuration, findTerm, type Term } from '../term.ts'

/** What the parties of an agreement are told because it is time. */
export interface Reminder {
  readonly what: 'ending' | 'renewal' | 'finalized' | 'trial' | 'review'
  /** Milliseconds. */
  readonly at: number
  /** Of an end: how many days before it. */
  readonly days?: number
}

const day = 86_400_000
/** AWS Marketplace guides, "Events for agreements", Purchase Agreement Ending. */
const daysBeforeEnd = [180, 120, 90, 60, 30]
/** Seller Guide, machine learning pricing: three days before a trial becomes paid. */
const daysBeforePrices = 3
/** Buyer Guide, "Product reviews": buyers are asked thirty days after their purchase. */
const daysToJudge = 30

/** What there is of an agreement that says when. */
interface Timed {
  readonly starts: number
  readonly ends: number
  readonly covers_from: number
  readonly document: { readonly terms: readonly Term[]; readonly reminded?: number }
}

/** Everything that the parties of an agreement are reminded of, in order. What would come before its begin is left out. */
export function remindersOf(agreement: Timed): Reminder[] {
  const { starts, ends, covers_from, document } = agreement
  const trialEnds = trialEnd(agreement)
  const { LockoutPeriod: lockout, AdjustmentDeadline: deadline } = findTerm(document.terms, 'RenewalTerm') ?? {}
  const all: Reminder[] = [
    ...(ends < never ? daysBeforeEnd.map(days => ({ what: 'ending' as const, at: ends - days * day, days })) : []),
    ...(deadline && ends < never ? [{ what: 'finalized' as const, at: ends - addDuration(0, deadline) }] : []),
    ...(lockout && ends < never ? [{ what: 'renewal' as const, at: ends - addDuration(0, lockout) }] : []),
    ...(trialEnds === undefined ? [] : [{ what: 'trial' as const, at: trialEnds - daysBeforePrices * day }]),
    // Once a buyer and a product, not with each renewal.
    ...(covers_from === 0 ? [{ what: 'review' as const, at: starts + daysToJudge * day }] : []),
  ]
  return all.filter(({ at }) => at > starts).sort((a, b) => a.at - b.at)
}

/** When the free trial of an agreement ends; undefined without one. */
export function trialEnd({ starts, document }: Pick<Timed, 'starts' | 'document'>): number | undefined {
  const trial = findTerm(document.terms, 'FreeTrialPricingTerm')
  return trial && addDuration(starts, trial.Duration)
}

/** What is to be told now. Of what was missed, as by a server that did not run, the last of each kind. */
export function dueReminders(agreement: Timed, now: number): Reminder[] {
  const { reminded = agreement.starts } = agreement.document
  const due = remindersOf(agreement).filter(({ at }) => at > reminded && at <= now)
  return due.filter(({ what }, index) => due.findLastIndex(other => other.what === what) === index)
}

/** When something is to be told next; undefined when there is nothing more. */
export const nextReminder = (agreement: Timed, now: number): number | undefined =>
  remindersOf(agreement).find(({ at }) => at > now)?.at
