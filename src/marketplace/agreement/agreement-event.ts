import type { CancellationTable } from '../../store/schema/market-agreement-tables.ts'
import type { AdjustmentTable } from '../../store/schema/market-invoice-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { mailTo } from '../mail/mail-to.ts'
import { eventTime, partiesOf, tellParties } from '../market-event.ts'
import { addDuration, findTerm, type Term } from '../term.ts'
import { trialEnd } from './agreement-reminder.ts'
import { agreementValue } from './agreement-value.ts'
import { renewedTerms } from './renewed-terms.ts'
import { type RenewalChoice, renews } from './renews.ts'

/** How an agreement came about, and which it follows. */
export interface Beginning {
  readonly intent: 'NEW' | 'RENEW' | 'REPLACE'
  readonly previous?: string
}

interface Told {
  readonly id: string
  readonly acceptor: string
  readonly proposer: string
  readonly offer: string
  readonly product: string
}

/** AWS Marketplace guides, "Events for agreements": Purchase Agreement Created. */
export const tellCreated = (
  tx: Transaction,
  agreement: Told & { readonly accepted: number; readonly starts: number; readonly ends: number },
  { intent, previous }: Beginning,
): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Created', () => ({
    agreement: {
      ...{ id: agreement.id, intent, status: 'ACTIVE' },
      acceptanceTime: eventTime(agreement.accepted),
      startTime: eventTime(agreement.starts),
      endTime: eventTime(agreement.ends),
      previousAgreementId: previous,
    },
  }))

/** Purchase Agreement Ended, with what it has become. */
export const tellEnded = (tx: Transaction, agreement: Told, status: string): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Ended', () => ({ agreement: { id: agreement.id, status } }))

interface Amendment {
  readonly autoRenewalEnabled: boolean
  readonly lockoutStart?: number
  readonly disabledBy: 'ACCEPTOR' | 'PROPOSER'
}

/** Purchase Agreement Amended: its buyer has turned the renewal on or off, or its seller has for good. */
export const tellAmended = (
  tx: Transaction,
  agreement: Told,
  { autoRenewalEnabled, lockoutStart, disabledBy }: Amendment,
): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Amended', () => ({
    agreement: { id: agreement.id, intent: 'AMEND', autoRenewalEnabled },
    renewalSummary: {
      ...(lockoutStart !== undefined && { lockoutStartTime: eventTime(lockoutStart) }),
      disabledBy: autoRenewalEnabled ? null : disabledBy,
    },
  }))

/** An agreement that has an end, and may have another one after it. */
type Ending = Told & {
  readonly ends: number
  readonly document: RenewalChoice
}

/** Purchase Agreement Ending, so many days before. */
export const tellEnding = (tx: Transaction, agreement: Ending, daysBeforeEndTime: number, now: number): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Ending', () => ({
    agreement: {
      ...{ id: agreement.id, endTime: eventTime(agreement.ends), daysBeforeEndTime },
      autoRenewalEnabled: renews(agreement),
    },
    renewalSummary: renewalSummary(agreement, now),
  }))

/** Purchase Agreement Renewal Upcoming: its buyer cannot change that any more. */
export const tellRenewalUpcoming = (tx: Transaction, agreement: Ending, now: number): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Renewal Upcoming', () => ({
    agreement: { id: agreement.id, endTime: eventTime(agreement.ends), autoRenewalEnabled: true },
    renewalSummary: renewalSummary(agreement, now),
  }))

/** Purchase Agreement Renewal Terms Finalized: within a range the price of the next agreement is settled. */
export const tellTermsFinalized = (tx: Transaction, agreement: Ending, now: number): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Renewal Terms Finalized', () => ({
    agreement: { id: agreement.id, endTime: eventTime(agreement.ends), autoRenewalEnabled: true },
    renewalSummary: { ...renewalSummary(agreement, now), termsFinalizedTime: eventTime(now) },
  }))

/** What the next agreement will be worth; nothing where none follows. */
function renewalSummary(agreement: Ending, now: number) {
  if (!renews(agreement)) return undefined
  const { document, ends } = agreement
  const lockout = findTerm(document.terms, 'RenewalTerm')?.LockoutPeriod
  const lockoutStart = lockout === undefined ? ends : ends - addDuration(0, lockout)
  return {
    lockoutStartTime: eventTime(lockoutStart),
    lockoutReached: now >= lockoutStart,
    ...{ tcv: agreementValue(renewedTerms(agreement)), currency: 'USD' },
  }
}

/** There is no event of a trial; AWS writes to its buyer. */
export async function tellTrial(
  tx: Transaction,
  agreement: Told & { readonly starts: number; readonly document: { readonly terms: readonly Term[] } },
): Promise<void> {
  const ends = trialEnd(agreement)
  if (ends === undefined) return
  await mailTo(tx, agreement.acceptor, 'Free Trial Started', async () => ({
    ...(await partiesOf(tx.db, agreement)),
    ...{ agreement: { id: agreement.id }, trial: { endTime: eventTime(ends) } },
  }))
}

const cancellationEvents: Readonly<Record<string, string>> = {
  PENDING_APPROVAL: 'Pending Approval',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
  CANCELLED: 'Cancelled',
  VALIDATION_FAILED: 'Validation Failed',
}

const seller = ['Proposer'] as const

/** "Events for cancellations": what becomes of a seller's wish to end an agreement. */
export const tellCancellation = (tx: Transaction, agreement: Told, request: CancellationTable): Promise<void> => {
  const what = `Agreement Cancellation Request ${cancellationEvents[request.status]}`
  const detail = (role: 'Proposer' | 'Acceptor') => ({
    agreement: {
      id: agreement.id,
      ...(role === 'Proposer' ? { acceptorId: agreement.acceptor } : { proposerId: agreement.proposer }),
      ...{ productId: agreement.product, offerId: agreement.offer },
    },
    agreementCancellationRequest: {
      ...{ id: request.id, reasonCode: request.reason, statusCode: request.status },
      ...(request.description && { reasonMessage: request.description }),
      ...(request.message && { statusMessage: request.message }),
      ...{ createdAt: eventTime(request.created), updatedAt: eventTime(request.updated) },
    },
  })
  return tellParties(tx, agreement, what, detail, request.status === 'VALIDATION_FAILED' ? seller : undefined)
}

/** "Events for billing adjustments": money that goes back, as a negative amount. */
export const tellAdjustment = (tx: Transaction, agreement: Told, row: AdjustmentTable): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Billing Adjustment Completed', () => adjustment(agreement, row))

/** Money that cannot go back: told to whom wanted to give it. */
export const tellAdjustmentFailed = (tx: Transaction, agreement: Told, row: AdjustmentTable): Promise<void> =>
  tellParties(tx, agreement, 'Purchase Agreement Billing Adjustment Failed', () => adjustment(agreement, row), seller)

const adjustment = (agreement: Told, row: AdjustmentTable) => ({
  agreement: { id: agreement.id },
  billingAdjustmentRequest: {
    ...{ id: row.id, adjustmentAmount: `-${row.amount}`, currencyCode: row.currency },
    adjustmentReasonCode: row.reason,
  },
  invoice: { originalInvoiceId: row.invoice },
})
