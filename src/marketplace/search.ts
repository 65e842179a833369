import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { ListingSummary } from './listing.ts'
import { searchTerms } from './search-term.ts'

export interface Search {
  /** Who looks: Limited products are for their seller and the accounts that it named. */
  readonly account: string
  readonly text?: string
  readonly filters: readonly { readonly type: string; readonly values: readonly string[] }[]
}

export interface Found {
  readonly summary: ListingSummary
  readonly score: number
  readonly product: string
}

/** Words weigh by how rare they are among the listings; fixed on a search's first page, so that its pages fit together. */
export type TermWeights = Readonly<Record<string, number>>

/** Weights of the words of a search, in hundredths; undefined when a word stands in no listing, so that nothing matches. */
export async function termWeights(db: Kysely<Database>, text: string): Promise<TermWeights | undefined> {
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
  return Object.fromEntries(
    rows.map(({ term, count }) => [term, Math.round(100 * Math.log(1 + Number(total) / Number(count)))]),
  )
}

/**
 * The best listings after a position, and how many there are in all: every word must stand in the listing; equal scores go by product
 * id. Only what is shown is read from the listings themselves.
 */
export async function findListings(
  db: Kysely<Database>,
  search: Search,
  weights: TermWeights,
  page: { limit: number; ascending: boolean; after?: readonly [score: number, product: string] },
): Promise<{ total: number; found: Found[] }> {
  const { after, ascending, limit } = page
  const beyond = sql.raw(ascending ? '>' : '<')
  const direction = sql.raw(ascending ? 'asc' : 'desc')
  const position = after
    ? sql`where n.score ${beyond} ${after[0]} or (n.score = ${after[0]} and n.product > ${after[1]})`
    : sql``
  const { rows } = await sql<{ product: string; score: number; total: number; document: string }>`
    select p.product, p.score, p.total, l.document from (
      select n.product, n.score, n.total from (
        select m.product, m.score, count(*) over () as total from (${matches(search, weights)}) m) n
      ${position} order by n.score ${direction}, n.product limit ${limit}) p
    join market_listing l on l.product = p.product
    order by p.score ${direction}, p.product`.execute(db)
  const found = rows.map(row => ({ product: row.product, score: Number(row.score), summary: JSON.parse(row.document) }))
  return { total: Number(rows[0]?.total ?? 0), found }
}

export async function countListings(db: Kysely<Database>, search: Search, weights: TermWeights): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${matches(search, weights)}) m`.execute(
    db,
  )
  return Number(rows[0]?.count ?? 0)
}

export interface FacetCount {
  readonly type: string
  readonly value: string
  readonly display: string
  readonly count: number
}

/** How many of the listings found have each value, most first. */
export async function countFacets(
  db: Kysely<Database>,
  search: Search,
  weights: TermWeights,
  types: readonly string[],
): Promise<FacetCount[]> {
  if (types.length === 0) return []
  const { rows } = await sql<FacetCount>`
    select f.type, f.value, min(f.display) as display, count(*) as count
    from (${matches(search, weights)}) m join market_listing_facet f on f.product = m.product
    where f.type in (${sql.join(types)})
    group by f.type, f.value order by count(*) desc, f.value`.execute(db)
  return rows.map(row => ({ ...row, count: Number(row.count) }))
}

/** Product and score of everything that the search finds and the account may see. */
function matches({ account, filters }: Search, weights: TermWeights): RawBuilder<unknown> {
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
  return sql`select s.product, s.score from (${source}) s join market_listing v on v.product = s.product
    where (v.state = 'Public' or v.seller = ${account} or exists (
      select 1 from market_entity_account a where a.entity = v.product and a.account = ${account}))
    ${sql.join(filtered, sql` `)}`
}
