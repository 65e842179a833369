import { sql } from 'kysely'
import { ratingWeight } from '../src/marketplace/discovery/hit-ranking.ts'
import type { FacetCount, Hit, Page, Search, TermWeights } from '../src/marketplace/discovery/listing-query.ts'
import { searchTerms } from '../src/marketplace/discovery/search-term.ts'
import type { Product } from '../src/marketplace/product.ts'
import type { Store } from '../src/store/store.ts'

type Db = Store['db']

/** How hits are ordered: by FTS5's own `bm25`, or by the weights that the product keeps of every word of every listing. */
export type Ranking = 'bm25' | 'kept weights'

/** Weights of the columns: the product's own. */
const columns = { title: 10, keywords: 6, categories: 4, seller: 4, short: 3, long: 1 } as const
const names = Object.keys(columns).join(', ')

/**
 * What the marketplace's search would be on SQLite's FTS5: an index without a copy of the texts, filters as words of a column of their
 * own, and facets by number in a narrow table.
 */
export async function makeFts5(db: Db): Promise<void> {
  const make = [
    `create virtual table fts using fts5(${names}, facets, content='', contentless_delete=1, tokenize='unicode61')`,
    'create table fts_listing (number integer primary key, product text unique, seller text, state text, rating integer)',
    'create table fts_facet (number integer primary key, type text, value text, display text, unique (type, value))',
    'create table fts_has (listing integer, facet integer, primary key (listing, facet)) without rowid',
    'create table fts_term (listing integer, term text, weight integer, primary key (term, listing)) without rowid',
  ]
  for (const statement of make) await sql.raw(statement).execute(db)
}

/** Makes the index of all listings from what is kept of them; `ranking` says whether the words' weights are kept too. */
export async function fillFts5(store: Store, productOf: (id: string) => Product, ranking: Ranking): Promise<void> {
  const pages = 1000
  for (let after = ''; ; ) {
    const rows = await store.db
      .selectFrom('market_listing')
      .select('product')
      .where('product', '>', after)
      .orderBy('product')
      .limit(pages)
      .execute()
    await store.transaction(async ({ db }) => {
      for (const { product } of rows) await putFts5(db, productOf(product), ranking)
    })
    if (rows.length < pages) return
    after = rows.at(-1)?.product as string
  }
}

const facetWord = (type: string, value: string) => `${type}${value}`.replace(/[^A-Za-z0-9]/g, '').toLowerCase()

/** Puts one listing in, in the place of what was there. */
export async function putFts5(db: Db, product: Product, ranking: Ranking): Promise<void> {
  const { rows: old } = await sql<{ number: number }>`
    select number from fts_listing where product = ${product.id}`.execute(db)
  const number = old[0]?.number
  if (number !== undefined) {
    for (const table of ['fts where rowid =', 'fts_listing where number =', 'fts_has where listing ='])
      await sql`delete from ${sql.raw(table)} ${number}`.execute(db)
    if (ranking === 'kept weights')
      await sql`delete from fts_term where (term, listing) in (select term, ${number} from market_listing_term
        where product = ${product.id})`.execute(db)
  }
  const { rows } = await sql<{ number: number }>`insert into fts_listing (number, product, seller, state, rating)
    select ${number ?? null}, product, seller, state, rating from market_listing where product = ${product.id} returning number`.execute(
    db,
  )
  const made = rows[0]?.number as number
  const { rows: facets } = await sql<{ type: string; value: string; display: string }>`
    select type, value, display from market_listing_facet where product = ${product.id}`.execute(db)
  for (const { type, value, display } of facets) {
    await sql`insert or ignore into fts_facet (type, value, display) values (${type}, ${value}, ${display})`.execute(db)
    await sql`insert into fts_has select ${made}, number from fts_facet where type = ${type} and value = ${value}`.execute(
      db,
    )
  }
  const { information } = product.document
  const texts = [
    information.ProductTitle,
    information.SearchKeywords?.join(' '),
    information.Categories?.join(' '),
    `Seller ${product.account}`,
    information.ShortDescription,
    information.LongDescription,
  ].map(text => searchTerms(text ?? '').join(' '))
  const words = facets.map(({ type, value }) => facetWord(type, value)).join(' ')
  await sql`insert into fts (rowid, ${sql.raw(names)}, facets) values (${made}, ${sql.join([...texts, words])})`.execute(
    db,
  )
  if (ranking === 'kept weights')
    await sql`insert into fts_term select ${made}, term, weight from market_listing_term where product = ${product.id}`.execute(
      db,
    )
}

