import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SelectQueryBuilder } from 'kysely'
import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'

let secret = randomness.bytes(32)

/** Set once at start from the installation's own secret, so that tokens outlive a restart. */
export function setPageTokenSecret(value: Buffer): void {
  secret = Buffer.from(value)
}

/**
 * Opaque and unforgeable: holds where the next page begins, bound to `scope` (account, region, operation and filters), so that a
 * token of another caller or another listing is refused. The cursor names a position in the order, not a count, so inserts
 * between pages neither repeat nor hide an item.
 */
function encodePageToken(scope: string, cursor: unknown): string {
  const body = Buffer.from(JSON.stringify(cursor))
  return Buffer.concat([sign(scope, body), body]).toString('base64url')
}

/** Throws ValidationException for a token that was not made for this scope. */
function decodePageToken(scope: string, token: string): unknown {
  const bytes = Buffer.from(token, 'base64url')
  const body = bytes.subarray(16)
  const genuine = bytes.length > 16 && timingSafeEqual(bytes.subarray(0, 16), sign(scope, body))
  if (!genuine)
    throw new ValidationException('Invalid NextToken: it was not returned by this operation with these parameters.')
  return JSON.parse(body.toString())
}

const sign = (scope: string, body: Buffer): Buffer =>
  createHmac('sha256', secret).update(scope).update('\0').update(body).digest().subarray(0, 16)

/** One listing as one caller asks for it, page by page. */
export interface Paging<Cursor> {
  /** Where the page before ended; undefined for the first page. */
  readonly after: Cursor | undefined
  /** The token of a page that ends at the cursor. */
  token(cursor: Cursor): string
  /** The first `limit` of the items, which are one more when there is a next page, and its token. */
  cut<Item>(items: readonly Item[], limit: number, cursorOf: (last: Item) => Cursor): { items: Item[]; next?: string }
}

/**
 * Pages of a listing. `listing` names all that makes it another: account, region, operation, filters. `refuse` makes the API's own error
 * of a token that was not made for it.
 */
export function paging<Cursor>(
  listing: readonly unknown[],
  token: string | undefined,
  refuse: (message: string) => Error = message => new ValidationException(message),
): Paging<Cursor> {
  const scope = JSON.stringify(listing)
  const make = (cursor: Cursor): string => encodePageToken(scope, cursor)
  return {
    after: token === undefined ? undefined : (cursorOf(scope, token, refuse) as Cursor),
    token: make,
    cut(items, limit, cursorOf) {
      const last = items[limit - 1]
      if (items.length <= limit || last === undefined) return { items: [...items] }
      return { items: items.slice(0, limit), next: make(cursorOf(last)) }
    },
  }
}

function cursorOf(scope: string, token: string, refuse: (message: string) => Error): unknown {
  try {
    return decodePageToken(scope, token)
  } catch (error) {
    throw refuse((error as Error).message)
  }
}

/** Rows by a column and, where that is equal, by their ids. */
export interface ColumnOrder {
  readonly column: string
  /** `id` unless told: the column that tells rows of the same value apart. */
  readonly id?: string
  readonly direction: 'asc' | 'desc'
}

/** Where a page in such an order ended. */
export type ColumnPlace = readonly [value: number | string, id: string]

/** The rows in an order, from the place on where the page before ended. Compared as one, so that an index leads to it. */
export function inOrder<Db, Table extends keyof Db, Row>(
  query: SelectQueryBuilder<Db, Table, Row>,
  { column, id = 'id', direction }: ColumnOrder,
  after: ColumnPlace | undefined,
): SelectQueryBuilder<Db, Table, Row> {
  // biome-ignore lint/suspicious/noExplicitAny: the columns are the caller's word
  const rows = query as SelectQueryBuilder<any, any, Row>
  const beyond = direction === 'desc' ? '<' : '>'
  const rest = after && rows.where(eb => eb(eb.refTuple(column, id), beyond, eb.tuple(after[0], after[1])))
  return (rest ?? rows).orderBy(column, direction).orderBy(id, direction) as typeof query
}
