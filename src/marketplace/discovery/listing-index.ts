import { keepBest } from './best-hits.ts'
import { rarity, ratingWeight } from './hit-ranking.ts'
import type { FacetCount, Hit, Page, Search, TermWeights } from './listing-query.ts'
import { createPostingLists, grown } from './posting-list.ts'
import { searchTerms } from './search-term.ts'

/** What the index knows of a listing. */
export interface IndexedListing {
  readonly product: string
  readonly seller: string
  readonly isPublic: boolean
  /** In hundredths; 0 for none. */
  readonly rating: number
}

export interface Facet {
  readonly type: string
  readonly value: string
  readonly display: string
}

/** Who may see what: the caller, and the Limited products that were opened to it. */
export interface Viewer {
  readonly account: string
  readonly opened: readonly string[]
}

/**
 * All listings as numbers in memory. A change makes a new number and leaves the old one dead, so that lists only grow; when many are
 * dead, the index is made anew.
 */
export interface ListingIndex {
  readonly live: number
  readonly dead: number
  /** Adds a listing and tells its number. First all that there are, in the order of product ids, then changes. */
  add(listing: IndexedListing): number
  remove(product: string): void
  numberOf(product: string): number | undefined
  facet(listing: number, facet: Facet): void
  readonly postings: ReturnType<typeof createPostingLists>
  weigh(text: string): TermWeights | undefined
  find(search: Search, viewer: Viewer, weights: TermWeights, page: Page): { total: number; found: Hit[] }
  count(
    search: Search,
    viewer: Viewer,
    weights: TermWeights,
    types: readonly string[],
  ): { total: number; facets: FacetCount[] }
}

const dead = 0
const limited = 1
const open = 2
const anyRating = { least: 0, most: 500 }

