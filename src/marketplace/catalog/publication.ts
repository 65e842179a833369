import { never } from '../../store/schema/market-columns.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { announceRates, lastPrices } from '../billing/rate.ts'
import type { SellerName } from '../discovery/listing.ts'
import { reindexListing } from '../discovery/reindex.ts'
import { type Entity, entityArn, findEntity, saveEntity } from '../entity.ts'
import { derivedId } from '../identifier.ts'
import { isOffer, isPrivate, type Offer } from '../offer-document.ts'
import { isOfferSet } from '../offer-set.ts'
import { audiencesWith } from '../procurement/audience.ts'
import { type Audience, isAudience } from '../procurement/experience.ts'
import { isProduct, type Product } from '../product.ts'
import { saveAssessment } from './assessment.ts'
import type { CatalogDraft } from './catalog-draft.ts'
import {
  tellEnd,
  tellOfferChanged,
  tellPrices,
  tellProductChanged,
  tellReleased,
  tellSetReleased,
} from './catalog-event.ts'
import type { ChangeSet } from './change-set.ts'
import { putTags } from './put-tags.ts'

interface Parts {
  readonly store: Store
  readonly now: number
  readonly sellerName: SellerName
}

/** Makes a draft the catalog, all of it with one commit that also ends the change set. */
export async function publish(set: ChangeSet, draft: CatalogDraft, { store, now, sellerName }: Parts): Promise<void> {
  // Asked before the transaction: in the embedded store it would wait for itself.
  const seller = await sellerName(set.account)
  await store.transaction(async tx => {
    await requireUnchanged(tx, set, draft)
    const changed = [...draft.changed].map(id => draft.entities.get(id)).filter(entity => entity !== undefined)
    for (const entity of changed) {
      const next = { ...entity, revision: entity.revision + 1, modified: now }
      if (isProduct(next)) await saveProduct(tx, next, set.id)
      else if (isOffer(next)) await saveOffer(tx, next, draft, now)
      else await saveOther(tx, next)
    }
    for (const change of set.changes) {
      const created = changed.find(entity => change.creates && entity.id === change.entity)
      if (created) await putTags(tx.db, entityArn(created), change.tags)
    }
    await indexListings(tx, changed, seller)
    await tx.db.deleteFrom('market_escrow').where('change_set', '=', set.id).execute()
    await tx.db
      .updateTable('market_change_set')
      .set({ status: 'SUCCEEDED', outcome: 'SUCCEEDED', ended: now })
      .where('id', '=', set.id)
      .execute()
    await tellEnd(tx, { ...set, status: 'SUCCEEDED', ended: now })
  })
}

/** An offer's change set rests on its product, which another set may have changed meanwhile: then it is drafted anew. */
async function requireUnchanged({ db }: Transaction, set: ChangeSet, { read }: CatalogDraft): Promise<void> {
  const row = await db
    .selectFrom('market_change_set')
    .select('ended')
    .where('id', '=', set.id)
    .executeTakeFirstOrThrow()
  if (row.ended > 0) throw new Error(`change set ${set.id} has ended meanwhile`)
  for (const [id, revision] of read) {
    const now = await db.selectFrom('market_entity').select('revision').where('id', '=', id).executeTakeFirst()
    if (now?.revision !== revision) throw new Error(`${id} has changed while change set ${set.id} was drafted`)
  }
}

async function saveProduct(tx: Transaction, product: Product, changeSet: string): Promise<void> {
  const before = await findEntity(tx, product.id)
  await saveEntity(tx, product)
  if (isProduct(before)) await tellProductChanged(tx, before, product)
  for (const version of product.document.versions) {
    const row = {
      arn: version.assetArn,
      product: product.id,
      delivery_option: version.deliveryOptionId,
      kind: version.type,
      published: version.created,
      restricted: version.restricted || never,
    }
    await tx.db
      .insertInto('market_asset')
      .values(row)
      .onConflict(conflict => conflict.column('arn').doUpdateSet({ restricted: row.restricted }))
      .execute()
    await saveAssessment(tx, product, version, changeSet)
  }
}

async function saveOffer(tx: Transaction, offer: Offer, { prices }: CatalogDraft, now: number): Promise<void> {
  const { terms, pricingModel = '' } = offer.document
  if (offer.state !== 'Released') return saveEntity(tx, offer)
  const id = derivedId('at-', 25, offer.id, pricingModel, JSON.stringify(terms))
  const before = await findEntity(tx, offer.id)
  if (before?.state !== 'Released') await tellReleased(tx, offer)
  else if (isPrivate(offer)) await tellOfferChanged(tx, offer)
  await saveEntity(tx, { ...offer, document: { ...offer.document, proposal: id } } as Entity)
  const changes = prices.get(offer.id) ?? []
  await tellPrices(tx, offer, await lastPrices(tx.db, offer.id), changes)
  await announceRates(tx.db, offer.id, changes)
  await tx.db
    .insertInto('market_proposal')
    .values({ id, offer: offer.id, pricing_model: pricingModel, terms: JSON.stringify(terms), created: now })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

async function saveOther(tx: Transaction, entity: Entity): Promise<void> {
  if (isAudience(entity)) await requireAlone(tx, entity)
  const before = await findEntity(tx, entity.id)
  await saveEntity(tx, entity)
  if (isOfferSet(entity) && entity.state === 'Released' && before?.state !== 'Released')
    await tellSetReleased(tx, entity)
}

/** Another set may have taken an account meanwhile: then the draft is made anew, and refused. */
async function requireAlone({ db }: Transaction, audience: Audience): Promise<void> {
  const known = await findEntity({ db }, audience.id)
  const held: readonly string[] = isAudience(known) ? known.document.buyerAccounts : []
  const added = audience.document.buyerAccounts.filter(account => !held.includes(account))
  for (const id of await audiencesWith(db, audience.account, added)) {
    const other = id === audience.id ? undefined : await findEntity({ db }, id)
    const experience = isAudience(other) ? await findEntity({ db }, other.document.experience) : undefined
    if (experience && experience.state !== 'Archived')
      throw new Error(`${id} has an account of ${audience.id} meanwhile`)
  }
}

async function indexListings(tx: Transaction, changed: readonly Entity[], seller: string): Promise<void> {
  const products = new Set(
    changed.flatMap(entity => (isOffer(entity) ? entity.product : isProduct(entity) ? entity.id : [])),
  )
  for (const id of products) await reindexListing(tx, id, seller)
}
