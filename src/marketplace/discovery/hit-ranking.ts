import type { Product } from '../product.ts'
import { searchTerms } from './search-term.ts'

// Hits are ranked by the sum over the words asked for: what a word says about the listing times how rare it is.

interface RankedText {
  readonly text: string
  readonly weight: number
}

/** The texts in which a listing is found, and what a word in each says about it. */
export function rankedTexts(product: Product, sellerName: string): RankedText[] {
  const { information } = product.document
  return [
    { text: information.ProductTitle ?? '', weight: 10 },
    { text: (information.SearchKeywords ?? []).join(' '), weight: 6 },
    { text: (information.Categories ?? []).join(' '), weight: 4 },
    { text: sellerName, weight: 4 },
    { text: information.ShortDescription ?? '', weight: 3 },
    { text: (information.Highlights ?? []).join(' '), weight: 2 },
    { text: information.LongDescription ?? '', weight: 1 },
  ]
}

/** How much each word says about a document: the sum of the weights of the texts it stands in, counted up to three times each. */
export function weighTerms(texts: readonly RankedText[]): Map<string, number> {
  const weights = new Map<string, number>()
  for (const { text, weight } of texts) {
    const counts = new Map<string, number>()
    for (const term of searchTerms(text)) counts.set(term, (counts.get(term) ?? 0) + 1)
    for (const [term, count] of counts) weights.set(term, (weights.get(term) ?? 0) + weight * Math.min(count, 3))
  }
  return weights
}

/** How rare a word is that stands in `count` of all listings, in hundredths. */
export const rarity = (total: number, count: number): number => Math.round(100 * Math.log(1 + total / count))

/** A rating outweighs whatever the words say. */
export const ratingWeight = 100_000_000
