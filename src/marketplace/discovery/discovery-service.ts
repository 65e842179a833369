import { type AccessRule, allAsk, type OwnApi, type Service, service } from '../../service/service.ts'
import { getOffer, getOfferTerms } from './discovery-offer.ts'
import { getOfferSet } from './discovery-offer-set.ts'
import { getListing, getProduct, listFulfillmentOptions } from './discovery-product.ts'
import { searchFacets, searchListings } from './discovery-search.ts'
import type { DiscoveryParts } from './listing-search.ts'
import { listPurchaseOptions } from './purchase-option.ts'

/** The AWS Marketplace Discovery API: what buyers look at. Each sees what is Public and what was opened to its account. */
export function createDiscoveryService(parts: DiscoveryParts): Service {
  return service<OwnApi, DiscoveryParts>({
    model: 'marketplace-discovery',
    parts: () => parts,
    operations: allAsk<OwnApi, DiscoveryParts>(onCatalog, {
      SearchListings: searchListings,
      SearchFacets: searchFacets,
      GetListing: getListing,
      GetProduct: getProduct,
      ListFulfillmentOptions: listFulfillmentOptions,
      GetOffer: getOffer,
      GetOfferTerms: getOfferTerms,
      GetOfferSet: getOfferSet,
      ListPurchaseOptions: listPurchaseOptions,
    }),
  })
}

/** Where an input names what is looked at; searches look at all listings. */
const named: readonly (readonly [member: string, type: string])[] = [
  ['listingId', 'listing'],
  ['productId', 'product'],
  ['offerSetId', 'offerSet'],
  ['offerId', 'offer'],
]

/** The ARNs that AWS's own policies name (AWS Managed Policy Reference Guide, AWSMarketplaceRead-only). */
const onCatalog: AccessRule<Readonly<Record<string, unknown>>> = (input, _ctx, operation) => {
  const [member, type] = named.find(([name]) => typeof input[name] === 'string') ?? []
  const kind = type ?? (operation === 'ListPurchaseOptions' ? 'purchaseOption' : 'listing')
  const id = member === undefined ? '*' : String(input[member])
  const resource = `arn:aws:aws-marketplace:::catalog/AWSMarketplace/${kind}/${id}`
  return [{ action: `aws-marketplace:${operation}`, resource }]
}