export function createListingIndex(): ListingIndex {
  /** By number; empty for the dead. */
  const products: string[] = []
  let sellers = new Int32Array(1024)
  let ratings = new Int32Array(1024)
  let states = new Int32Array(1024)
  const sellerIds = new Map<string, number>()
  const numbers = new Map<string, number>()
  /** Numbers of the living in the order of product ids, and where each stands in it. */
  const order: number[] = []
  let ranks = new Int32Array(1024)
  let ranksKnown = false
  const facetIds = new Map<string, number>()
  const facets: Facet[] = []
  const facetsOf: number[][] = []
  /** By facet: the listings that have it, the dead among them, and how many that everybody sees are alive. */
  const having: number[][] = []
  const openCounts: number[] = []
  const limitedOnes = new Set<number>()
  const postings = createPostingLists()

  function placeOf(product: string): number {
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((products[order[middle] as number] as string) < product) low = middle + 1
      else high = middle
    }
    return low
  }

  function rankAll(): void {
    if (ranksKnown) return
    while (ranks.length < products.length) ranks = grown(ranks)
    for (let rank = 0; rank < order.length; rank++) ranks[order[rank] as number] = rank
    ranksKnown = true
  }

  function remove(product: string): void {
    const number = numbers.get(product)
    if (number === undefined) return
    order.splice(placeOf(product), 1)
    products[number] = ''
    if (states[number] === open)
      for (const id of facetsOf[number] as number[]) openCounts[id] = (openCounts[id] as number) - 1
    limitedOnes.delete(number)
    states[number] = dead
    facetsOf[number] = []
    numbers.delete(product)
    ranksKnown = false
  }

  /** Listings of which no other can meet a filter, the dead among them: those with a value of the filter that fewest meet. */
  function candidates({ filters }: Search): Iterable<number> {
    const lists = filters.map(({ type, values }) => values.map(value => having[idOf(type, value) ?? -1] ?? []))
    const sizeOf = (of: readonly (readonly number[])[]) => of.reduce((sum, { length }) => sum + length, 0)
    const fewest = lists.toSorted((one, other) => sizeOf(one) - sizeOf(other))[0]
    if (!fewest) return order
    return fewest.length === 1 ? (fewest[0] as number[]) : new Set(fewest.flat())
  }

  const idOf = (type: string, value: string): number | undefined => facetIds.get(JSON.stringify([type, value]))

  /** Calls for every living listing that holds all words, with its score; without words, at least for those that meet the filters. */
  function eachMatch(search: Search, weights: TermWeights, visit: (number: number, score: number) => void): void {
    const terms = Object.entries(weights)
    if (terms.length === 0) {
      for (const number of candidates(search)) if (states[number] !== dead) visit(number, 0)
      return
    }
    const lists = terms.map(([term, weight]) => ({ weight, list: postings.of(term) }))
    lists.sort((one, other) => one.list.count - other.list.count)
    const [rarest, ...others] = lists
    if (others.length === 0) {
      rarest?.list.each((number, weight) => {
        if (states[number] !== dead) visit(number, weight * rarest.weight)
      })
      return
    }
    const scores = new Map<number, number>()
    rarest?.list.each((number, weight) => {
      if (states[number] !== dead) scores.set(number, weight * rarest.weight)
    })
    for (const { weight, list } of others) narrow(scores, list, weight)
    for (const [number, score] of scores) visit(number, score)
  }

  function seenBy({ account, opened: products }: Viewer): (number: number) => boolean {
    const opened = new Set(products.map(product => numbers.get(product)))
    const own = sellerIds.get(account)
    return number => states[number] === open || sellers[number] === own || opened.has(number)
  }

  /** Counts of facets among all that a viewer sees: known beforehand, but for the few listings that not everybody sees. */
  function countAll(viewer: Viewer): { total: number; counts: readonly number[] } {
    const isSeen = seenBy(viewer)
    const counts = [...openCounts]
    let total = order.length - limitedOnes.size
    for (const number of limitedOnes) {
      if (!isSeen(number)) continue
      total++
      for (const id of facetsOf[number] as number[]) counts[id] = (counts[id] as number) + 1
    }
    return { total, counts }
  }

  function countMatching(search: Search, viewer: Viewer, weights: TermWeights) {
    const counts: number[] = new Array(facets.length).fill(0)
    let total = 0
    matching(search, viewer, weights, number => {
      total++
      for (const id of facetsOf[number] as number[]) counts[id] = (counts[id] as number) + 1
    })
    return { total, counts }
  }

  function matching(search: Search, viewer: Viewer, weights: TermWeights, visit: (n: number, score: number) => void) {
    const isSeen = seenBy(viewer)
    const passes = filterOf(search, facetIds, facetsOf)
    const { least, most } = search.rating ? { ...search.rating, least: Math.max(1, search.rating.least) } : anyRating
    eachMatch(search, weights, (number, score) => {
      const rating = ratings[number] as number
      if (isSeen(number) && rating >= least && rating <= most && passes(number)) visit(number, score)
    })
  }

  return {
    get live() {
      return order.length
    },
    get dead() {
      return products.length - order.length
    },
    postings,
    numberOf: product => numbers.get(product),
    add(listing) {
      remove(listing.product)
      const number = products.push(listing.product) - 1
      if (number === states.length) [sellers, ratings, states] = [grown(sellers), grown(ratings), grown(states)]
      sellers[number] = sellerIds.get(listing.seller) ?? sellerIds.size
      sellerIds.set(listing.seller, sellers[number])
      ratings[number] = listing.rating
      states[number] = listing.isPublic ? open : limited
      if (!listing.isPublic) limitedOnes.add(number)
      numbers.set(listing.product, number)
      facetsOf.push([])
      const last = order.at(-1)
      if (last === undefined || (products[last] as string) < listing.product) order.push(number)
      else order.splice(placeOf(listing.product), 0, number)
      ranksKnown = false
      return number
    },
    remove,
    facet(number, facet) {
      const id = idOf(facet.type, facet.value) ?? facets.push(facet) - 1
      if (id === having.length) {
        facetIds.set(JSON.stringify([facet.type, facet.value]), id)
        having.push([])
        openCounts.push(0)
      }
      facetsOf[number]?.push(id)
      having[id]?.push(number)
      if (states[number] === open) openCounts[id] = (openCounts[id] as number) + 1
    },
    weigh(text) {
      const terms = [...new Set(searchTerms(text))]
      const counts = terms.map(term => [term, postings.of(term).count] as const)
      if (counts.some(([, count]) => count === 0)) return undefined
      return Object.fromEntries(counts.map(([term, count]) => [term, rarity(order.length, count)]))
    },
    find(search, viewer, weights, { limit, ascending, byRating, after }) {
      rankAll()
      const best = keepBest(limit, ascending)
      const last = after && { score: after[0], rank: rankAfter(after[1]) }
      let total = 0
      matching(search, viewer, weights, (number, words) => {
        total++
        const score = byRating ? (ratings[number] as number) * ratingWeight + words : words
        const rank = ranks[number] as number
        const beyond = !last || (score === last.score ? rank >= last.rank : score > last.score === ascending)
        if (beyond) best.offer(number, score, rank)
      })
      const found = best.sorted().map(({ item, score }) => ({
        product: products[item] as string,
        score,
      }))
      return { total: found.length > 0 ? total : 0, found }
    },
    count(search, viewer, weights, types) {
      const isWhole = search.filters.length === 0 && !search.rating && Object.keys(weights).length === 0
      const { total, counts } = isWhole ? countAll(viewer) : countMatching(search, viewer, weights)
      const found = facets.map((facet, id) => ({ ...facet, count: counts[id] as number }))
      const asked = found.filter(({ type, count }) => count > 0 && types.includes(type))
      return {
        total,
        facets: asked.sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1)),
      }
    },
  }

  /** The rank at which what comes after a product begins; the product itself may be gone. */
  function rankAfter(product: string): number {
    const place = placeOf(product)
    return (products[order[place] ?? -1] === product ? 1 : 0) + place
  }
}

/** Leaves those that a further word's list holds, with its weight added. Both are in rising order, but maps are looked up as fast. */
function narrow(
  scores: Map<number, number>,
  list: { each(visit: (listing: number, weight: number) => void): void },
  termWeight: number,
): void {
  const kept = new Map<number, number>()
  list.each((number, weight) => {
    const score = scores.get(number)
    if (score !== undefined) kept.set(number, score + weight * termWeight)
  })
  scores.clear()
  for (const [number, score] of kept) scores.set(number, score)
}

/** Whether a listing has one of the values of every filter: a bit for each filter. */
function filterOf(
  { filters }: Search,
  facetIds: ReadonlyMap<string, number>,
  facetsOf: readonly (readonly number[])[],
): (number: number) => boolean {
  if (filters.length === 0) return () => true
  const bits = new Map<number, number>()
  for (const [at, { type, values }] of filters.entries())
    for (const value of values) {
      const id = facetIds.get(JSON.stringify([type, value]))
      if (id !== undefined) bits.set(id, (bits.get(id) ?? 0) | (1 << at))
    }
  const all = 2 ** filters.length - 1
  return number => {
    let met = 0
    for (const id of facetsOf[number] as readonly number[]) met |= bits.get(id) ?? 0
    return met === all
  }
}
