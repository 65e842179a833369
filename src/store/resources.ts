import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import { clock } from '../ground/clock.ts'
import { type Announcement, announce } from './announcement.ts'
import type { Database } from './database.ts'
import { prepared } from './prepared.ts'
import type { ResourceTable } from './schema/core-tables.ts'
import type { Transaction } from './store.ts'

/** What every AWS resource has; times in milliseconds. */
export interface Resource {
  readonly arn: string
  readonly account: string
  readonly region: string
  readonly name: string
  /** Name of what it is listed under (a model package's group); empty for none. */
  readonly parent: string
  readonly status: string
  readonly created: number
  readonly modified: number
}

export interface ListFilter {
  readonly account: string
  readonly region: string
  readonly parent?: string
  readonly status?: string
  /** Letters, digits and hyphens, as the model has it. */
  readonly nameContains?: string
  readonly createdAfter?: Date
  readonly createdBefore?: Date
  readonly modifiedAfter?: Date
  readonly modifiedBefore?: Date
  readonly sortBy: 'created' | 'modified' | 'name' | 'status'
  readonly descending: boolean
  readonly limit: number
  /** The sort value and ARN of the last item seen. */
  readonly after?: Place
  /** The last item to look at. */
  readonly until?: Place
}

/** Sort value and ARN. */
export type Place = readonly [string | number, string]

type Db = { readonly db: Kysely<Database> }

/** Typed access to one kind of resource. The row itself is the JSON document; the columns are what is searched by. */
export interface Resources<Row extends Resource> {
  readonly kind: string
  get(at: Db, arn: string): Promise<Row | undefined>
  insert(tx: Transaction, row: Row): Promise<void>
  /** The same for a row that may be there: false then, and nothing is changed. One statement, not a question and one. */
  add(tx: Transaction, row: Row): Promise<boolean>
  /** Merges the change and sets `modified`. Throws when the row is gone. Inside a transaction, so that nothing comes between. */
  update(tx: Transaction, arn: string, change: Partial<Row> | ((row: Row) => Partial<Row>)): Promise<Row>
  remove(tx: Transaction, arn: string): Promise<void>
  list(at: Db, filter: ListFilter): Promise<Row[]>
  /** The place so many rows on, whatever else the filter says; undefined when there are not as many. For who looks for few among many. */
  ahead(at: Db, filter: ListFilter, rows: number): Promise<Place | undefined>
  /** The same rows as JSON text, for who reads many to keep few. */
  texts(at: Db, filter: ListFilter): Promise<ResourceText[]>
}

export interface ResourceText {
  readonly arn: string
  /** What it is sorted by. */
  readonly value: string | number
  readonly document: string
}

