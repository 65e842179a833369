import { stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { indexListing } from '../src/marketplace/discovery/listing.ts'
import type { Search, TermWeights } from '../src/marketplace/discovery/listing-query.ts'
import { createListingSearches } from '../src/marketplace/discovery/listing-search.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Store } from '../src/store/store.ts'
import { dice } from './dice.ts'
import { fillFts5, makeFts5, openFts5Search, putFts5, type Ranking } from './fts5-listings.ts'
import { listingOf, word, wordsOf } from './market-listings.ts'
import { processMemory } from './process-memory.ts'
import { timed } from './rounds.ts'

// One way to search the market's listings, in a process of its own: `node bench/search-index-process.ts WAY FILE LISTINGS` prints a
// `SearchIndexReport`. WAY: `own`, the product's index in memory; `weights` and `bm25`, FTS5 with the product's ranking and with its own.

const { positionals } = parseArgs({ allowPositionals: true })
const [way = '', file = '', count = ''] = positionals
const listings = Number(count)
const account = '111111111111'
const types = ['CATEGORY', 'PUBLISHER', 'PRICING_MODEL', 'DEPLOYED_ON_AWS', 'AVERAGE_CUSTOMER_RATING']

/** What one way to search cost. Memory and size in MiB, `build` in seconds, `figures` in milliseconds of the processor. */
export interface SearchIndexReport {
  readonly build: number
  readonly buildProcessor: number
  readonly memory: number
  readonly memoryAtEnd: number
  /** Of what the database grew by. */
  readonly size: number
  readonly figures: Readonly<Record<string, readonly [p50: number, p99: number]>>
  /** The first page of one search, before anything is changed. */
  readonly found: readonly string[] | undefined
}

interface Contender {
  build(): Promise<unknown>
  weigh(text: string): Promise<TermWeights | undefined>
  find(
    search: Search,
    weights: TermWeights,
    page: { limit: number; ascending: boolean; byRating: boolean },
  ): Promise<{
    readonly found: readonly { product: string; score: number }[]
  }>
  count(search: Search, weights: TermWeights, types: readonly string[]): Promise<unknown>
  update(number: number): Promise<unknown>
}

const draw = dice(11)
const changed = (number: number) => listingOf(number, listings, 1)
/** Ids end in the listing's number, filled up with letters. */
const productOf = (id: string) => listingOf(Number(/\d+$/.exec(id)?.[0]), listings).product

function own(store: Store): Contender {
  const searches = createListingSearches(store)
  return {
    build: () => searches.ready(),
    weigh: async text => (await searches.current()).weigh(text),
    find: async (...asked) => (await searches.current()).find(...asked),
    count: async (...asked) => (await searches.current()).count(...asked),
    async update(number) {
      const { product, ...facts } = changed(number)
      await store.transaction(({ db }) => indexListing(db, product, facts))
      await searches.current()
    },
  }
}

function fts5(store: Store, ranking: Ranking): Contender {
  return {
    ...openFts5Search(store.db, ranking),
    async build() {
      await makeFts5(store.db)
      await fillFts5(store, productOf, ranking)
    },
    update(number) {
      const { product, ...facts } = changed(number)
      return store.transaction(async ({ db }) => {
        await indexListing(db, product, facts)
        await putFts5(db, product, ranking)
      })
    },
  }
}

const ways: Record<string, (store: Store) => Contender> = {
  own,
  bm25: store => fts5(store, 'bm25'),
  weights: store => fts5(store, 'kept weights'),
}

const size = async () => (await stat(file)).size / 2 ** 20

/** Milliseconds of the processor at the middle and at the worst hundredth: other programs on the machine have no part in them. */
async function times(rounds: number, work: () => Promise<unknown>): Promise<readonly [p50: number, p99: number]> {
  const each: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { user, system } = process.cpuUsage(await used(work))
    each.push((user + system) / 1000)
  }
  each.sort((one, other) => one - other)
  return [each[Math.floor(rounds / 2)] as number, each[Math.floor(rounds * 0.99)] as number]
}

async function used(work: () => Promise<unknown>): Promise<NodeJS.CpuUsage> {
  const before = process.cpuUsage()
  await work()
  return before
}

const store = await openSqliteStore(file)
const contender = ways[way]?.(store) as Contender
const everyone: Search = { account, filters: [] }
const vision = [{ type: 'CATEGORY', values: ['vision'] }]

const find = async (text: string, filters: Search['filters'] = [], byRating = false) => {
  const weights = await contender.weigh(text)
  return weights && contender.find({ account, filters }, weights, { limit: 21, ascending: false, byRating })
}
const facets = async (text: string) => {
  const weights = await contender.weigh(text)
  return weights && contender.count(everyone, weights, types)
}

const memory = async () => (await processMemory(process.pid)).anonymousMiB
let buildProcessor = 0
const [sizeBefore, memoryBefore] = [await size(), await memory()]
const build = await timed(async () => {
  const { user, system } = process.cpuUsage(await used(() => contender.build()))
  buildProcessor = (user + system) / 1e6
})
const [sizeBuilt, memoryBuilt] = [await size(), await memory()]
const found = (await find('w3 w7'))?.found.map(({ product }) => product)
const kinds: Record<string, () => Promise<unknown>> = {
  'one to three words': () => find(wordsOf(draw, listings, 1 + Math.floor(draw() * 3))),
  'a rare word': () => find(word(() => 0.5 + draw() / 2, listings)),
  'a common word': () => find(`w${Math.floor(draw() * 5)}`),
  'two common words': () => find(`w${Math.floor(draw() * 5)} w7`),
  'two words and a filter': () => find(`w${Math.floor(draw() * 5)} w7`, vision),
  'a filter, by rating': () => find('', vision, true),
  'no words': () => find(''),
  'facets of one to three words': () => facets(wordsOf(draw, listings, 1 + Math.floor(draw() * 3))),
  'facets of a common word': () => facets(`w${Math.floor(draw() * 5)}`),
  'facets of all': () => facets(''),
  'an update': () => contender.update(Math.floor(draw() * listings)),
}
const figures: Record<string, readonly [number, number]> = {}
for (const [kind, work] of Object.entries(kinds)) {
  const once = 1000 * (await timed(work))
  figures[kind] = await times(Math.max(10, Math.min(300, Math.floor(8000 / once))), work)
}
const report: SearchIndexReport = {
  ...{ build, buildProcessor, found, figures },
  memory: memoryBuilt - memoryBefore,
  memoryAtEnd: (await memory()) - memoryBefore,
  size: sizeBuilt - sizeBefore,
}
process.stdout.write(`${JSON.stringify(report)}\n`)
await store.close()
