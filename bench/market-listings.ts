import { indexListing } from '../src/marketplace/discovery/listing.ts'
import { newProduct, type Product } from '../src/marketplace/product.ts'
import type { Store } from '../src/store/store.ts'
import { dice } from './dice.ts'

/** Words as in a language: few stand nearly everywhere, most hardly anywhere. */
export const word = (draw: () => number, listings: number): string => `w${Math.floor(listings * 2 * draw() ** 4)}`

export const wordsOf = (draw: () => number, listings: number, count: number): string =>
  Array.from({ length: count }, () => word(draw, listings)).join(' ')

const categories = ['Vision', 'Text', 'Audio', 'Structured', 'Forecasting', 'Speech', 'Finance', 'Health']

const sellers = Array.from({ length: 50 }, (_, at) => String(10 ** 11 + at))

/** A product of some fifty words, and what its buyers thought of it. The same number and round make the same. */
export function listingOf(number: number, listings: number, round = 0) {
  const draw = dice(Math.imul(number + 1, 0x9e3779b1) + round)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(draw() * items.length)] as Item
  const words = (count: number) => wordsOf(draw, listings, count)
  const product = newProduct(`prod-${String(number).padStart(13, 'a')}`, pick(sellers), 0, 0)
  const information = {
    ...{ ProductTitle: words(4), ShortDescription: words(12), LongDescription: words(25) },
    ...{ Categories: [pick(categories)], SearchKeywords: [words(2), words(1)] },
  }
  const count = Math.floor(draw() * 4)
  const listed: Product = { ...product, state: 'Public', document: { ...product.document, information } }
  return {
    product: listed,
    rating: { count, total: count + Math.floor(draw() * (4 * count + 1)) },
    sellerName: `Seller ${product.account}`,
  }
}

/** Puts so many listings of fifty sellers into a store. */
export async function fillMarket(store: Store, listings: number): Promise<void> {
  for (let at = 0; at < listings; at += 1000)
    await store.transaction(async ({ db }) => {
      for (let number = at; number < Math.min(listings, at + 1000); number++) {
        const { product, ...facts } = listingOf(number, listings)
        await indexListing(db, product, facts)
      }
    })
}
