import type { Db } from '../../store/database.ts'
import type { ChangeSetTable } from '../../store/schema/market-catalog-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { findEntity } from '../entity.ts'
import { catalog, catalogArn, isoSeconds } from '../identifier.ts'
import { mailTo } from '../mail/mail-to.ts'
import { writeToSubscribers } from '../mail/subscriber-notice.ts'
import { eventTime, namedProduct, partyOf, tell } from '../market-event.ts'
import { isOffer, isPrivate, type Offer, type OfferSet } from '../offer-document.ts'
import type { Product, Version } from '../product.ts'
import type { PriceChange } from './offer-pricing.ts'

const ends: Readonly<Record<string, string>> = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', CANCELLED: 'Cancelled' }

/** AWS Marketplace Seller Guide, "Events for change sets": how one has ended, told to whom it is. */
export async function tellEnd(tx: Transaction, set: Omit<ChangeSetTable, 'document'>): Promise<void> {
  await tell(tx, set.account, {
    ...{ source: 'aws.marketplacecatalog', detailType: `Change Set ${ends[set.status]}` },
    resource: catalogArn(set.account, 'ChangeSet', set.id),
    detail: async () => ({
      ...{ Catalog: catalog, ChangeSetId: set.id, ChangeSetName: set.name },
      ...{ StartTime: isoSeconds(set.started), EndTime: isoSeconds(set.ended) },
      ...(set.failure_code && { FailureCode: set.failure_code }),
    }),
  })
}

/** "Events for new offers": told to the seller; a private one to those who may accept it. */
export async function tellReleased(tx: Transaction, offer: Offer): Promise<void> {
  const { buyerAccounts } = offer.document
  const expirationDate = eventTime(offer.ends)
  await tell(tx, offer.account, {
    ...{ source: 'aws.marketplacecatalog', detailType: 'Offer Released' },
    resource: catalogArn(offer.account, 'Offer', offer.id),
    detail: async db => {
      const party = await partyOf(db, offer.account)
      return {
        offer: { ...namedOffer(offer), expirationDate },
        ...(offer.document.offerSet && { offerSet: { id: offer.document.offerSet } }),
        product: {
          ...(await namedProduct(db, offer.product)),
          arn: catalogArn(offer.account, 'MachineLearningProduct', offer.product),
        },
        ...{ manufacturer: party, sellerOfRecord: party },
        ...(isPrivate(offer) && { targetedBuyerAccountIds: buyerAccounts }),
      }
    },
  })
  // With others of a set it is there for its buyers when the set is.
  if (!offer.document.offerSet) await tellAvailable(tx, offer)
}

const namedOffer = ({ id, account, name }: Offer) => ({ id, arn: catalogArn(account, 'Offer', id), name })

async function tellAvailable(tx: Transaction, offer: Offer): Promise<void> {
  for (const buyer of offer.document.buyerAccounts)
    await tell(tx, buyer, {
      ...{ source: 'aws.discovery-marketplace', detailType: 'Private Offer Available' },
      resource: catalogArn(buyer, 'Offer', offer.id),
      detail: db => offered(db, offer),
    })
}

/** "Events for new offers": offers that are sold together, told to the seller, and each of them to those who may accept it. */
export async function tellSetReleased(tx: Transaction, set: OfferSet): Promise<void> {
  const found = await Promise.all(set.document.offers.map(id => findEntity(tx, id)))
  const offers = found.filter(isOffer)
  const arn = catalogArn(set.account, 'OfferSet', set.id)
  await tell(tx, set.account, {
    ...{ source: 'aws.marketplacecatalog', detailType: 'OfferSet Released', resource: arn },
    detail: async () => ({
      offerSet: { id: set.id, arn, name: set.name },
      associatedOffers: offers.map(offer => ({ offer: namedOffer(offer) })),
    }),
  })
  for (const offer of offers) await tellAvailable(tx, offer)
}

/** There is no event of a private offer that changes; AWS writes to those whom it is for. */
export async function tellOfferChanged(tx: Transaction, offer: Offer): Promise<void> {
  for (const buyer of offer.document.buyerAccounts)
    await mailTo(tx, buyer, 'Private Offer Changed', () => offered(tx.db, offer))
}

const offered = async (db: Db, offer: Offer) => ({
  offer: {
    ...{ id: offer.id, name: offer.name, ...(offer.document.offerSet && { offerSetId: offer.document.offerSet }) },
    ...{ publishDate: eventTime(offer.released), expirationDate: eventTime(offer.ends) },
  },
  product: await namedProduct(db, offer.product),
  sellerOfRecord: { name: (await partyOf(db, offer.account)).name },
})

/**
 * What subscribers of a product are written when it changes (Seller Guide, "Managing machine learning products"): that a version was added or
 * restricted, that the product was withdrawn.
 */
export async function tellProductChanged(tx: Transaction, before: Product, after: Product): Promise<void> {
  const told = { product: after.id, offer: '', at: after.modified }
  const product = { id: after.id, title: after.name }
  const known = new Map(before.document.versions.map(version => [version.id, version]))
  const write = (letter: string, { title }: Version) =>
    writeToSubscribers(tx, { ...told, letter, facts: { product, version: { title } } })
  for (const version of after.document.versions) {
    const then = known.get(version.id)
    if (!then) await write('Version Added', version)
    else if (then.visibility !== version.visibility) await write('Version Restricted', version)
  }
  if (after.state !== 'Restricted' || before.state === 'Restricted') return
  const { replacementProductId: id } = after.document
  const replacement = id === undefined ? undefined : await namedProduct(tx.db, id)
  await writeToSubscribers(tx, { ...told, letter: 'Product Removed', facts: { product, replacement } })
}

/** What subscribers by a public offer are written when its prices change. */
export async function tellPrices(
  tx: Transaction,
  offer: Offer,
  before: ReadonlyMap<string, { readonly price: string }>,
  changes: readonly PriceChange[],
): Promise<void> {
  const moved = changes.flatMap(({ dimension, price }) => {
    const was = before.get(dimension)?.price
    return was === undefined ? [] : [`${dimension}: ${was} USD becomes ${price} USD`]
  })
  const [first] = changes
  if (!first || moved.length === 0) return
  const facts = {
    product: await namedProduct(tx.db, offer.product),
    price: { changes: summed(moved), effective: eventTime(first.effective) },
  }
  const told = { product: offer.product, offer: offer.id, at: first.announced }
  await writeToSubscribers(tx, { ...told, letter: 'Price Changed', facts })
}

/** A product may have a price for each of a hundred instance types. */
const mostNamed = 5
const summed = (moved: readonly string[]): string =>
  moved.length <= mostNamed
    ? moved.join('; ')
    : `${moved.slice(0, mostNamed).join('; ')}; and ${moved.length - mostNamed} more`
