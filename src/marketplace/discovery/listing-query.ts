import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../../store/database.ts'
import { rarity, ratingWeight } from './hit-ranking.ts'
import { searchTerms } from './search-term.ts'

export interface Search {
  /** Who looks: Limited products are for their seller and the accounts that it named. */
  readonly account: string
  readonly filters: readonly { readonly type: string; readonly values: readonly string[] }[]
  /** Bounds of the average rating in hundredths, both inclusive. Listings without reviews have none. */
  readonly rating?: { readonly least: number; readonly most: number }
}

/** Words weigh by how rare they are among the listings; fixed on a search's first page, so that its pages fit together. */
export type TermWeights = Readonly<Record<string, number>>

export interface Page {
  readonly limit: number
  readonly ascending: boolean
  /** By average rating first, then by what is relevant. */
  readonly byRating: boolean
  /** The last item of the page before. */
  readonly after?: readonly [score: number, product: string]
}

export interface Hit {
  readonly product: string
  readonly score: number
}

export interface FacetCount {
  readonly type: string
  readonly value: string
  readonly display: string
  readonly count: number
}

/** A way to search the listings: `listing-index.ts` in memory, `openSqlSearch` below in the database. They answer alike. */
export interface ListingSearch {
  /** Undefined when a word stands in no listing, so that nothing matches. */
  weigh(text: string): Promise<TermWeights | undefined>
  /** The best listings after a position, and how many there are in all: every word must stand in a listing; equal scores go by product id. */
  find(
    search: Search,
    weights: TermWeights,
    page: Page,
  ): Promise<{ readonly total: number; readonly found: readonly Hit[] }>
  /** How many listings are found, and how many of them have each value of each facet, most first. */
  count(
    search: Search,
    weights: TermWeights,
    types: readonly string[],
  ): Promise<{ readonly total: number; readonly facets: readonly FacetCount[] }>
}

/** Searches in the database: what is asked while the index in memory is not there. */
export function openSqlSearch(db: Kysely<Database>): ListingSearch {
  return {
    async weigh(text) {
      const terms = [...new Set(searchTerms(text))]
      if (terms.length === 0) return {}
      const { total } = await db
        .selectFrom('market_listing')
        .select(eb => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      const rows = await db
        .selectFrom('market_listing_term')
        .select(['term', eb => eb.fn.countAll<number>().as('count')])
        .where('term', 'in', terms)
        .groupBy('term')
        .execute()
      if (rows.length < terms.length) return undefined
      return Object.fromEntries(rows.map(({ term, count }) => [term, rarity(Number(total), Number(count))]))
    },

    async find(search, weights, { after, ascending, byRating, limit }) {
      const beyond = sql.raw(ascending ? '>' : '<')
      const direction = sql.raw(ascending ? 'asc' : 'desc')
      const position = after
        ? sql`where n.score ${beyond} ${after[0]} or (n.score = ${after[0]} and n.product > ${after[1]})`
        : sql``
      const { rows } = await sql<Hit & { total: number }>`
        select n.product, n.score, n.total from (
          select m.product, m.score, count(*) over () as total from (${matches(search, weights, byRating)}) m) n
        ${position} order by n.score ${direction}, n.product limit ${limit}`.execute(db)
      const found = rows.map(({ product, score }) => ({ product, score: Number(score) }))
      return { total: Number(rows[0]?.total ?? 0), found }
    },

    async count(search, weights, types) {
      const found = matches(search, weights, false)
      const total = await sql<{ count: number }>`select count(*) as count from (${found}) m`.execute(db)
      const facets = await sql<FacetCount>`
        select f.type, f.value, min(f.display) as display, count(*) as count
        from (${found}) m join market_listing_facet f on f.product = m.product
        where f.type in (${sql.join(types)})
        group by f.type, f.value order by count(*) desc, f.value`.execute(db)
      return {
        total: Number(total.rows[0]?.count ?? 0),
        facets: facets.rows.map(row => ({ ...row, count: Number(row.count) })),
      }
    },
  }
}

/** Product and score of everything that the search finds and the account may see. */
function matches({ account, filters, rating }: Search, weights: TermWeights, byRating: boolean): RawBuilder<unknown> {
  const terms = Object.entries(weights)
  const source =
    terms.length === 0
      ? sql`select l.product, 0 as score from market_listing l`
      : sql`select t.product, sum(t.weight * case t.term ${sql.join(
          terms.map(([term, weight]) => sql`when ${term} then ${sql.lit(weight)}`),
          sql` `,
        )} else 0 end) as score from market_listing_term t
          where t.term in (${sql.join(terms.map(([term]) => term))})
          group by t.product having count(*) = ${sql.lit(terms.length)}`
  const filtered = filters.map(
    ({ type, values }) => sql`and exists (select 1 from market_listing_facet f
      where f.product = s.product and f.type = ${type} and f.value in (${sql.join(values)}))`,
  )
  const rated = rating ? sql`and v.rating > 0 and v.rating between ${rating.least} and ${rating.most}` : sql``
  const score = byRating ? sql`v.rating * ${sql.lit(ratingWeight)} + s.score` : sql`s.score`
  return sql`select s.product, ${score} as score from (${source}) s join market_listing v on v.product = s.product
    where (v.state = 'Public' or v.seller = ${account} or exists (
      select 1 from market_entity_account a where a.entity = v.product and a.account = ${account}))
    ${rated} ${sql.join(filtered, sql` `)}`
}
