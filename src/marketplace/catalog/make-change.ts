import { never } from '../../store/schema/market-columns.ts'
import type { Entity, EntityKind } from '../entity.ts'
import { derivedUuid } from '../identifier.ts'
import { newOffer, offerChanges } from '../offer.ts'
import { isOffer, type Offer, type OfferSet } from '../offer-document.ts'
import { isOfferSet, newOfferSet, offerSetChanges } from '../offer-set.ts'
import { changeExperience } from '../procurement/experience-change.ts'
import { isProduct, newProduct, type Product } from '../product.ts'
import { publicOffer } from '../public-offer.ts'
import { type CatalogDraft, loadEntity, productOf } from './catalog-draft.ts'
import type { Change } from './change.ts'
import { ChangeRefused } from './change-refused.ts'
import type { ChangeSet } from './change-set.ts'
import { checkLogo } from './logo.ts'
import { assetOf, productChanges } from './product-change.ts'

type Maker = (draft: CatalogDraft, change: Change, index: number) => Promise<Entity>

const makers: Readonly<Partial<Record<EntityKind, Maker>>> = {
  MachineLearningProduct: changeProduct,
  Offer: changeOffer,
  OfferSet: changeOfferSet,
  Experience: changeExperience,
}

/** An entity as it is after a change. Throws ChangeRefused. */
export function makeChange(draft: CatalogDraft, change: Change, index: number): Promise<Entity> {
  const make = makers[change.kind]
  if (!make) throw new Error(`change set ${draft.set.id} cannot ${change.type} ${change.kind}`)
  return make(draft, change, index)
}

async function changeProduct(draft: CatalogDraft, change: Change, index: number): Promise<Product> {
  const { set, parts } = draft
  const product = change.creates
    ? newProduct(change.entity, set.account, parts.now, never)
    : await loadEntity(draft, change.entity)
  const make = productChanges[change.type]
  if (!isProduct(product) || !make) throw new Error(`change set ${set.id} cannot ${change.type} ${change.entity}`)
  const { LogoUrl } = change.details
  if (typeof LogoUrl === 'string') checkLogo(await parts.readLogo(set.account, LogoUrl))
  if (change.type === 'UpdateVisibility') await checkVisibility(draft, product, change)
  const asset = change.type === 'AddDeliveryOptions' ? assetOf(product, change.details) : undefined
  const escrow = asset && (await parts.copy(index, change, asset))
  const id = derivedUuid('version', set.id, String(index))
  return make(product, change.details, { now: parts.now, id, ...(escrow && { escrow }) })
}

async function changeOffer(draft: CatalogDraft, change: Change): Promise<Offer> {
  const { set, parts } = draft
  if (change.type === 'CreateReplacementOffer')
    throw new ChangeRefused(
      'INCOMPATIBLE_PRODUCT',
      'Replacement offers are for contracts of SaaS products. Make a private offer, which its buyer accepts with intent REPLACE.',
    )
  const product = String(change.details.ProductId)
  const offer = change.creates
    ? newOffer(change.entity, set.account, product, parts.now)
    : await loadEntity(draft, change.entity)
  const make = offerChanges[change.type]
  if (!isOffer(offer) || !make) throw new Error(`change set ${set.id} cannot ${change.type} ${change.entity}`)
  if (change.type === 'CreateOffer') checkOfferable(await productOf(draft, offer), set)
  if (change.details.OfferSetId) await checkOpenSet(draft, String(change.details.OfferSetId))
  return make(offer, change.details, { now: parts.now })
}

async function checkOpenSet(draft: CatalogDraft, id: string): Promise<void> {
  const offerSet = await loadEntity(draft, id)
  if (offerSet?.state !== 'Draft')
    throw new ChangeRefused('INVALID_UPDATE_REQUEST', 'No offer is made for an offer set that is released.')
}

async function changeOfferSet(draft: CatalogDraft, { type, entity, creates, details }: Change): Promise<OfferSet> {
  const { set, parts } = draft
  const offerSet = creates ? newOfferSet(entity, set.account, parts.now) : await loadEntity(draft, entity)
  const make = offerSetChanges[type]
  if (!isOfferSet(offerSet) || !make) throw new Error(`change set ${set.id} cannot ${type} ${entity}`)
  const offer = async (id: string) => {
    const found = await loadEntity(draft, id)
    return isOffer(found) ? found : undefined
  }
  return make(offerSet, details, { now: parts.now, offer })
}

function checkOfferable(product: Product, set: ChangeSet): void {
  const isNew = set.changes.some(change => change.creates && change.entity === product.id)
  if (!isNew && !['Limited', 'Public'].includes(product.state))
    throw new ChangeRefused('INCOMPATIBLE_PRODUCT', 'Use an active product in Limited or Public state.')
}

async function checkVisibility(draft: CatalogDraft, product: Product, { details }: Change): Promise<void> {
  const replacementId = details.ReplacementProductId
  const replacement = replacementId === undefined ? undefined : await loadEntity(draft, String(replacementId))
  const usable =
    isProduct(replacement) && replacement.id !== product.id && ['Limited', 'Public'].includes(replacement.state)
  if (replacementId !== undefined && !usable)
    throw new ChangeRefused(
      'INVALID_REPLACEMENT_PRODUCT_ID',
      'Use an existing Public or Limited product as replacement.',
    )
  if (details.TargetVisibility === 'Public' && !(await publicOffer(draft.parts.db, product.id)))
    throw new ChangeRefused('INVALID_PRODUCT_STATE', 'Release a public offer for the product before it becomes Public.')
}
