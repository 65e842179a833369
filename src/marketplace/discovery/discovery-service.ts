import { load } from '../../model/load.ts'
import type { Service } from '../../service/operation.ts'
import { getOffer, getOfferSet, getOfferTerms, listPurchaseOptions } from './discovery-offer.ts'
import { getListing, getProduct, listFulfillmentOptions } from './discovery-product.ts'
import { searchFacets, searchListings } from './discovery-search.ts'
import type { SellerName } from './listing.ts'
import type { ListingSearches } from './listing-search.ts'

export interface DiscoveryParts {
  readonly sellerName: SellerName
  readonly searches: ListingSearches
}

/** The AWS Marketplace Discovery API: what buyers look at. Each sees what is Public and what was opened to its account. */
export function createDiscoveryService({ sellerName, searches }: DiscoveryParts): Service {
  return {
    model: load('marketplace-discovery'),
    operations: {
      SearchListings: searchListings(searches),
      SearchFacets: searchFacets(searches),
      GetListing: getListing(sellerName),
      GetProduct: getProduct(sellerName),
      ListFulfillmentOptions: listFulfillmentOptions,
      GetOffer: getOffer(sellerName),
      GetOfferTerms: getOfferTerms,
      GetOfferSet: getOfferSet,
      ListPurchaseOptions: listPurchaseOptions(sellerName),
    },
    access: operation => [{ action: `aws-marketplace:${operation}`, resource: '*' }],
  }
}
