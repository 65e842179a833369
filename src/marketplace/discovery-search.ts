import type { Context } from '../service/context.ts'
import { discoveryCursor, discoveryToken, invalid } from './discovery-page.ts'
import { countFacets, countListings, findListings, type Search, type TermWeights, termWeights } from './search.ts'

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

const ratingFilters = ['MIN_AVERAGE_CUSTOMER_RATING', 'MAX_AVERAGE_CUSTOMER_RATING']

function searchOf({ searchText, filters = [] }: SearchInput, account: string): Search {
  return {
    account,
    filters: filters.map(filter => ({ type: filter.filterType, values: filter.filterValues })),
    text: searchText ?? '',
  }
}

/** No listing has reviews yet, so that a bound on the rating leaves none. */
const asksForRating = ({ filters = [] }: SearchInput): boolean =>
  filters.some(filter => ratingFilters.includes(filter.filterType))

/** Listings that hold every word of the text, best first; without a text, all. Sorting by rating keeps the order of relevance while none is rated. */
export async function searchListings(input: SearchListingsInput, ctx: Context) {
  const { nextToken, maxResults = 20, ...asked } = input
  const scope = `${ctx.account}:SearchListings:${JSON.stringify(asked)}`
  const cursor = discoveryCursor(scope, nextToken) as { weights: TermWeights; after: [number, string] } | undefined
  const weights = cursor?.weights ?? (await termWeights(ctx.store.db, input.searchText ?? ''))
  if (weights === undefined || asksForRating(input)) return { totalResults: 0, listingSummaries: [] }
  const search = searchOf(input, ctx.account)
  const ascending = input.sortOrder === 'ASCENDING'
  const page = { limit: maxResults + 1, ascending, ...(cursor && { after: cursor.after }) }
  const { found, total } = await findListings(ctx.store.db, search, weights, page)
  const shown = found.slice(0, maxResults)
  const last = shown.at(-1)
  return {
    totalResults: total,
    listingSummaries: shown.map(({ summary }) => summary),
    ...(found.length > maxResults &&
      last && { nextToken: discoveryToken(scope, { weights, after: [last.score, last.product] }) }),
  }
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
export async function searchFacets(input: SearchFacetsInput, ctx: Context) {
  const { nextToken, ...asked } = input
  const scope = `${ctx.account}:SearchFacets:${JSON.stringify(asked)}`
  const skip = (discoveryCursor(scope, nextToken) as number | undefined) ?? 0
  const types = input.facetTypes?.length ? input.facetTypes : facetTypes
  const weights = await termWeights(ctx.store.db, input.searchText ?? '')
  const empty = Object.fromEntries(types.map(type => [type, []]))
  if (weights === undefined || asksForRating(input)) return { totalResults: 0, listingFacets: empty }
  const search = searchOf(input, ctx.account)
  const counts = await countFacets(ctx.store.db, search, weights, types)
  const valuesOf = (type: string) =>
    counts
      .filter(count => count.type === type)
      .map(({ value, display, count }) => ({ value, displayName: display, count }))
  const facets = types.map(type => [type, valuesOf(type)] as const)
  if (skip > 0 && facets.every(([, values]) => values.length <= skip))
    throw invalid('There is no further page of facets.')
  return {
    totalResults: await countListings(ctx.store.db, search, weights),
    listingFacets: Object.fromEntries(facets.map(([type, values]) => [type, values.slice(skip, skip + mostValues)])),
    ...(facets.some(([, values]) => values.length > skip + mostValues) && {
      nextToken: discoveryToken(scope, skip + mostValues),
    }),
  }
}
