import type { Context } from '../../service/context.ts'
import type { EntityKind } from '../entity.ts'
import { sellerProfileId } from '../identifier.ts'
import { isPrivate, type OfferSet } from '../offer-document.ts'
import {
  availability,
  badges,
  offerInformation,
  productInformation,
  sellerInformation,
  type Visible,
} from './discovery-offer.ts'
import { endOfSet, setView, type VisibleSet, visibleSet } from './discovery-offer-set.ts'
import { discoveryPaging, invalid } from './discovery-page.ts'
import type { SellerName, SellerNames } from './listing.ts'
import { isExpired, visibleOffer } from './visibility.ts'

interface PurchaseOptionsInput {
  readonly filters?: readonly { readonly filterType: string; readonly filterValues: readonly string[] }[]
  readonly maxResults?: number
  readonly nextToken?: string
}

type Option = Visible | VisibleSet

const filterValues: Readonly<Record<string, readonly string[]>> = {
  PURCHASE_OPTION_TYPE: ['OFFER', 'OFFERSET'],
  VISIBILITY_SCOPE: ['PUBLIC', 'PRIVATE'],
  AVAILABILITY_STATUS: ['AVAILABLE', 'EXPIRED'],
}

/** What the filters are compared with: one of it is enough. */
const optionValues = (option: Option, now: number): Readonly<Record<string, readonly string[]>> =>
  'set' in option ? setValues(option, now) : offerValues(option, now)

const offerValues = ({ offer }: Visible, now: number) => ({
  PRODUCT_ID: [offer.product],
  SELLER_OF_RECORD_PROFILE_ID: [sellerProfileId(offer.account)],
  PURCHASE_OPTION_TYPE: ['OFFER'],
  VISIBILITY_SCOPE: [isPrivate(offer) ? 'PRIVATE' : 'PUBLIC'],
  AVAILABILITY_STATUS: [isExpired(offer, now) ? 'EXPIRED' : 'AVAILABLE'],
})

const setValues = (visible: VisibleSet, now: number) => ({
  PRODUCT_ID: visible.members.map(({ offer }) => offer.product),
  SELLER_OF_RECORD_PROFILE_ID: [sellerProfileId(visible.set.account)],
  PURCHASE_OPTION_TYPE: ['OFFERSET'],
  VISIBILITY_SCOPE: ['PRIVATE'],
  AVAILABILITY_STATUS: [endOfSet(visible) < now ? 'EXPIRED' : 'AVAILABLE'],
})

const idOf = (option: Option): string => ('set' in option ? option.set.id : option.offer.id)

/** Offers and sets of them that the caller can accept, and expired ones when asked for by AVAILABILITY_STATUS. A product or a scope must be named. */
export const listPurchaseOptions = async (input: PurchaseOptionsInput, ctx: Context & SellerNames) => {
  const { nextToken, maxResults = 25, ...asked } = input
  const filters = new Map((input.filters ?? []).map(filter => [filter.filterType, filter.filterValues]))
  checkFilters(filters)
  const listing = ['ListPurchaseOptions', ctx.account, asked]
  const pages = discoveryPaging<string>(listing, nextToken)
  if (!filters.has('AVAILABILITY_STATUS')) filters.set('AVAILABILITY_STATUS', ['AVAILABLE'])
  const now = ctx.now().getTime()
  const options: Option[] = []
  for (const { id, kind } of await candidates(ctx, filters, pages.after)) {
    const option = await visibleOption(ctx, kind, id)
    const values = option && optionValues(option, now)
    if (values && [...filters].every(([type, wanted]) => wanted.some(value => values[type]?.includes(value))))
      options.push(option)
    if (options.length > maxResults) break
  }
  const shown = options.slice(0, maxResults)
  return {
    purchaseOptions: await Promise.all(shown.map(option => purchaseOption(option, ctx.sellerName))),
    ...(options.length > maxResults && { nextToken: pages.token(idOf(shown.at(-1) as Option)) }),
  }
}

/** What is sold with others is no option by itself. */
async function visibleOption(ctx: Context, kind: string, id: string): Promise<Option | undefined> {
  if (kind === 'OfferSet') return visibleSet(ctx, id)
  const visible = await visibleOffer(ctx.store.db, ctx.account, id)
  return visible?.offer.document.offerSet === undefined ? visible : undefined
}

function checkFilters(filters: ReadonlyMap<string, readonly string[]>): void {
  if (!filters.has('PRODUCT_ID') && !filters.has('VISIBILITY_SCOPE'))
    throw invalid('Include a PRODUCT_ID or a VISIBILITY_SCOPE filter.')
  for (const [type, values] of filters) {
    const unknown = values.find(value => filterValues[type] && !filterValues[type].includes(value))
    if (unknown) throw invalid(`${type} has no value ${unknown}; it has ${filterValues[type]?.join(', ')}.`)
  }
}

/** Released offers and sets after a position: those that name the caller, its own, and the public ones, in the order of their ids. */
async function candidates(ctx: Context, filters: ReadonlyMap<string, readonly string[]>, after = '') {
  const products = filters.get('PRODUCT_ID')
  const offers = released(ctx, 'Offer', after)
  const found = await (products ? offers.where('product', 'in', [...products]) : offers).orderBy('id').execute()
  const sets = await released(ctx, 'OfferSet', after).orderBy('id').execute()
  return [...found, ...sets].sort((one, other) => (one.id < other.id ? -1 : 1))
}

const released = ({ store, account }: Context, kind: EntityKind, after: string) =>
  store.db
    .selectFrom('market_entity')
    .select(['id', 'kind'])
    .where('kind', '=', kind)
    .where('state', '=', 'Released')
    .where('id', '>', after)
    .where(eb =>
      eb.or([
        eb('targeting', '=', 'None'),
        eb('account', '=', account),
        eb(
          'id',
          'in',
          eb.selectFrom('market_entity_account').select('entity').where('market_entity_account.account', '=', account),
        ),
      ]),
    )

async function purchaseOption(option: Option, sellerName: SellerName) {
  if ('set' in option) return setOption(option, sellerName)
  const { offer, product } = option
  const seller = await sellerInformation(offer.account, sellerName)
  return {
    purchaseOptionId: offer.id,
    catalog: 'AWSMarketplace',
    purchaseOptionType: 'OFFER',
    purchaseOptionName: offer.name,
    ...availability(offer),
    sellerOfRecord: seller,
    badges: badges(offer),
    associatedEntities: [{ product: productInformation(product, seller), offer: offerInformation(offer, seller) }],
  }
}

async function setOption(visible: VisibleSet, sellerName: SellerName) {
  const { id, name }: OfferSet = visible.set
  const { associatedEntities, sellerOfRecord, ...view } = await setView(visible, sellerName)
  const offerSet = { offerSetId: id, sellerOfRecord }
  return {
    ...{ purchaseOptionId: id, purchaseOptionType: 'OFFERSET', purchaseOptionName: name, ...view, sellerOfRecord },
    associatedEntities: associatedEntities.map(entity => ({ ...entity, offerSet })),
  }
}
