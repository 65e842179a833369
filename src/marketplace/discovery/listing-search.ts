import { setImmediate as turn } from 'node:timers/promises'
import type { Db } from '../../store/database.ts'
import type { Store } from '../../store/store.ts'
import type { Interest } from './interest.ts'
import type { SellerNames } from './listing.ts'
import { createListingIndex, type ListingIndex, type Viewer } from './listing-index.ts'
import { type ListingSearch, openSqlSearch } from './listing-query.ts'

/** The listings as they can be searched now. */
export interface ListingSearches {
  /** In memory once the index is made, which begins with the first search; in the database until then. */
  current(): Promise<ListingSearch>
  /** Resolves when the index is there. */
  ready(): Promise<void>
}

/** What operations of the Discovery API find in their context besides the platform. */
export interface DiscoveryParts extends SellerNames {
  readonly interest: Interest
  readonly searches: ListingSearches
}

interface Held {
  readonly index: ListingIndex
  /** Of `market_listing_change`: what is in the index. */
  version: number
}

/** Above this the index would take more memory than a search is worth: making it for 100,000 grew a server by 460 MiB (`bench/`). */
const mostInMemory = 500_000
const pageSize = 5000

/**
 * Searches by an index in memory that follows the database: every search first takes in what has changed since the last one. The index
 * is made beside the requests, a page at a time, and anew when too much of it is dead.
 */
export function createListingSearches({ db }: Store): ListingSearches {
  let held: Held | undefined
  let making: Promise<void> | undefined
  let following: Promise<void> = Promise.resolve()

  function make(): Promise<void> {
    making ??= makeIndex(db)
      .then(made => {
        held = made
      })
      .finally(() => {
        making = undefined
      })
    return making
  }

  async function follow(current: Held): Promise<void> {
    const changes = await changesSince(db, current.version)
    for (const { product, version } of changes) {
      await takeIn(db, current.index, product)
      current.version = version
    }
  }

  return {
    async current() {
      if (!held) {
        // Searches go to the database meanwhile, and tell what is wrong with it if something is.
        make().catch(() => {})
        return openSqlSearch(db)
      }
      const current = held
      following = following.catch(() => {}).then(() => follow(current))
      await following
      if (current.index.dead > 1000 + current.index.live / 4) make().catch(() => {})
      return inMemory(db, current.index)
    },
    ready: () => (held ? Promise.resolve() : make()),
  }
}

function inMemory(db: Db, index: ListingIndex): ListingSearch {
  const viewerOf = async (account: string): Promise<Viewer> => {
    const rows = await db.selectFrom('market_entity_account').select('entity').where('account', '=', account).execute()
    return { account, opened: rows.map(row => row.entity) }
  }
  return {
    weigh: async text => index.weigh(text),
    find: async (search, weights, page) => index.find(search, await viewerOf(search.account), weights, page),
    count: async (search, weights, types) => index.count(search, await viewerOf(search.account), weights, types),
  }
}

const changesSince = (db: Db, version: number) =>
  db
    .selectFrom('market_listing_change')
    .select(['product', 'version'])
    .where('version', '>', version)
    .orderBy('version')
    .execute()

/** One listing as it is now, or its absence. */
async function takeIn(db: Db, index: ListingIndex, product: string): Promise<void> {
  const row = await db
    .selectFrom('market_listing')
    .select(['product', 'seller', 'state', 'rating'])
    .where('product', '=', product)
    .executeTakeFirst()
  const terms = await db
    .selectFrom('market_listing_term')
    .select(['term', 'weight'])
    .where('product', '=', product)
    .execute()
  const facets = await db
    .selectFrom('market_listing_facet')
    .select(['type', 'value', 'display'])
    .where('product', '=', product)
    .execute()
  index.remove(product)
  if (!row) return
  const number = index.add({ ...row, isPublic: row.state === 'Public' })
  for (const { term, weight } of terms) index.postings.add(term, number, weight)
  for (const facet of facets) index.facet(number, facet)
}

async function makeIndex(db: Db): Promise<Held | undefined> {
  const { count, version } = await db
    .selectFrom('market_listing_change')
    .select([eb => eb.fn.countAll<number>().as('count'), eb => eb.fn.max<number | null>('version').as('version')])
    .executeTakeFirstOrThrow()
  if (Number(count) > mostInMemory) return undefined
  const index = createListingIndex()
  await loadListings(db, index)
  await loadFacets(db, index)
  await loadTerms(db, index)
  return { index, version: Number(version ?? 0) }
}

async function loadListings(db: Db, index: ListingIndex): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('market_listing')
      .select(['product', 'seller', 'state', 'rating'])
      .where('product', '>', after)
      .orderBy('product')
      .limit(pageSize)
      .execute()
    for (const row of rows) index.add({ ...row, isPublic: row.state === 'Public' })
    if (rows.length < pageSize) return
    after = rows.at(-1)?.product as string
    await turn()
  }
}

/** What was listed since the listings were read comes with the changes. */
async function loadFacets(db: Db, index: ListingIndex): Promise<void> {
  for (let after: readonly string[] = ['', '', '']; ; ) {
    const [product = '', type = '', value = ''] = after
    const rows = await db
      .selectFrom('market_listing_facet')
      .select(['product', 'type', 'value', 'display'])
      .where(eb => eb(eb.refTuple('product', 'type', 'value'), '>', eb.tuple(product, type, value)))
      .orderBy('product')
      .orderBy('type')
      .orderBy('value')
      .limit(pageSize)
      .execute()
    for (const { product: of, ...facet } of rows) {
      const number = index.numberOf(of)
      if (number !== undefined) index.facet(number, facet)
    }
    const last = rows.at(-1)
    if (rows.length < pageSize || !last) return
    after = [last.product, last.type, last.value]
    await turn()
  }
}

async function loadTerms(db: Db, index: ListingIndex): Promise<void> {
  for (let after: readonly string[] = ['', '']; ; ) {
    const [term = '', product = ''] = after
    const rows = await db
      .selectFrom('market_listing_term')
      .select(['term', 'product', 'weight'])
      .where(eb => eb(eb.refTuple('term', 'product'), '>', eb.tuple(term, product)))
      .orderBy('term')
      .orderBy('product')
      .limit(pageSize)
      .execute()
    for (const row of rows) {
      const number = index.numberOf(row.product)
      if (number !== undefined) index.postings.load(row.term, number, row.weight)
    }
    const last = rows.at(-1)
    if (rows.length < pageSize || !last) return
    after = [last.term, last.product]
    await turn()
  }
}
