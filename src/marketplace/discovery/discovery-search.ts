import type { Context } from '../../service/context.ts'
import { discoveryPaging, invalid } from './discovery-page.ts'
import type { ListingSummary } from './listing.ts'
import type { Hit, Search, TermWeights } from './listing-query.ts'
import type { DiscoveryParts } from './listing-search.ts'

interface SearchInput {
  readonly searchText?: string
  readonly filters?: readonly { readonly filterType: string; readonly filterValues: readonly string[] }[]
  readonly nextToken?: string
}

interface SearchListingsInput extends SearchInput {
  readonly maxResults?: number
  readonly sortBy?: 'RELEVANCE' | 'AVERAGE_CUSTOMER_RATING'
  readonly sortOrder?: 'ASCENDING' | 'DESCENDING'
}

interface SearchFacetsInput extends SearchInput {
  readonly facetTypes?: readonly string[]
}

const leastRating = 'MIN_AVERAGE_CUSTOMER_RATING'
const mostRating = 'MAX_AVERAGE_CUSTOMER_RATING'

function searchOf({ filters = [] }: SearchInput, account: string): Search {
  const isBound = ({ filterType }: { filterType: string }) => filterType === leastRating || filterType === mostRating
  const bounds = new Map(filters.filter(isBound).map(filter => [filter.filterType, boundOf(filter)]))
  return {
    account,
    filters: filters
      .filter(filter => !isBound(filter))
      .map(filter => ({ type: filter.filterType, values: filter.filterValues })),
    ...(bounds.size > 0 && { rating: { least: bounds.get(leastRating) ?? 0, most: bounds.get(mostRating) ?? 500 } }),
  }
}

/** Stars, with or without decimals, in hundredths. */
function boundOf({ filterType, filterValues }: { filterType: string; filterValues: readonly string[] }): number {
  const [value = ''] = filterValues
  const stars = Number(value)
  if (filterValues.length !== 1 || !/^\d(\.\d+)?$/.test(value) || stars > 5)
    throw invalid(`${filterType} has one value, a number of stars from 0 to 5.`)
  return Math.round(stars * 100)
}

/** Listings that hold every word of the text, best first; without a text, all. */
export const searchListings = async (input: SearchListingsInput, ctx: Context & DiscoveryParts) => {
  const { nextToken, maxResults = 20, ...asked } = input
  const listing = ['SearchListings', ctx.account, asked]
  const pages = discoveryPaging<{ weights: TermWeights; after: [number, string] }>(listing, nextToken)
  const cursor = pages.after
  const search = searchOf(input, ctx.account)
  const listings = await ctx.searches.current()
  const weights = cursor?.weights ?? (await listings.weigh(input.searchText ?? ''))
  if (weights === undefined) return { totalResults: 0, listingSummaries: [] }
  const order = { ascending: input.sortOrder === 'ASCENDING', byRating: input.sortBy === 'AVERAGE_CUSTOMER_RATING' }
  const page = { limit: maxResults + 1, ...order, ...(cursor && { after: cursor.after }) }
  const { found, total } = await listings.find(search, weights, page)
  const shown = found.slice(0, maxResults)
  const last = shown.at(-1)
  ctx.interest.note(
    'IMPRESSION',
    ctx.account,
    shown.map(({ product }) => product),
  )
  return {
    totalResults: total,
    listingSummaries: await summariesOf(ctx, shown),
    ...(found.length > maxResults &&
      last && { nextToken: pages.token({ weights, after: [last.score, last.product] }) }),
  }
}

/** In the order of the hits. One that was taken out meanwhile is left out. */
async function summariesOf({ store }: Context, hits: readonly Hit[]): Promise<ListingSummary[]> {
  if (hits.length === 0) return []
  const rows = await store.db
    .selectFrom('market_listing')
    .select(['product', 'document'])
    .where(
      'product',
      'in',
      hits.map(hit => hit.product),
    )
    .execute()
  const documents = new Map(rows.map(row => [row.product, row.document]))
  return hits.flatMap(({ product }) => JSON.parse(documents.get(product) ?? '[]') as ListingSummary)
}

const facetTypes = [
  'CATEGORY',
  'PUBLISHER',
  'FULFILLMENT_OPTION_TYPE',
  'PRICING_MODEL',
  'PRICING_UNIT',
  'DEPLOYED_ON_AWS',
  'NUMBER_OF_PRODUCTS',
  'AVERAGE_CUSTOMER_RATING',
]
const mostValues = 100

/** How many of the listings found have each value of each facet, up to 100 values a facet and page. */
export const searchFacets = async (input: SearchFacetsInput, ctx: Context & DiscoveryParts) => {
  const { nextToken, ...asked } = input
  const listing = ['SearchFacets', ctx.account, asked]
  const pages = discoveryPaging<number>(listing, nextToken)
  const skip = pages.after ?? 0
  const types = input.facetTypes?.length ? input.facetTypes : facetTypes
  const search = searchOf(input, ctx.account)
  const listings = await ctx.searches.current()
  const weights = await listings.weigh(input.searchText ?? '')
  const empty = Object.fromEntries(types.map(type => [type, []]))
  if (weights === undefined) return { totalResults: 0, listingFacets: empty }
  const { total, facets: counts } = await listings.count(search, weights, types)
  const valuesOf = (type: string) =>
    counts
      .filter(count => count.type === type)
      .map(({ value, display, count }) => ({ value, displayName: display, count }))
  const facets = types.map(type => [type, valuesOf(type)] as const)
  if (skip > 0 && facets.every(([, values]) => values.length <= skip))
    throw invalid('There is no further page of facets.')
  return {
    totalResults: total,
    listingFacets: Object.fromEntries(facets.map(([type, values]) => [type, values.slice(skip, skip + mostValues)])),
    ...(facets.some(([, values]) => values.length > skip + mostValues) && {
      nextToken: pages.token(skip + mostValues),
    }),
  }
}