/** Answers what the product's search answers. */
export function openFts5Search(db: Db, ranking: Ranking) {
  return {
    /** The words' own lists are FTS5's matter: only the ranking by kept weights needs their rarity. */
    async weigh(text: string): Promise<TermWeights> {
      const terms = [...new Set(searchTerms(text))]
      if (ranking === 'bm25') return Object.fromEntries(terms.map(term => [term, 1]))
      const total = await sql<{ count: number }>`select count(*) as count from fts_listing`.execute(db)
      const weights: Record<string, number> = {}
      for (const term of terms) {
        const { rows } = await sql<{
          count: number
        }>`select count(*) as count from fts where fts match ${quoted(term)}`.execute(db)
        weights[term] = Math.round(100 * Math.log(1 + (total.rows[0]?.count ?? 0) / (rows[0]?.count || 1)))
      }
      return weights
    },
    async find(search: Search, weights: TermWeights, { limit, ascending, byRating }: Page) {
      const direction = sql.raw(ascending ? 'asc' : 'desc')
      const { rows } = await sql<Hit & { total: number }>`
        select m.product, m.score, count(*) over () as total from (${matches(search, weights, ranking, byRating)}) m
        order by m.score ${direction}, m.product limit ${limit}`.execute(db)
      return { total: Number(rows[0]?.total ?? 0), found: rows.map(({ product, score }) => ({ product, score })) }
    },
    async count(search: Search, weights: TermWeights, types: readonly string[]) {
      const { rows } = await sql<FacetCount>`
        select f.type, f.value, f.display, c.count from (
          select h.facet, count(*) as count from (${matches(search, weights, undefined, false)}) m
          join fts_has h on h.listing = m.number group by h.facet) c
        join fts_facet f on f.number = c.facet
        where f.type in (${sql.join(types)}) order by c.count desc, f.value`.execute(db)
      return { facets: rows }
    },
  }
}

const quoted = (term: string) => `{${names.replaceAll(',', '')}} : "${term}"`

function matches({ account, filters }: Search, weights: TermWeights, ranking: Ranking | undefined, byRating: boolean) {
  const terms = Object.keys(weights)
  const met = filters.map(
    ({ type, values }) => `facets : (${values.map(value => `"${facetWord(type, value)}"`).join(' OR ')})`,
  )
  const asked = [...terms.map(quoted), ...met].map(part => `(${part})`).join(' AND ')
  const seen = sql`(l.state = 'Public' or l.seller = ${account} or exists (
    select 1 from market_entity_account a where a.entity = l.product and a.account = ${account}))`
  const weighed = byRating ? sql`l.rating * ${sql.lit(ratingWeight)} + ` : sql``
  if (asked === '') return sql`select l.number, l.product, ${weighed} 0 as score from fts_listing l where ${seen}`
  const from = sql`from fts join fts_listing l on l.number = fts.rowid`
  const score =
    ranking === undefined || terms.length === 0
      ? sql`0`
      : ranking === 'bm25'
        ? sql.raw(`-bm25(fts, ${Object.values(columns).join(', ')}, 0)`)
        : sql`(${sql.join(
            Object.entries(weights).map(
              ([term, weight]) =>
                sql`${sql.lit(weight)} * (select weight from fts_term t where t.term = ${term} and t.listing = l.number)`,
            ),
            sql` + `,
          )})`
  return sql`select l.number, l.product, ${weighed} ${score} as score ${from} where fts match ${asked} and ${seen}`
}
