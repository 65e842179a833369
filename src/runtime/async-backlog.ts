import type { Transaction } from '../store/store.ts'

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

/** What asynchronous endpoints have accepted and not answered, oldest first. A row is removed by the commit that settles it. */
export const asyncBacklog = {
  async add({ db }: At, endpoint: string, created: number, invocation: AsyncInvocation): Promise<void> {
    const request = JSON.stringify(invocation)
    await db.insertInto('async_invocation').values({ endpoint, created, request }).execute()
  },

  /** So many that came after the given one. */
  async next({ db }: At, endpoint: string, after: number, limit: number): Promise<Waiting[]> {
    const rows = await db
      .selectFrom('async_invocation')
      .select(['sequence', 'created', 'request'])
      .where('endpoint', '=', endpoint)
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(limit)
      .execute()
    return rows.map(({ request, ...row }) => ({ ...row, invocation: JSON.parse(request) as AsyncInvocation }))
  },

  /** How many wait, and since when the oldest, in milliseconds. */
  async size({ db }: At, endpoint: string): Promise<{ count: number; oldest: number | undefined }> {
    const mine = db.selectFrom('async_invocation').where('endpoint', '=', endpoint)
    const { count } = await mine.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
    const first = await mine.select('created').orderBy('sequence').limit(1).executeTakeFirst()
    return { count: Number(count), oldest: first?.created }
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
