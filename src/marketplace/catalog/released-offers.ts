import { lastPrices } from '../billing/rate.ts'
import type { Entity } from '../entity.ts'
import { checkReleased } from '../offer.ts'
import { isOffer, isPrivate, type Offer } from '../offer-document.ts'
import { isProduct } from '../product.ts'
import { publicOffer } from '../public-offer.ts'
import { ratesOf } from '../term.ts'
import { attempt, type CatalogDraft, loadEntity, productOf } from './catalog-draft.ts'
import { ChangeRefused } from './change-refused.ts'
import { priceChanges } from './offer-pricing.ts'

/**
 * Checks the released offers that a draft touches, by themselves or through their product, as they stand at its end: that they are
 * complete, price every dimension, and move their prices as sellers may. Errors land on the offer's last change, or the product's.
 */
export async function checkReleasedOffers(draft: CatalogDraft): Promise<void> {
  for (const offer of await touchedOffers(draft))
    await attempt(draft, lastChangeOf(draft, offer), async () => {
      checkReleased(offer, await productOf(draft, offer))
      await checkAlone(draft, offer)
      const last = await lastPrices(draft.parts.db, offer.id)
      const moved = priceChanges(last, ratesOf(offer.document.terms), draft.parts.now)
      if (draft.changed.has(offer.id)) draft.prices.set(offer.id, moved)
    })
}

async function touchedOffers(draft: CatalogDraft): Promise<Offer[]> {
  const { changed, failed, entities, parts } = draft
  for (const id of changed) {
    const standing = isProduct(entities.get(id)) ? await publicOffer(parts.db, id) : undefined
    if (standing) await loadEntity(draft, standing.id)
  }
  const touched = (entity: Entity): entity is Offer =>
    isOffer(entity) &&
    entity.state === 'Released' &&
    !failed.has(entity.id) &&
    !failed.has(entity.product) &&
    (changed.has(entity.id) || changed.has(entity.product))
  return [...entities.values()].filter(touched)
}

function lastChangeOf({ set }: CatalogDraft, offer: Offer): number {
  const of = (id: string) => set.changes.findLastIndex(change => change.entity === id)
  return of(offer.id) >= 0 ? of(offer.id) : of(offer.product)
}

/** One public offer a product; private ones beside it. */
async function checkAlone({ parts, entities }: CatalogDraft, offer: Offer): Promise<void> {
  const drafted = [...entities.values()].filter(
    other => isOffer(other) && other.product === offer.product && other.state === 'Released' && !isPrivate(other),
  )
  const standing = await publicOffer(parts.db, offer.product)
  const known = new Set([...drafted.map(other => other.id), ...(standing ? [standing.id] : [])])
  if (known.size > 1) throw new ChangeRefused('TOO_MANY_OFFERS', 'Only one public offer can be created per product.')
  if (known.size === 0) throw new ChangeRefused('INCOMPATIBLE_PRODUCT', 'First create a public offer for the product.')
}
