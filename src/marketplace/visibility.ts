import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { type Entity, findEntity } from './entity.ts'
import { isOffer, isPrivate, type Offer } from './offer.ts'
import { isProduct, type Product } from './product.ts'

type Db = Kysely<Database>

/** A product that an account may see: Public for all, Limited for seller and allow-listed, Restricted for seller and its buyers. */
export async function visibleProduct(db: Db, account: string, id: string): Promise<Product | undefined> {
  const product = await findEntity({ db }, id)
  if (!isProduct(product) || product.state === 'Draft') return undefined
  if (product.account === account || product.state === 'Public') return product
  if (product.state === 'Limited') return product.document.buyerAccounts.includes(account) ? product : undefined
  return (await hasAgreed(db, account, id)) ? product : undefined
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
  if (!isOffer(offer) || !mayAccept(offer, account)) return undefined
  const product = isNamed(offer, account)
    ? await namedProduct(db, offer)
    : await visibleProduct(db, account, offer.product)
  return product && { offer, product }
}

const isNamed = (offer: Offer, account: string): boolean => offer.document.buyerAccounts.includes(account)

/** A private offer shows its product to those it names, Limited or not. */
async function namedProduct(db: Db, offer: Offer): Promise<Product | undefined> {
  const product = await findEntity({ db }, offer.product)
  return isProduct(product) ? product : undefined
}

/** May become a subscriber by this offer: not of a Restricted product. */
export const isOpenTo = ({ offer, product }: { offer: Offer; product: Product }, account: string): boolean =>
  product.state === 'Public' ||
  (product.state === 'Limited' &&
    [...product.document.buyerAccounts, ...offer.document.buyerAccounts, product.account].includes(account))

const mayAccept = (offer: Offer, account: string): boolean =>
  offer.state === 'Released' && (offer.account === account || !isPrivate(offer) || isNamed(offer, account))

export const isExpired = (offer: Entity, now: number): boolean => offer.ends < now