/** How a row was, undefined for one that is new, and how it is, undefined for one that is gone. */
export interface Change<Row> {
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/** What a change is announced as, by its own commit; undefined when nobody need know. */
export type Told<Row> = (change: Change<Row>, tx: Transaction) => Announcement | undefined

/** Typed access to a kind, of which each change of its rows is told. */
export function resources<Row extends Resource>(kind: string, told?: Told<Row>): Resources<Row> {
  const tell = async (tx: Transaction, change: Change<Row>) => {
    const announcement = told?.(change, tx)
    if (announcement) await announce(tx, announcement)
  }
  const get = async ({ db }: Db, arn: string) => {
    const [found] = await documentOf(db, arn, kind)
    return found && (JSON.parse(found.document) as Row)
  }
  return {
    kind,
    get,
    async insert(tx, row) {
      await insertRow(tx.db, ...values(columns(kind, row)))
      await tell(tx, { before: undefined, after: row })
    },
    async add(tx, row) {
      const [added] = await addRow(tx.db, ...values(columns(kind, row)))
      if (added) await tell(tx, { before: undefined, after: row })
      return added !== undefined
    },
    async update(tx, arn, change) {
      const row = await get(tx, arn)
      if (!row) throw new Error(`${arn} is gone`)
      const next = { ...row, ...(typeof change === 'function' ? change(row) : change), modified: clock.now() }
      await tx.db.updateTable('resource').set(columns(kind, next)).where('arn', '=', arn).execute()
      await tell(tx, { before: row, after: next })
      return next
    },
    async remove(tx, arn) {
      const { db } = tx
      const before = told && (await get(tx, arn))
      if (before) await tell(tx, { before, after: undefined })
      await db.deleteFrom('tag').where('arn', '=', arn).execute()
      await db.deleteFrom('resource').where('arn', '=', arn).where('kind', '=', kind).execute()
    },
    async list({ db }, filter) {
      const rows = await page(db.selectFrom('resource').select('document').where('kind', '=', kind), filter).execute()
      return rows.map(row => JSON.parse(row.document) as Row)
    },
    async ahead({ db }, { account, region, sortBy, descending, after }, rows) {
      const all = { account, region, sortBy, descending, limit: 1, ...(after && { after }) }
      const query = page(
        db
          .selectFrom('resource')
          .select(['arn', `${sortBy} as value`])
          .where('kind', '=', kind),
        all,
      )
      const row = await query.offset(rows - 1).executeTakeFirst()
      return row && [row.value, row.arn]
    },
    texts({ db }, filter) {
      const columns = ['arn', `${filter.sortBy} as value`, 'document'] as const
      return page(db.selectFrom('resource').select(columns).where('kind', '=', kind), filter).execute()
    },
  }
}

const documentOf = prepared((db, arn: string, kind: string) =>
  db.selectFrom('resource').select('document').where('arn', '=', arn).where('kind', '=', kind),
)

type Values = ResourceTable[(typeof ordered)[number]][]

const ordered = [
  'arn',
  'kind',
  'account',
  'region',
  'name',
  'parent',
  'status',
  'created',
  'modified',
  'document',
] as const
const values = (row: ResourceTable): Values => ordered.map(column => row[column])
const named = (all: Values) => Object.fromEntries(ordered.map((column, index) => [column, all[index]])) as never

const insertRow = prepared((db, ...all: Values) => db.insertInto('resource').values(named(all)))

const addRow = prepared((db, ...all: Values) =>
  db
    .insertInto('resource')
    .values(named(all))
    .onConflict(conflict => conflict.column('arn').doNothing())
    .returning('arn'),
)

function columns(kind: string, row: Resource): ResourceTable {
  const { arn, account, region, name, parent, status, created, modified } = row
  return { arn, kind, account, region, name, parent, status, created, modified, document: JSON.stringify(row) }
}

type Query<O> = SelectQueryBuilder<Database, 'resource', O>

function page<O>(query: Query<O>, filter: ListFilter): Query<O> {
  let q = query.where('account', '=', filter.account).where('region', '=', filter.region)
  if (filter.parent !== undefined) q = q.where('parent', '=', filter.parent)
  if (filter.status !== undefined) q = q.where('status', '=', filter.status)
  if (filter.nameContains) q = q.where('name', 'like', `%${filter.nameContains}%`)
  const { sortBy, descending, after, until } = filter
  // Where it is no bound of the order, a time is compared only: SQLite would read by it, and sort.
  const time = (column: 'created' | 'modified') =>
    sortBy === column ? sql.ref<number>(column) : sql<number>`+${sql.ref(column)}`
  // Beside the place of the page before, a bound on the same side would be sought first, and all pages before passed over again.
  const passed = (column: 'created' | 'modified', isBefore: boolean) =>
    after && sortBy === column && descending === isBefore
  if (filter.createdAfter && !passed('created', false)) q = q.where(time('created'), '>', filter.createdAfter.getTime())
  if (filter.createdBefore && !passed('created', true))
    q = q.where(time('created'), '<', filter.createdBefore.getTime())
  if (filter.modifiedAfter && !passed('modified', false))
    q = q.where(time('modified'), '>', filter.modifiedAfter.getTime())
  if (filter.modifiedBefore && !passed('modified', true))
    q = q.where(time('modified'), '<', filter.modifiedBefore.getTime())
  const beyond = descending ? '<' : '>'
  // Compared as one, so that the index leads to the place.
  if (after) q = q.where(eb => eb(eb.refTuple(sortBy, 'arn'), beyond, eb.tuple(after[0], after[1])))
  if (until) q = q.where(eb => eb(eb.refTuple(sortBy, 'arn'), descending ? '>=' : '<=', eb.tuple(until[0], until[1])))
  const direction = descending ? 'desc' : 'asc'
  return q.orderBy(sortBy, direction).orderBy('arn', direction).limit(filter.limit)
}
