import { type Agreement, initialOf } from '../agreement/agreement.ts'
import { trialEnd } from '../agreement/agreement-reminder.ts'

type Row = Readonly<Record<string, string>>

/** A month, as far as it has come; milliseconds. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly now: number
}

const within = (time: number, { start, end, now }: Span): boolean => time >= start && time < Math.min(end, now + 1)

/** What ends a subscription; one that was renewed or replaced goes on. */
const over = new Set(['CANCELLED', 'EXPIRED', 'TERMINATED'])

export const subscriberColumns = ['offer_id', 'agreement_id', 'change', 'status', 'subscribed', 'ended']

/** Who came and who left in a month (Seller Guide, daily business report: new and cancelled subscribers). */
export function subscriberRows(agreement: Agreement, span: Span): Row[] {
  const { id, status, accepted, ends } = agreement
  const isFirst = initialOf(agreement) === id
  const hasLeft = over.has(status) && within(ends, span)
  const facts = {
    ...{ agreement_id: id, status, subscribed: new Date(accepted).toISOString() },
    ended: over.has(status) ? new Date(ends).toISOString() : '',
  }
  return [
    ...(isFirst && within(accepted, span) ? [{ ...facts, change: 'NEW' }] : []),
    ...(hasLeft ? [{ ...facts, change: 'CANCELLED' }] : []),
  ]
}

export const trialColumns = ['new', 'current', 'converted', 'non_converted'] as const

export type Trials = Record<(typeof trialColumns)[number], number>

/** What became of one agreement's trial in a month: counts of none or one; undefined without a trial. */
export function trialOf(agreement: Agreement, span: Span): Trials | undefined {
  const trialEnds = trialEnd(agreement)
  if (trialEnds === undefined) return undefined
  const { starts, ends } = agreement
  const last = Math.min(span.end - 1, span.now)
  const isPaid = ends > trialEnds
  return {
    new: Number(within(starts, span)),
    current: Number(starts <= last && last < Math.min(trialEnds, ends)),
    converted: Number(isPaid && within(trialEnds, span)),
    non_converted: Number(!isPaid && within(ends, span)),
  }
}
