import type { Migration } from '../migration.ts'
import { bigint, table, text } from './market-columns.ts'

export interface MarketListingTables {
  market_listing: ListingTable
  market_listing_term: ListingTermTable
  market_listing_facet: ListingFacetTable
  market_listing_change: ListingChangeTable
  market_review: ReviewTable
  market_rating: RatingTable
  market_interest: InterestTable
}

export interface ListingTable {
  product: string
  seller: string
  state: string
  published: number
  /** Average of the reviews in hundredths; 0 for none. */
  rating: number
  document: string
}

/** When a listing last changed, was put in or taken out: what a copy of the index in memory follows. */
export interface ListingChangeTable {
  product: string
  version: number
}

/** Inverted index: how much a word says about a listing. */
export interface ListingTermTable {
  term: string
  product: string
  weight: number
}

export interface ListingFacetTable {
  product: string
  type: string
  value: string
  display: string
}

/** What a buyer says of a product, once each. */
export interface ReviewTable {
  id: string
  product: string
  account: string
  /** 1 to 5. */
  rating: number
  /** Title, body and the name that the author goes by; empty for none. */
  title: string
  body: string
  author: string
  created: number
  updated: number
  /** The seller's answer; empty for none. */
  answer: string
  answered: number
  /** When the operator hid it, 0 for not hidden, and why. */
  hidden: number
  hidden_reason: string
}

/** How many reviews of a product have each rating, kept with them. */
export interface RatingTable {
  product: string
  count: number
  total: number
}

/** How often an account did something with a product before it bought it, in a month. */
export interface InterestTable {
  product: string
  /** Where it begins. */
  month: number
  step: string
  account: string
  times: number
}

export const interest: Migration = {
  name: '2026-11-30-market-interest',
  up: db =>
    table(db, 'market_interest', 'product,month,step,account', [
      ...text('product'),
      ...bigint('month'),
      ...text('step', 'account'),
      ...bigint('times'),
    ]),
}
