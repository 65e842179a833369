import type { Kysely } from 'kysely'
import type { EscrowedResource } from '../../service/market.ts'
import type { Database } from '../../store/database.ts'
import { never } from '../../store/schema/market-tables.ts'
import { type Entity, findEntity } from '../entity.ts'
import { derivedUuid } from '../identifier.ts'
import { newOffer, offerChanges } from '../offer.ts'
import { isOffer, type Offer } from '../offer-document.ts'
import { isProduct, newProduct, type Product } from '../product.ts'
import { publicOffer } from '../public-offer.ts'
import type { Change } from './change.ts'
import { ChangeRefused, type ErrorDetail } from './change-refused.ts'
import type { ChangeSet } from './change-set.ts'
import { checkLogo, type ReadLogo } from './logo.ts'
import type { PriceChange } from './offer-pricing.ts'
import { assetOf, productChanges } from './product-change.ts'

/** The catalog as it would be once a change set is made: what it read, what it changed, what is wrong with it. */
export interface CatalogDraft {
  readonly set: ChangeSet
  readonly parts: DraftParts
  readonly entities: Map<string, Entity>
  /** Revisions of the stored entities that the draft rests on. */
  readonly read: Map<string, number>
  readonly changed: Set<string>
  /** Entities with a change that was refused. */
  readonly failed: Set<string>
  readonly prices: Map<string, readonly PriceChange[]>
  /** By the index of the change. */
  readonly errors: Map<number, readonly ErrorDetail[]>
}

export interface DraftParts {
  readonly db: Kysely<Database>
  readonly now: number
  readonly readLogo: ReadLogo
  /** The escrowed copy for an AddDeliveryOptions change. Throws ChangeRefused. */
  copy(index: number, change: Change, asset: { arn: string; title: string }): Promise<EscrowedResource>
}

/** Changes are made by stage, so that a seller may list them in any order. */
const stage = (change: Change): number =>
  change.type === 'CreateProduct' ? 0 : change.creates ? 1 : change.type.startsWith('Release') ? 3 : 2

/** Makes the changes on a copy of the catalog in memory. Nothing is written except by `copy`. */
export async function draftCatalog(set: ChangeSet, parts: DraftParts): Promise<CatalogDraft> {
  const draft: CatalogDraft = {
    set,
    parts,
    entities: new Map(),
    read: new Map(),
    changed: new Set(),
    failed: new Set(),
    prices: new Map(),
    errors: new Map(),
  }
  const ordered = [...set.changes.entries()].sort(([, one], [, other]) => stage(one) - stage(other))
  for (const [index, change] of ordered) {
    // What follows a refused change of the same entity would only repeat its trouble.
    if (draft.failed.has(change.entity)) continue
    const made = await attempt(draft, index, async () => {
      draft.entities.set(change.entity, await makeChange(draft, change, index))
    })
    ;(made ? draft.changed : draft.failed).add(change.entity)
  }
  return draft
}

/** Runs one check or change and writes down why it was refused. */
export async function attempt(draft: CatalogDraft, index: number, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw error
    draft.errors.set(index, [...(draft.errors.get(index) ?? []), ...error.details])
    return false
  }
}

export async function loadEntity({ entities, read, parts }: CatalogDraft, id: string): Promise<Entity | undefined> {
  const known = entities.get(id)
  if (known) return known
  const stored = await findEntity(parts, id)
  if (!stored) return undefined
  read.set(id, stored.revision)
  entities.set(id, stored)
  return stored
}

export async function productOf(draft: CatalogDraft, offer: Offer): Promise<Product> {
  const product = await loadEntity(draft, offer.product)
  if (isProduct(product)) return product
  throw new ChangeRefused('INCOMPATIBLE_PRODUCT', `There is no product ${offer.product}.`)
}

const makeChange = (draft: CatalogDraft, change: Change, index: number): Promise<Entity> =>
  change.kind === 'Offer' ? changeOffer(draft, change) : changeProduct(draft, change, index)

async function changeProduct(draft: CatalogDraft, change: Change, index: number): Promise<Product> {
  const { set, parts } = draft
  const product = change.creates
    ? newProduct(change.entity, set.account, parts.now, never)
    : await loadEntity(draft, change.entity)
  const make = productChanges[change.type]
  if (!isProduct(product) || !make) throw new Error(`change set ${set.id} cannot ${change.type} ${change.entity}`)
  const { LogoUrl } = change.details
  const logo = typeof LogoUrl === 'string' ? await parts.readLogo(set.account, LogoUrl) : undefined
  if (logo) checkLogo(logo)
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
  return make(offer, change.details, { now: parts.now })
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
