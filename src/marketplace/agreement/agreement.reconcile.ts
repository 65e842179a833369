import type { Reconciler } from '../../reconcile/reconciler.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { installmentsOf } from '../billing/installment.ts'
import { isPaidUp, issueInvoices } from '../billing/invoice.ts'
import { settleAdjustments } from '../billing/settle-adjustment.ts'
import { derivedId } from '../identifier.ts'
import { publicOffer } from '../public-offer.ts'
import { findTerm, paidUpfront } from '../term.ts'
import { type Agreement, closeAgreement, coversUntil, findAgreement, initialOf, insertAgreement } from './agreement.ts'
import { decideAgreement, nextLook } from './agreement-decision.ts'
import { nextReminder } from './agreement-reminder.ts'
import { answerWithin, pendingRequest, settleRequest } from './cancellation-request.ts'
import { remind } from './remind.ts'
import { offerRenewal } from './renewal-offer.ts'

/**
 * Ends and renews agreements at their time, reminds their parties of it before, or hands them over to the public offer, answers sellers' wishes to end them when the buyer does not, makes the refunds that
 * sellers want, and invoices every month that is over. Done when an agreement has ended, nothing runs under it and all is invoiced; a usage fact that comes later wakes it.
 */
export function createAgreementReconciler({
  store,
  now,
}: {
  readonly store: Store
  readonly now: () => Date
}): Reconciler {
  return async key => {
    const time = now().getTime()
    await store.transaction(async tx => {
      const agreement = await findAgreement(tx.db, key)
      if (!agreement) return
      const step = decideAgreement(agreement, time)
      if (step === 'renew') await renew(tx, agreement)
      if (step === 'convert') await convert(tx, agreement)
    })
    await store.transaction(async tx => {
      const agreement = await findAgreement(tx.db, key)
      if (agreement) await settleRequest(tx, agreement, time)
    })
    await store.transaction(async tx => {
      const agreement = await findAgreement(tx.db, key)
      if (agreement) await settleAdjustments(tx, agreement, time)
    })
    return store.transaction(async tx => {
      const agreement = await findAgreement(tx.db, key)
      if (!agreement) return
      await remind(tx, agreement, time)
      await issueInvoices(tx, agreement, time)
      const wish = await pendingRequest(tx.db, key)
      const observed = {
        isSettled: agreement.status !== 'ACTIVE' && (await isSettled(tx, agreement, time)),
        answered: wish && wish.created + answerWithin,
        reminder: nextReminder(agreement, time),
      }
      const after = nextLook(agreement, observed, time)
      return after === undefined ? undefined : { after }
    })
  }
}

async function renew(tx: Transaction, agreement: Agreement): Promise<void> {
  const { id, ends, document, acceptor, proposer, product } = agreement
  const renewed = derivedId('agmt-', 25, 'renewal of', id)
  const offer = await offerRenewal(tx, agreement, ends)
  const { terms, proposal } = offer.document
  const upfrontCharge = paidUpfront(terms) ? derivedId('ch-', 25, renewed, 'upfront') : ''
  await closeAgreement(tx, id, 'RENEWED', ends)
  const { chosen: _, reminded: __, ...kept } = document
  const next = {
    ...{ id: renewed, acceptor, proposer, product, offer: offer.id, proposal, accepted: ends, starts: ends },
    document: {
      ...{ ...kept, terms, upfrontCharge, installments: installmentsOf(terms, renewed, ends) },
      ...{ renewals: (document.renewals ?? 0) + 1, initial: initialOf(agreement) },
    },
  }
  await insertAgreement(tx, next, { intent: 'RENEW', previous: id })
  await keepPurchaseOrders(tx, document, next)
}

/** What is paid again is paid by the same purchase order: of installments, each as the one in its place was (Buyer Guide, "Using purchase orders"). */
async function keepPurchaseOrders(
  { db }: Transaction,
  before: Agreement['document'],
  next: Pick<Agreement, 'id' | 'document'>,
): Promise<void> {
  const [paid, pays] = [chargesOf(before), chargesOf(next.document)]
  const kept = await db.selectFrom('market_purchase_order').selectAll().where('charge', 'in', paid).execute()
  const rows = kept.flatMap(({ charge, reference }) => {
    const again = pays[paid.indexOf(charge)]
    return again ? [{ charge: again, agreement: next.id, reference }] : []
  })
  if (rows.length > 0) await db.insertInto('market_purchase_order').values(rows).execute()
}

const chargesOf = ({ upfrontCharge, installments = [] }: Agreement['document']): string[] => [
  upfrontCharge,
  ...installments.map(({ charge }) => charge),
]

/** What an agreement without an end is not about. */
const ending = new Set([
  'FreeTrialPricingTerm',
  'FixedUpfrontPricingTerm',
  'PaymentScheduleTerm',
  'ValidityTerm',
  'RenewalTerm',
])

/** The buyer goes on without an end, with all that runs; there is no second trial. */
async function convert(tx: Transaction, agreement: Agreement): Promise<void> {
  const { id, ends, acceptor, proposer, product, document } = agreement
  const after = await offerAfter(tx, agreement)
  if (!after) return closeAgreement(tx, id, 'EXPIRED', ends)
  await closeAgreement(tx, id, 'REPLACED', ends)
  const { offer, proposal, pricingModel, terms } = after
  const next = {
    ...{ id: derivedId('agmt-', 25, 'public offer after', id), acceptor, proposer, product, offer, proposal },
    ...{
      accepted: ends,
      starts: ends,
      document: {
        ...{ pricingModel, autoRenew: false, upfrontCharge: '', initial: initialOf({ id, document }) },
        terms: terms.filter(term => !ending.has(term.Type)),
      },
    },
  }
  await insertAgreement(tx, next, { intent: 'REPLACE' })
}

/** After a contract the usage rates of its own offer hold, after any other private offer those of the public one. */
async function offerAfter({ db }: Transaction, { offer, proposal, product, document }: Agreement) {
  if (findTerm(document.terms, 'FixedUpfrontPricingTerm'))
    return { offer, proposal, pricingModel: 'Usage' as const, terms: document.terms }
  const standing = await publicOffer(db, product)
  if (!standing?.document.pricingModel || standing.id === offer) return undefined
  const { pricingModel, terms, proposal: last } = standing.document
  return { offer: standing.id, proposal: last, pricingModel, terms }
}

async function isSettled({ db }: Transaction, agreement: Agreement, now: number): Promise<boolean> {
  const running = await db
    .selectFrom('market_running')
    .select('started')
    .where('account', '=', agreement.acceptor)
    .where('product', '=', agreement.product)
    .where('stopped', '=', never)
    .where('started', '<', await coversUntil(db, agreement))
    .executeTakeFirst()
  return running === undefined && isPaidUp(db, agreement, now)
}
