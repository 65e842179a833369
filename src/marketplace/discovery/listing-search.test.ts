import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { openTestStore } from '../../store/store.fixture.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { buyer, other, seller } from '../market.fixture.ts'
import { newProduct, type Product } from '../product.ts'
import { indexListing } from './listing.ts'
import { type ListingSearch, openSqlSearch, type Page, type Search } from './listing-query.ts'
import { createListingSearches, type ListingSearches } from './listing-search.ts'

const size = 600

const random = (seed: number) => () => {
  seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
  return ((seed ^ (seed >>> 13)) >>> 0) / 2 ** 32
}
const draw = random(7)
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(draw() * items.length)] as Item

/** As in a language: few words stand nearly everywhere, most hardly anywhere. */
const word = (): string => `w${Math.floor(size * 2 * draw() ** 4)}`
const words = (count: number): string => Array.from({ length: count }, word).join(' ')
const categories = ['Vision', 'Text', 'Audio', 'Structured', 'Forecasting']

function productOf(number: number): Product {
  const id = `prod-${String(number).padStart(13, 'a')}`
  const product = newProduct(id, pick([seller, other]), 0, 0)
  const information = {
    ProductTitle: words(4),
    ShortDescription: words(12),
    LongDescription: words(15),
    Categories: [pick(categories), pick(categories)].filter((each, at, all) => all.indexOf(each) === at),
    SearchKeywords: [words(2), words(1)],
  }
  const state = draw() < 0.95 ? 'Public' : 'Limited'
  return { ...product, state, document: { ...product.document, information } }
}

async function put(tx: Transaction, number: number): Promise<void> {
  const count = Math.floor(draw() * 4)
  const rating = { count, total: count + Math.floor(draw() * (4 * count + 1)) }
  const product = productOf(number)
  await indexListing(tx.db, product, { rating, sellerName: `Seller ${product.account}` })
}

const remove = (tx: Transaction, number: number) =>
  indexListing(tx.db, { ...productOf(number), state: 'Restricted' }, { rating: { count: 0, total: 0 }, sellerName: '' })

let store: Store
let searches: ListingSearches
before(async () => {
  store = await openTestStore(':memory:')
  for (let at = 0; at < size; at += 500)
    await store.transaction(async tx => {
      for (let number = at; number < Math.min(size, at + 500); number++) await put(tx, number)
    })
  const opened = Array.from({ length: 20 }, (_, at) => ({ entity: productOf(at * 7).id, account: buyer }))
  await store.db.insertInto('market_entity_account').values(opened).execute()
  searches = createListingSearches(store)
})
after(() => store.close())

const types = ['CATEGORY', 'PUBLISHER', 'DEPLOYED_ON_AWS', 'AVERAGE_CUSTOMER_RATING']

describe('a search in memory', () => {
  const searchOf = fc.record({
    account: fc.constantFrom(buyer, seller, other),
    filters: fc.constantFrom<Search['filters']>(
      [],
      [{ type: 'CATEGORY', values: ['vision', 'text'] }],
      [
        { type: 'CATEGORY', values: ['audio'] },
        { type: 'AVERAGE_CUSTOMER_RATING', values: ['3'] },
      ],
      [{ type: 'PUBLISHER', values: ['nobody'] }],
    ),
    rating: fc.constantFrom(undefined, { least: 250, most: 500 }, { least: 0, most: 300 }),
  })
  const text = fc.constantFrom('', 'w0', 'w0 w1', 'w3 w0 w2', 'w17', 'w40 w0', 'nothing', 'vision')
  const order = fc.record({ ascending: fc.boolean(), byRating: fc.boolean(), limit: fc.integer({ min: 1, max: 30 }) })

  /** All pages of a search, which must not overlap or leave anything out. */
  async function pages(listings: ListingSearch, search: Search, words: string, page: Page) {
    const weights = await listings.weigh(words)
    if (!weights) return undefined
    const all = []
    for (let after: Page['after']; all.length < 100; ) {
      const { found, total } = await listings.find(search, weights, { ...page, ...(after && { after }) })
      all.push(...found.map(({ product, score }) => [product, score, total]))
      const last = found.at(-1)
      if (!last || found.length < page.limit) break
      after = [last.score, last.product]
    }
    return { all, counts: await listings.count(search, weights, types) }
  }

  const agree = async (search: Search, words: string, page: Page) =>
    assert.deepEqual(
      await pages(await searches.current(), search, words, page),
      await pages(openSqlSearch(store.db), search, words, page),
    )

  it('finds what a search in the database finds, in the same order and numbers', async () => {
    await searches.ready()
    await fc.assert(fc.asyncProperty(searchOf, text, order, agree), { numRuns: 60 })
  })

  it('follows what is listed, changed and taken out', async () => {
    await searches.ready()
    const step = fc.record({ number: fc.integer({ min: 0, max: 650 }), gone: fc.boolean() })
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      searchOf,
      order,
      async (steps, search, page) => {
        await store.transaction(async tx => {
          for (const { number, gone } of steps) await (gone ? remove(tx, number) : put(tx, number))
        })
        // Words count the dead until the index is made anew; without words nothing is approximate.
        await agree(search, '', page)
      },
    )
    await fc.assert(property, { numRuns: 40 })
    const products = async (listings: ListingSearch) => {
      const page = { limit: 700, ascending: false, byRating: false }
      const { found } = await listings.find({ account: buyer, filters: [] }, { w0: 1, w1: 1 }, page)
      return found
    }
    assert.deepEqual(await products(await searches.current()), await products(openSqlSearch(store.db)))
  })
})
