import type { Context } from '../../service/context.ts'
import { never } from '../../store/schema/market-columns.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { findEntity } from '../entity.ts'
import type { OfferSet } from '../offer-document.ts'
import { isOfferSet } from '../offer-set.ts'
import { badges, offerInformation, productInformation, sellerInformation, type Visible } from './discovery-offer.ts'
import type { SellerName, SellerNames } from './listing.ts'
import { visibleOffer } from './visibility.ts'

export interface VisibleSet {
  readonly set: OfferSet
  readonly members: readonly Visible[]
}

/** A released offer set for those whom its offers are for, and for its seller. */
export async function visibleSet({ store: { db }, account }: Context, id: string): Promise<VisibleSet | undefined> {
  const set = await findEntity({ db }, id)
  if (!isOfferSet(set) || set.state !== 'Released') return undefined
  if (set.account !== account && !set.document.buyerAccounts.includes(account)) return undefined
  const members = await Promise.all(set.document.offers.map(offer => visibleOffer(db, account, offer)))
  return { set, members: members.filter(member => member !== undefined) }
}

/** A set is there until the first of its offers expires. */
export const endOfSet = ({ members }: VisibleSet): number => Math.min(never, ...members.map(({ offer }) => offer.ends))

/** What the two operations that show a set tell of it. */
export async function setView(visible: VisibleSet, sellerName: SellerName) {
  const { set, members } = visible
  const ends = endOfSet(visible)
  const sellerOfRecord = await sellerInformation(set.account, sellerName)
  return {
    ...{ catalog: 'AWSMarketplace', availableFromTime: new Date(set.released) },
    ...(ends < never && { expirationTime: new Date(ends) }),
    sellerOfRecord,
    badges: members[0] ? badges(members[0].offer) : [],
    associatedEntities: members.map(({ offer, product }) => ({
      product: productInformation(product, sellerOfRecord),
      offer: offerInformation(offer, sellerOfRecord),
    })),
  }
}

export const getOfferSet = async ({ offerSetId }: { offerSetId: string }, ctx: Context & SellerNames) => {
  const visible = await visibleSet(ctx, offerSetId)
  if (!visible) throw notFound(`Offer set ${offerSetId}`)
  const { name, document } = visible.set
  const named = { offerSetId, offerSetName: name, buyerNotes: document.buyerNotes }
  return { ...named, ...(await setView(visible, ctx.sellerName)) }
}
