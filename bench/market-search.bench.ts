import { dataDirectory } from '../src/store/data-directory.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Bench, Figure } from './bench.ts'
import { dice } from './dice.ts'
import { load } from './load.ts'
import { fillMarket, wordsOf } from './market-listings.ts'
import { processMemory } from './process-memory.ts'
import { processMs, rested } from './process-time.ts'
import { timed } from './rounds.ts'
import type { Stage } from './stage.ts'
import { createSigner } from './wire-request.ts'

const connections = 4
const goalMs = 50

/** Full-text search over the market's listings by signed HTTP requests, with and without facets. A hundred thousand listings when full. */
export const marketSearchBench: Bench = {
  name: 'market-search',
  async run(stage) {
    const listings = stage.full ? 100_000 : 5_000
    await list(stage, listings)
    const server = await stage.server()
    const { clients } = await stage.buyer()
    const sign = createSigner(server.url, 'aws-marketplace', clients.credentials)
    const ask = (operation: string, input: object) =>
      sign({
        ...{ method: 'POST', path: `/2026-02-05/${operation}`, headers: { 'content-type': 'application/json' } },
        body: Buffer.from(JSON.stringify(input)),
      })
    const before = await processMemory(server.pid)
    const made = await timed(async () => {
      // The first search asks for the index and does not wait for it.
      await load(server.url, { requests: [await ask('searchListings', {})], connections: 1, count: 1 })
      await rested(server.pid)
    })
    const after = await processMemory(server.pid)
    const figures: Figure[] = []
    for (const [what, operation, inputs] of kinds(listings)) {
      const requests = await Promise.all(inputs.map(input => ask(operation, input)))
      await load(server.url, { requests, connections, count: 100 })
      const count = stage.full ? 2000 : 600
      const began = await processMs(server.pid)
      const { p50Ms, p99Ms } = await load(server.url, { requests, connections, count })
      const processor = ((await processMs(server.pid)) - began) / count
      const work = `${what} over ${listings.toLocaleString('en-US')} listings, ${connections} connections`
      figures.push(
        { work: `${work}, p50`, unit: 'ms', ours: [p50Ms], judged: 'value' },
        { work: `${work}, p99`, unit: 'ms', ours: [p99Ms], judged: 'value', atMost: goalMs },
        // Other programs on the machine have no part in this one.
        { work: `${work}, processor`, unit: 'ms', ours: [processor], judged: 'value' },
      )
    }
    return [
      ...figures,
      { work: 'the search’s index is made', unit: 's', ours: [made], judged: 'value' },
      { work: 'the search’s index', unit: 'MiB', ours: [after.anonymousMiB - before.anonymousMiB], judged: 'value' },
    ]
  },
}

const draw = dice(20_261_121)

/** What buyers ask, some hundred of each kind so that no answer is remembered. */
const kinds = (listings: number): readonly (readonly [string, string, readonly object[]])[] => {
  const many = (make: () => object) => Array.from({ length: 200 }, make)
  const words = (count: number) => wordsOf(draw, listings, count)
  const vision = [{ filterType: 'CATEGORY', filterValues: ['vision'] }]
  return [
    [
      'SearchListings, one to three words',
      'searchListings',
      many(() => ({ searchText: words(1 + Math.floor(draw() * 3)) })),
    ],
    [
      'SearchListings, two common words',
      'searchListings',
      many(() => ({ searchText: `w${Math.floor(draw() * 5)} w7` })),
    ],
    [
      'SearchListings, no words, a filter, by rating',
      'searchListings',
      [{ filters: vision, sortBy: 'AVERAGE_CUSTOMER_RATING' }],
    ],
    [
      'SearchFacets, one to three words',
      'searchFacets',
      many(() => ({ searchText: words(1 + Math.floor(draw() * 3)) })),
    ],
    ['SearchFacets, no words', 'searchFacets', [{}]],
  ]
}

/** Puts listings beside the server into its database. */
async function list(stage: Stage, listings: number): Promise<void> {
  const store = await openSqliteStore(dataDirectory((await stage.server()).data).database)
  await fillMarket(store, listings)
  await store.close()
}
