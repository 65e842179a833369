import { useQuery } from '@tanstack/react-query'
import { askMarketplace } from '../api/marketplace.ts'
import type { Page } from '../kit/use-pages.ts'

/** Members of the Marketplace Discovery API that the console shows. */
interface Named {
  readonly displayName: string
}

interface Seller extends Named {
  readonly sellerProfileId: string
}

export interface ReviewSummary {
  readonly reviewSourceSummaries: readonly { readonly averageRating: string; readonly totalReviews: number }[]
}

export interface ListingSummary {
  readonly listingId: string
  readonly listingName: string
  readonly publisher: Seller
  readonly shortDescription: string
  readonly logoThumbnailUrl: string
  readonly categories: readonly (Named & { readonly categoryId: string })[]
  readonly fulfillmentOptionSummaries: readonly (Named & { readonly fulfillmentOptionType: string })[]
  readonly badges: readonly (Named & { readonly badgeType: string })[]
  readonly reviewSummary?: ReviewSummary
  readonly pricingModels: readonly Named[]
  readonly associatedEntities: readonly {
    readonly product?: { readonly productId: string }
    readonly offer?: { readonly offerId: string }
  }[]
}

export interface Resource {
  readonly resourceType: string
  readonly contentType: string
  readonly value: string
  readonly displayName?: string
}

export interface Listing extends ListingSummary {
  readonly longDescription: string
  readonly highlights: readonly string[]
  readonly resources: readonly Resource[]
}

export interface Facet extends Named {
  readonly value: string
  readonly count: number
}

export interface SearchFilter {
  readonly filterType: string
  readonly filterValues: readonly string[]
}

/** What is searched for: by text, which may be empty, and by filters. */
export interface Search {
  readonly text: string
  readonly filters: readonly SearchFilter[]
}

export interface FulfillmentOption {
  readonly fulfillmentOptionId: string
  readonly fulfillmentOptionType: string
  readonly fulfillmentOptionDisplayName: string
  readonly fulfillmentOptionVersion?: string
  readonly releaseNotes?: string
  readonly usageInstructions?: string
  readonly recommendation?: Readonly<Record<string, string>>
}

export interface PurchaseOption {
  readonly purchaseOptionId: string
  readonly purchaseOptionName?: string
  readonly expirationTime?: number
  readonly badges?: readonly Named[]
}

export interface Rate {
  readonly dimensionKey: string
  readonly displayName: string
  readonly unit: string
  readonly price: string
}

/** One term of an offer; a union by the name of its member. */
export interface OfferTerm {
  readonly usageBasedPricingTerm?: {
    readonly id: string
    readonly currencyCode: string
    readonly rateCards: readonly { readonly rateCard: readonly Rate[] }[]
  }
  readonly freeTrialPricingTerm?: {
    readonly id: string
    readonly duration?: string
    readonly grants: readonly { readonly dimensionKey: string; readonly unit: string; readonly maxQuantity?: number }[]
  }
  readonly fixedUpfrontPricingTerm?: {
    readonly id: string
    readonly currencyCode: string
    readonly price: string
    readonly duration?: string
  }
  readonly legalTerm?: {
    readonly id: string
    readonly documents: readonly { readonly type: string; readonly url: string; readonly version?: string }[]
  }
  readonly supportTerm?: { readonly id: string; readonly refundPolicy: string }
  readonly renewalTerm?: { readonly id: string }
}

const ask = <Answer>(operation: string, input: object): Promise<Answer> =>
  askMarketplace<Answer>('POST', `/2026-02-05/${operation}`, input)

const searchInput = ({ text, filters }: Search) => ({
  ...(text !== '' && { searchText: text }),
  ...(filters.length > 0 && { filters }),
})

export interface SearchPage extends Page<ListingSummary> {
  readonly total: number
}

/** A page of listings, best first or by their rating. */
export async function searchListings(
  search: Search,
  byRating: boolean,
  nextToken: string | undefined,
): Promise<SearchPage> {
  const sortBy = byRating ? 'AVERAGE_CUSTOMER_RATING' : 'RELEVANCE'
  const found = await ask<{ totalResults: number; listingSummaries: ListingSummary[]; nextToken?: string }>(
    'searchListings',
    { ...searchInput(search), sortBy, maxResults: 24, ...(nextToken !== undefined && { nextToken }) },
  )
  return { items: found.listingSummaries, total: found.totalResults, nextToken: found.nextToken }
}

export const useFacets = (search: Search) =>
  useQuery({
    queryKey: ['facets', search],
    queryFn: async () =>
      (await ask<{ listingFacets: Record<string, Facet[]> }>('searchFacets', searchInput(search))).listingFacets,
    placeholderData: before => before,
  })

const mostSimilar = 4

/** The best rated others of a product's own categories; of all of machine learning where it names no narrower one. */
export const useSimilarListings = ({ listingId, categories }: ListingSummary) =>
  useQuery({
    queryKey: ['similar', listingId],
    async queryFn() {
      const narrow = categories.filter(({ displayName }) => displayName !== 'Machine Learning')
      const filterValues = (narrow.length > 0 ? narrow : categories).map(({ categoryId }) => categoryId)
      const filters = filterValues.length > 0 ? [{ filterType: 'CATEGORY', filterValues }] : []
      const input = { filters, sortBy: 'AVERAGE_CUSTOMER_RATING', maxResults: mostSimilar + 1 }
      const { listingSummaries } = await ask<{ listingSummaries: ListingSummary[] }>('searchListings', input)
      return listingSummaries.filter(each => each.listingId !== listingId).slice(0, mostSimilar)
    },
  })

export const useMarketListing = (listingId: string) =>
  useQuery({ queryKey: ['listing', listingId], queryFn: () => ask<Listing>('getListing', { listingId }) })

/** Versions that can be had now, newest first. */
export const useFulfillmentOptions = (productId: string | undefined) =>
  useQuery({
    queryKey: ['fulfillment-options', productId],
    enabled: productId !== undefined,
    queryFn: async () => {
      const { fulfillmentOptions } = await ask<{ fulfillmentOptions: Record<string, FulfillmentOption>[] }>(
        'listFulfillmentOptions',
        { productId, maxResults: 50 },
      )
      return fulfillmentOptions.flatMap(option => Object.values(option))
    },
  })

/** The offers of a product that this account may accept, its private ones among them. */
export const usePurchaseOptions = (productId: string | undefined) =>
  useQuery({
    queryKey: ['purchase-options', productId],
    enabled: productId !== undefined,
    queryFn: async () => {
      const filters = [{ filterType: 'PRODUCT_ID', filterValues: [productId] }]
      return (await ask<{ purchaseOptions?: PurchaseOption[] }>('listPurchaseOptions', { filters })).purchaseOptions
    },
  })

export const useOfferTerms = (offerId: string | undefined) =>
  useQuery({
    queryKey: ['offer-terms', offerId],
    enabled: offerId !== undefined,
    queryFn: async () => (await ask<{ offerTerms: OfferTerm[] }>('getOfferTerms', { offerId })).offerTerms,
  })

export const getOffer = (offerId: string) =>
  ask<{ agreementProposalId: string; sellerOfRecord: Seller }>('getOffer', { offerId })

/** What a product is called; undefined for one that may no longer be seen. */
export const productName = (productId: string): Promise<string | undefined> =>
  ask<{ productName: string }>('getProduct', { productId }).then(
    ({ productName: name }) => name,
    error => {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined
      throw error
    },
  )
