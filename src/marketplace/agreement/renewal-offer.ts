import type { Transaction } from '../../store/store.ts'
import { announceRates, lastPrices } from '../billing/rate.ts'
import { findEntity, saveEntity } from '../entity.ts'
import { derivedId } from '../identifier.ts'
import { newOffer } from '../offer.ts'
import { isOffer, type Offer } from '../offer-document.ts'
import type { Agreement } from './agreement.ts'
import { renewedTerms } from './renewed-terms.ts'

/** The offer by which an agreement renews itself. */
export const renewalOfferId = (agreement: string): string => derivedId('offer-', 13, 'renewal of', agreement)

/**
 * Makes the offer by which an agreement renews itself, which nobody has to accept (Seller Guide, "Automatically generated private offers"):
 * its seller finds it among the others. A repetition finds the one that is there.
 */
export async function offerRenewal(tx: Transaction, agreement: Agreement, now: number): Promise<Offer> {
  const id = renewalOfferId(agreement.id)
  const standing = await findEntity(tx, id)
  if (isOffer(standing)) return standing
  const { proposer, acceptor, product, offer, ends, document } = agreement
  const terms = renewedTerms(agreement)
  const { pricingModel } = document
  const proposal = derivedId('at-', 25, id, pricingModel, JSON.stringify(terms))
  const before = await findEntity(tx, offer)
  const made: Offer = {
    ...newOffer(id, proposer, product, now),
    ...{ revision: 1, name: `Renewal of ${agreement.id}`, state: 'Released', released: now, ends },
    document: {
      ...{ description: isOffer(before) ? before.document.description : '', pricingModel, terms, proposal },
      ...{ buyerAccounts: [acceptor], renewalOf: agreement.id },
    },
  }
  await saveEntity(tx, made)
  await tx.db
    .insertInto('market_proposal')
    .values({ id: proposal, offer: id, pricing_model: pricingModel, terms: JSON.stringify(terms), created: now })
    .execute()
  const prices = [...(await lastPrices(tx.db, offer)).values()]
  await announceRates(
    tx.db,
    id,
    prices.map(({ dimension, price }) => ({ dimension, price, announced: now, effective: now })),
  )
  return made
}
