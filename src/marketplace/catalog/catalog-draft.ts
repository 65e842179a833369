import type { Kysely } from 'kysely'
import type { EscrowedResource } from '../../service/market.ts'
import type { Database } from '../../store/database.ts'
import { type Entity, findEntity } from '../entity.ts'
import type { Offer } from '../offer-document.ts'
import { isProduct, type Product } from '../product.ts'
import type { Change } from './change.ts'
import { ChangeFault } from './change-fault.ts'
import { ChangeRefused, type ErrorDetail } from './change-refused.ts'
import type { ChangeSet } from './change-set.ts'
import type { ReadLogo } from './logo.ts'
import type { PriceChange } from './offer-pricing.ts'

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
  /** The account whose people run the installation, where there is one. */
  readonly operator: () => Promise<string | undefined>
  /** The escrowed copy for an AddDeliveryOptions change. Throws ChangeRefused. */
  copy(index: number, change: Change, asset: { arn: string; title: string }): Promise<EscrowedResource>
}

/** Runs one check or change and writes down why it was refused. Throws ChangeFault for every other reason. */
export async function attempt(draft: CatalogDraft, index: number, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw new ChangeFault(index, draft.set.changes[index] as Change, error)
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

/** An entity that goes along with the one that a change names, as the set leaves it. */
export function putPart({ entities, changed }: CatalogDraft, part: Entity): void {
  entities.set(part.id, part)
  changed.add(part.id)
}
