import { allAsk, type OwnApi, onAnything, type Service, service } from '../../service/service.ts'
import { getOffer, getOfferSet, getOfferTerms, listPurchaseOptions } from './discovery-offer.ts'
import { getListing, getProduct, listFulfillmentOptions } from './discovery-product.ts'
import { searchFacets, searchListings } from './discovery-search.ts'
import type { DiscoveryParts } from './listing-search.ts'

/** The AWS Marketplace Discovery API: what buyers look at. Each sees what is Public and what was opened to its account. */
export function createDiscoveryService(parts: DiscoveryParts): Service {
  return service<OwnApi, DiscoveryParts>({
    model: 'marketplace-discovery',
    parts: () => parts,
    operations: allAsk<OwnApi, DiscoveryParts>(onAnything('aws-marketplace'), {
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
