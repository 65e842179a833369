import type { Transaction } from '../../store/store.ts'
import { mailTo } from '../mail/mail-to.ts'
import { eventTime, partiesOf } from '../market-event.ts'
import type { Agreement } from './agreement.ts'
import { tellEnding, tellRenewalUpcoming, tellTermsFinalized } from './agreement-event.ts'
import { dueReminders, type Reminder, trialEnd } from './agreement-reminder.ts'
import { offerRenewal } from './renewal-offer.ts'
import { renews } from './renews.ts'

/** Tells the parties of an agreement in force what it is time for, once each, by the commit that notes so. */
export async function remind(tx: Transaction, agreement: Agreement, now: number): Promise<void> {
  const due = agreement.status === 'ACTIVE' ? dueReminders(agreement, now) : []
  if (due.length === 0) return
  for (const reminder of due) await tellReminder(tx, agreement, reminder, now)
  const document = JSON.stringify({ ...agreement.document, reminded: now })
  await tx.db.updateTable('market_agreement').set({ document }).where('id', '=', agreement.id).execute()
}

async function tellReminder(
  tx: Transaction,
  agreement: Agreement,
  { what, days = 0 }: Reminder,
  now: number,
): Promise<void> {
  const { acceptor, product, id } = agreement
  const facts = async (more: object = {}) => ({ ...(await partiesOf(tx.db, agreement)), agreement: { id }, ...more })
  switch (what) {
    case 'ending':
      return tellEnding(tx, agreement, days, now)
    case 'renewal':
      return renews(agreement) ? announceRenewal(tx, agreement, now) : undefined
    case 'finalized':
      return renews(agreement) ? tellTermsFinalized(tx, agreement, now) : undefined
    case 'trial':
      return mailTo(tx, acceptor, 'Free Trial Ending', () =>
        facts({ trial: { endTime: eventTime(trialEnd(agreement) ?? 0) } }),
      )
    case 'review':
      return (await hasReviewed(tx, product, acceptor)) ? undefined : mailTo(tx, acceptor, 'Review Invited', facts)
  }
}

/** Nothing of the next agreement can change any more: it is offered. */
async function announceRenewal(tx: Transaction, agreement: Agreement, now: number): Promise<void> {
  await offerRenewal(tx, agreement, now)
  await tellRenewalUpcoming(tx, agreement, now)
}

async function hasReviewed({ db }: Transaction, product: string, author: string): Promise<boolean> {
  const review = db
    .selectFrom('market_review')
    .select('id')
    .where('product', '=', product)
    .where('account', '=', author)
  return (await review.executeTakeFirst()) !== undefined
}
