import type { Context } from '../../service/context.ts'
import { never } from '../../store/schema/market-tables.ts'
import { scheduleView } from '../billing/installment.ts'
import { notFound } from '../catalog/catalog-check.ts'
import type { Dimension } from '../dimension.ts'
import { dimensionsOf } from '../dimension.ts'
import { sellerProfileId } from '../identifier.ts'
import { isPrivate, type Offer } from '../offer-document.ts'
import type { Product } from '../product.ts'
import { renewalView } from '../renewal-view.ts'
import { endOfDay, isShown, type RenewalTerm, type ShownTerm, standardContract, type Term, termId } from '../term.ts'
import { discoveryPaging, invalid } from './discovery-page.ts'
import { pricingModelOf, type SellerName, type SellerNames } from './listing.ts'
import { isExpired, visibleOffer } from './visibility.ts'

type Visible = { offer: Offer; product: Product }

const sellerInformation = async (account: string, sellerName: SellerName) => ({
  sellerProfileId: sellerProfileId(account),
  displayName: await sellerName(account),
})

async function requireOffer(id: string, ctx: Context): Promise<Visible> {
  const visible = await visibleOffer(ctx.store.db, ctx.account, id)
  if (!visible) throw notFound(`Offer ${id}`)
  return visible
}

const availability = (offer: Offer) => ({
  availableFromTime: new Date(offer.released),
  ...(offer.ends < never && { expirationTime: new Date(offer.ends) }),
})

const badges = (offer: Offer) => [
  ...(isPrivate(offer) ? [{ badgeType: 'PRIVATE_PRICING', displayName: 'Private pricing' }] : []),
]

const productInformation = (product: Product, manufacturer: { sellerProfileId: string; displayName: string }) => ({
  productId: product.id,
  productName: product.document.information.ProductTitle ?? product.id,
  manufacturer,
})

export const getOffer = async (input: { offerId: string }, ctx: Context & SellerNames) => {
  const { offer, product } = await requireOffer(input.offerId, ctx)
  const seller = await sellerInformation(offer.account, ctx.sellerName)
  return {
    offerId: offer.id,
    catalog: 'AWSMarketplace',
    offerName: offer.name,
    agreementProposalId: offer.document.proposal,
    ...availability(offer),
    sellerOfRecord: seller,
    pricingModel: pricingModelOf(offer.document.pricingModel ?? ''),
    badges: badges(offer),
    associatedEntities: [{ product: productInformation(product, seller) }],
  }
}

/** Offer sets bundle offers of several products; this marketplace sells one product an offer, so that there are none. */
export async function getOfferSet(input: { offerSetId: string }, _ctx: Context): Promise<never> {
  throw notFound(`Offer set ${input.offerSetId}`)
}

/** The terms with the ids that an agreement request names. */
export async function getOfferTerms(input: { offerId: string; maxResults?: number; nextToken?: string }, ctx: Context) {
  const { nextToken, maxResults = 25, ...asked } = input
  const listing = ['GetOfferTerms', ctx.account, asked]
  const pages = discoveryPaging<number>(listing, nextToken)
  const from = pages.after ?? 0
  const { offer, product } = await requireOffer(input.offerId, ctx)
  const dimensions = dimensionsOf(product.document.versions.map(version => version.instanceTypes))
  const terms = offer.document.terms.filter(isShown)
  return {
    offerTerms: terms.slice(from, from + maxResults).map(term => offerTerm(offer.id, term, dimensions)),
    ...(terms.length > from + maxResults && { nextToken: pages.token(from + maxResults) }),
  }
}

function offerTerm(offer: string, term: ShownTerm, dimensions: readonly Dimension[]) {
  const priced = (key: string) => {
    const dimension = dimensions.find(each => each.Key === key)
    return {
      dimensionKey: key,
      displayName: dimension?.Name ?? key,
      ...(dimension && { description: dimension.Description }),
      unit: dimension?.Unit ?? 'HostHrs',
    }
  }
  const grants = (given: readonly { DimensionKey: string; MaxQuantity?: number }[]) =>
    given.map(({ DimensionKey, MaxQuantity }) => ({
      ...priced(DimensionKey),
      ...(MaxQuantity !== undefined && { maxQuantity: MaxQuantity }),
    }))
  const common = { id: termId(offer, term), type: term.Type }
  switch (term.Type) {
    case 'UsageBasedPricingTerm': {
      const rateCard = term.RateCards[0].RateCard.map(rate => ({ ...priced(rate.DimensionKey), price: rate.Price }))
      return { usageBasedPricingTerm: { ...common, currencyCode: term.CurrencyCode, rateCards: [{ rateCard }] } }
    }
    case 'FreeTrialPricingTerm':
      return { freeTrialPricingTerm: { ...common, duration: term.Duration, grants: grants(term.Grants) } }
    case 'FixedUpfrontPricingTerm': {
      const { CurrencyCode: currencyCode, Duration: duration, Price: price, Grants } = term
      return { fixedUpfrontPricingTerm: { ...common, currencyCode, duration, price, grants: grants(Grants) } }
    }
    case 'LegalTerm': {
      const documents = term.Documents.map(document => ({
        type: document.Type,
        url: document.Url ?? standardContract,
        ...(document.Version && { version: document.Version }),
      }))
      return { legalTerm: { ...common, documents } }
    }
    case 'SupportTerm':
      return { supportTerm: { ...common, refundPolicy: term.RefundPolicy } }
    case 'ValidityTerm':
      return { validityTerm: { ...common, ...validity(term) } }
    case 'PaymentScheduleTerm':
      return { paymentScheduleTerm: { ...common, ...scheduleView(term) } }
    case 'RenewalTerm':
      return { renewalTerm: { ...common, ...renewalView(term), ...increaseView(term) } }
  }
}

