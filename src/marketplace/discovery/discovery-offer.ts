import type { Context } from '../../service/context.ts'
import { never } from '../../store/schema/market-columns.ts'
import { scheduleView } from '../billing/installment.ts'
import { notFound } from '../catalog/catalog-check.ts'
import type { Dimension } from '../dimension.ts'
import { dimensionsOf } from '../dimension.ts'
import { sellerProfileId } from '../identifier.ts'
import { isPrivate, type Offer } from '../offer-document.ts'
import type { Product } from '../product.ts'
import { renewalView } from '../renewal-view.ts'
import { endOfDay, isShown, type RenewalTerm, type ShownTerm, standardContract, type Term, termId } from '../term.ts'
import { discoveryPaging } from './discovery-page.ts'
import { pricingModelOf, type SellerName, type SellerNames } from './listing.ts'
import { visibleOffer } from './visibility.ts'

/** An offer that the caller may see, and what it is about. */
export type Visible = { readonly offer: Offer; readonly product: Product }

export const sellerInformation = async (account: string, sellerName: SellerName) => ({
  sellerProfileId: sellerProfileId(account),
  displayName: await sellerName(account),
})

async function requireOffer(id: string, ctx: Context): Promise<Visible> {
  const visible = await visibleOffer(ctx.store.db, ctx.account, id)
  if (!visible) throw notFound(`Offer ${id}`)
  return visible
}

export const availability = (offer: Offer) => ({
  availableFromTime: new Date(offer.released),
  ...(offer.ends < never && { expirationTime: new Date(offer.ends) }),
})

export const badges = (offer: Offer) => [
  ...(isPrivate(offer) ? [{ badgeType: 'PRIVATE_PRICING', displayName: 'Private pricing' }] : []),
]

export const productInformation = (
  product: Product,
  manufacturer: { sellerProfileId: string; displayName: string },
) => ({
  productId: product.id,
  productName: product.document.information.ProductTitle ?? product.id,
  manufacturer,
})

type SellerInformation = Awaited<ReturnType<typeof sellerInformation>>

/** Which set an offer is sold with. */
export const offerSetInformation = (offerSetId: string | undefined, sellerOfRecord: SellerInformation) =>
  offerSetId === undefined ? {} : { offerSet: { offerSetId, sellerOfRecord } }

export const offerInformation = (offer: Offer, sellerOfRecord: SellerInformation) => ({
  ...{ offerId: offer.id, offerName: offer.name, sellerOfRecord },
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
    associatedEntities: [
      { product: productInformation(product, seller), ...offerSetInformation(offer.document.offerSet, seller) },
    ],
  }
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
