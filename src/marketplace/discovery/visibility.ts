import type { Db } from '../../store/database.ts'
import { isServed } from '../country.ts'
import { type Entity, findEntity } from '../entity.ts'
import { isOffer, isPrivate, type Offer, type OfferSet } from '../offer-document.ts'
import { isProduct, type Product } from '../product.ts'

/**
 * A product that an account may see: Public for all; Limited for its seller, those it is opened to and those a private offer names;
 * Limited and Restricted for whoever has had an agreement on it. The page of a Restricted product that was Public still opens for who has its id
 * (AWS Marketplace Seller Guide, "Removing a machine learning product"): nobody finds it, and nobody comes to it.
 */
export async function visibleProduct(db: Db, account: string, id: string): Promise<Product | undefined> {
  const product = await findEntity({ db }, id)
  if (!isProduct(product) || product.state === 'Draft') return undefined
  if (product.account === account || product.state === 'Public') return product
  if (product.state === 'Restricted' && product.document.wasPublic) return product
  const opened =
    product.state === 'Limited' &&
    (product.document.buyerAccounts.includes(account) || (await hasPrivateOffer(db, account, id)))
  return opened || (await hasAgreed(db, account, id)) ? product : undefined
}

async function hasPrivateOffer(db: Db, account: string, product: string): Promise<boolean> {
  const row = await db
    .selectFrom('market_entity_account')
    .innerJoin('market_entity', 'market_entity.id', 'market_entity_account.entity')
    .select('market_entity.id')
    .where('market_entity_account.account', '=', account)
    .where('market_entity.product', '=', product)
    .where('market_entity.state', '=', 'Released')
    .executeTakeFirst()
  return row !== undefined
}

async function hasAgreed(db: Db, account: string, product: string): Promise<boolean> {
  const row = await db
    .selectFrom('market_agreement')
    .select('id')
    .where('acceptor', '=', account)
    .where('product', '=', product)
    .executeTakeFirst()
  return row !== undefined
}

/** A released offer that an account may see, with its product. Private offers are for the accounts they name and their seller. */
export async function visibleOffer(
  db: Db,
  account: string,
  id: string,
): Promise<{ offer: Offer; product: Product } | undefined> {
  const offer = await findEntity({ db }, id)
  if (!isOffer(offer) || !maySee(offer, account)) return undefined
  // A public offer is there for its countries; who is named by a private one sees it, and learns from where it is accepted.
  if (!isPrivate(offer) && offer.account !== account && !(await isServed(db, offer, account))) return undefined
  if (offer.account !== account && !(await isSoldWithItsSet(db, offer))) return undefined
  const product = await visibleProduct(db, account, offer.product)
  return product && { offer, product }
}

/** What was made for an offer set is found with it alone (Developer Guide, "Work with offer sets"). */
async function isSoldWithItsSet(db: Db, { id, document: { offerSet } }: Offer): Promise<boolean> {
  if (offerSet === undefined) return true
  const set = await findEntity({ db }, offerSet)
  return set?.state === 'Released' && (set as OfferSet).document.offers.includes(id)
}

/** May become a subscriber by this offer: one named by a private offer, and nobody of a Restricted product. */
export function isOpenTo({ offer, product }: { offer: Offer; product: Product }, account: string): boolean {
  const named = offer.document.buyerAccounts.includes(account)
  if (isPrivate(offer) && !named) return false
  const opened = named || product.account === account || product.document.buyerAccounts.includes(account)
  return product.state === 'Public' || (product.state === 'Limited' && opened)
}

const maySee = (offer: Offer, account: string): boolean =>
  offer.state === 'Released' &&
  (offer.account === account || !isPrivate(offer) || offer.document.buyerAccounts.includes(account))

export const isExpired = (offer: Entity, now: number): boolean => offer.ends < now
