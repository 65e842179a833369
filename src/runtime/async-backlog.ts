import { sql } from 'kysely'
import type { Db } from '../store/database.ts'
import type { Transaction } from '../store/store.ts'
import type { Route } from './routing-table.ts'

/** A request to an asynchronous endpoint, as it was accepted. */
export interface AsyncInvocation {
  readonly inferenceId: string
  /** Of the input: where it is, or itself in base64. */
  readonly input: { readonly location: string } | { readonly inline: string }
  readonly contentType?: string
  readonly accept?: string
  readonly customAttributes?: string
  readonly outputLocation: string
  /** Where a failure is written; nowhere when absent. */
  readonly failureLocation?: string
  /** When it is too old to be answered, in milliseconds. */
  readonly expires: number
  readonly timeoutMs: number
  /** How it has ended, once its object is written: what is left is to tell it. */
  readonly settled?: Settled
}

/** Times in milliseconds, `content` in base64, as much of it as a notification holds. */
export type Settled =
  | {
      readonly kind: 'answer'
      readonly download: number
      readonly model: number
      readonly upload: number
      readonly contentType?: string | undefined
      readonly content?: string | undefined
    }
  | {
      readonly kind: 'failure'
      readonly metric: string
      readonly reason: string
      readonly status?: number | undefined
      readonly content?: string | undefined
    }

/** One that waits, with its place in the line. */
export interface Waiting {
  readonly sequence: number
  /** Milliseconds. */
  readonly created: number
  readonly invocation: AsyncInvocation
}

type At = Pick<Transaction, 'db'>

/** Whom a request is for, and whose it is. */
type Endpoint = Pick<Route, 'arn' | 'account'>

interface Row {
  readonly sequence: number
  readonly created: number
  readonly request: string
}

const ofEndpoint = (db: Db, endpoint: string) =>
  db
    .selectFrom('async_invocation')
    .select(['sequence', 'created', 'expires', 'request'])
    .where('endpoint', '=', endpoint)

/** The oldest by their end first: the plus keeps SQLite from sorting all that came after. */
const byExpiry = (db: Db, endpoint: string, after: number, limit: number) =>
  ofEndpoint(db, endpoint).where(sql`+sequence`, '>', after).orderBy('expires').limit(limit)

const waitingOf = ({ sequence, created, request }: Row): Waiting => ({
  ...{ sequence, created },
  invocation: JSON.parse(request) as AsyncInvocation,
})

/** What asynchronous endpoints have accepted and not answered, oldest first. A row is removed by the commit that settles it. */
export const asyncBacklog = {
  async add({ db }: At, { arn, account }: Endpoint, created: number, invocation: AsyncInvocation): Promise<void> {
    const [request, { expires }] = [JSON.stringify(invocation), invocation]
    await db.insertInto('async_invocation').values({ endpoint: arn, account, created, expires, request }).execute()
  },

  /** So many that came after the given one. */
  async next({ db }: At, endpoint: string, after: number, limit: number): Promise<Waiting[]> {
    const rows = ofEndpoint(db, endpoint).where('sequence', '>', after).orderBy('sequence').limit(limit)
    return (await rows.execute()).map(waitingOf)
  },

  /** So many that came after the given one and are too old to be answered. */
  async expired({ db }: At, endpoint: string, after: number, now: number, limit: number): Promise<Waiting[]> {
    return (await byExpiry(db, endpoint, after, limit).where('expires', '<', now).execute()).map(waitingOf)
  },

  /** When the first of those that came after the given one is too old, in milliseconds. */
  async firstExpiry({ db }: At, endpoint: string, after: number): Promise<number | undefined> {
    return (await byExpiry(db, endpoint, after, 1).executeTakeFirst())?.expires
  },

  /** How many wait. */
  async count({ db }: At, endpoint: string): Promise<number> {
    const mine = db.selectFrom('async_backlog').select('requests').where('endpoint', '=', endpoint)
    return (await mine.executeTakeFirst())?.requests ?? 0
  },

  /** Since when the oldest waits, in milliseconds. */
  async oldest({ db }: At, endpoint: string): Promise<number | undefined> {
    const mine = db.selectFrom('async_invocation').select('created').where('endpoint', '=', endpoint)
    return (await mine.orderBy('sequence').limit(1).executeTakeFirst())?.created
  },

  /** In the commit that makes an answer's object visible, or a failure's: nobody asks for it again after that. */
  async settle({ db }: At, { sequence, invocation }: Waiting, settled: Settled): Promise<void> {
    const request = JSON.stringify({ ...invocation, settled })
    await db.updateTable('async_invocation').set({ request }).where('sequence', '=', sequence).execute()
  },

  async remove({ db }: At, sequence: number): Promise<void> {
    await db.deleteFrom('async_invocation').where('sequence', '=', sequence).execute()
  },

  /** Removes so many of an endpoint's at most; returns whether there may be more. */
  async clear({ db }: At, endpoint: string, limit: number): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('async_invocation')
      .where('sequence', 'in', eb =>
        eb.selectFrom('async_invocation').select('sequence').where('endpoint', '=', endpoint).limit(limit),
      )
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows) === limit
  },
}
