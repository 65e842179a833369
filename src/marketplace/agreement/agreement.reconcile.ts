import Big from 'big.js'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import { never } from '../../store/schema/market-tables.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { isPaidUp, issueInvoices } from '../billing/invoice.ts'
import { derivedId } from '../identifier.ts'
import { findTerm, type Term } from '../term.ts'
import { type Agreement, closeAgreement, coversUntil, findAgreement, insertAgreement } from './agreement.ts'
import { decideAgreement, nextLook } from './agreement-decision.ts'
import { answerWithin, pendingRequest, settleRequest } from './cancellation-request.ts'

/**
 * Ends and renews agreements at their time, answers sellers' wishes to end them when the buyer does not, and invoices every month that
 * is over. Done when an agreement has ended, nothing runs under it and all is invoiced; a usage fact that comes later wakes it.
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
      if (step === 'expire') await closeAgreement(tx, key, 'EXPIRED', agreement.ends)
      if (step === 'renew') await renew(tx, agreement)
    })
    await store.transaction(async tx => {
      const agreement = await findAgreement(tx.db, key)
      if (agreement) await settleRequest(tx, agreement, time)
    })
    return store.transaction(async tx => {
      const agreement = await findAgreement(tx.db, key)
      if (!agreement) return
      await issueInvoices(tx, agreement, time)
      const wish = await pendingRequest(tx.db, key)
      const observed = {
        isSettled: agreement.status !== 'ACTIVE' && (await isSettled(tx, agreement, time)),
        answered: wish && wish.created + answerWithin,
      }
      const after = nextLook(agreement, observed, time)
      return after === undefined ? undefined : { after }
    })
  }
}

async function renew(tx: Transaction, agreement: Agreement): Promise<void> {
  const { id, ends, document } = agreement
  const renewed = derivedId('agmt-', 25, 'renewal of', id)
  const upfrontCharge = findTerm(document.terms, 'FixedUpfrontPricingTerm')
    ? derivedId('ch-', 25, renewed, 'upfront')
    : ''
  const { acceptor, proposer, product, offer, proposal } = agreement
  await closeAgreement(tx, id, 'RENEWED', ends)
  const next = {
    id: renewed,
    acceptor,
    proposer,
    product,
    offer,
    proposal,
    accepted: ends,
    starts: ends,
    document: { ...document, terms: raised(document.terms), upfrontCharge, renewals: (document.renewals ?? 0) + 1 },
  }
  await insertAgreement(tx, next, { intent: 'RENEW', previous: id })
}

/** Each renewal raises what a contract costs up front, to the cent. */
function raised(terms: readonly Term[]): Term[] {
  const percent = findTerm(terms, 'RenewalTerm')?.PriceIncrease?.Value ?? 0
  const increased = (price: string) => Big(price).times(Big(percent).plus(100)).div(100).round(2, Big.roundHalfUp)
  return terms.map(term =>
    term.Type === 'FixedUpfrontPricingTerm' && Big(percent).gt(0)
      ? { ...term, Price: increased(term.Price).toFixed() }
      : term,
  )
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