const validity = ({
  AgreementDuration: duration,
  AgreementEndDate: date,
}: Extract<Term, { Type: 'ValidityTerm' }>) => ({
  ...(duration && { agreementDuration: duration }),
  ...(date && { agreementEndDate: new Date(endOfDay(date)) }),
})

/** The Discovery API has words of its own for it. */
function increaseView({ PriceIncrease: increase }: RenewalTerm) {
  if (!increase) return {}
  if (increase.Type === 'FixedPercentage')
    return { priceIncrease: { fixedPercentage: { percentageValue: increase.Value } } }
  const range = {
    minimumValue: increase.MinValue,
    maximumValue: increase.MaxValue,
    defaultValue: increase.DefaultValue,
  }
  return { priceIncrease: { percentageRange: range } }
}

interface PurchaseOptionsInput {
  readonly filters?: readonly { readonly filterType: string; readonly filterValues: readonly string[] }[]
  readonly maxResults?: number
  readonly nextToken?: string
}

const filterValues: Readonly<Record<string, readonly string[]>> = {
  PURCHASE_OPTION_TYPE: ['OFFER', 'OFFERSET'],
  VISIBILITY_SCOPE: ['PUBLIC', 'PRIVATE'],
  AVAILABILITY_STATUS: ['AVAILABLE', 'EXPIRED'],
}

/** What the filters are compared with. */
const optionValues = (offer: Offer, now: number): Readonly<Record<string, string>> => ({
  PRODUCT_ID: offer.product,
  SELLER_OF_RECORD_PROFILE_ID: sellerProfileId(offer.account),
  PURCHASE_OPTION_TYPE: 'OFFER',
  VISIBILITY_SCOPE: isPrivate(offer) ? 'PRIVATE' : 'PUBLIC',
  AVAILABILITY_STATUS: isExpired(offer, now) ? 'EXPIRED' : 'AVAILABLE',
})

/** Offers that the caller can accept, and expired ones when asked for by AVAILABILITY_STATUS. A product or a scope must be named. */
export const listPurchaseOptions = async (input: PurchaseOptionsInput, ctx: Context & SellerNames) => {
  const { nextToken, maxResults = 25, ...asked } = input
  const filters = new Map((input.filters ?? []).map(filter => [filter.filterType, filter.filterValues]))
  checkFilters(filters)
  const listing = ['ListPurchaseOptions', ctx.account, asked]
  const pages = discoveryPaging<string>(listing, nextToken)
  const after = pages.after
  if (!filters.has('AVAILABILITY_STATUS')) filters.set('AVAILABILITY_STATUS', ['AVAILABLE'])
  const now = ctx.now().getTime()
  const options: Visible[] = []
  for (const id of await candidates(ctx, filters, after)) {
    const visible = await visibleOffer(ctx.store.db, ctx.account, id)
    const values = visible && optionValues(visible.offer, now)
    if (values && [...filters].every(([type, wanted]) => wanted.includes(values[type] ?? ''))) options.push(visible)
    if (options.length > maxResults) break
  }
  const shown = options.slice(0, maxResults)
  return {
    purchaseOptions: await Promise.all(shown.map(visible => purchaseOption(visible, ctx.sellerName))),
    ...(options.length > maxResults && { nextToken: pages.token(shown.at(-1)?.offer.id as string) }),
  }
}

function checkFilters(filters: ReadonlyMap<string, readonly string[]>): void {
  if (!filters.has('PRODUCT_ID') && !filters.has('VISIBILITY_SCOPE'))
    throw invalid('Include a PRODUCT_ID or a VISIBILITY_SCOPE filter.')
  for (const [type, values] of filters) {
    const unknown = values.find(value => filterValues[type] && !filterValues[type].includes(value))
    if (unknown) throw invalid(`${type} has no value ${unknown}; it has ${filterValues[type]?.join(', ')}.`)
  }
}

/** Ids of released offers after a position: those that name the caller, its own, and the public ones, in the order of their ids. */
async function candidates(
  ctx: Context,
  filters: ReadonlyMap<string, readonly string[]>,
  after = '',
): Promise<string[]> {
  const products = filters.get('PRODUCT_ID')
  let query = ctx.store.db
    .selectFrom('market_entity')
    .select('id')
    .where('kind', '=', 'Offer')
    .where('state', '=', 'Released')
    .where('id', '>', after)
    .where(eb =>
      eb.or([
        eb('targeting', '=', 'None'),
        eb('account', '=', ctx.account),
        eb(
          'id',
          'in',
          eb
            .selectFrom('market_entity_account')
            .select('entity')
            .where('market_entity_account.account', '=', ctx.account),
        ),
      ]),
    )
  if (products) query = query.where('product', 'in', [...products])
  return (await query.orderBy('id').execute()).map(row => row.id)
}

async function purchaseOption({ offer, product }: Visible, sellerName: SellerName) {
  const seller = await sellerInformation(offer.account, sellerName)
  return {
    purchaseOptionId: offer.id,
    catalog: 'AWSMarketplace',
    purchaseOptionType: 'OFFER',
    purchaseOptionName: offer.name,
    ...availability(offer),
    sellerOfRecord: seller,
    badges: badges(offer),
    associatedEntities: [
      {
        product: productInformation(product, seller),
        offer: { offerId: offer.id, offerName: offer.name, sellerOfRecord: seller },
      },
    ],
  }
}
