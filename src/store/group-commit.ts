import { setImmediate } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'

type Work = (db: Kysely<Database>) => Promise<unknown>

interface Waiting {
  readonly work: Work
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** More would keep readers waiting. */
const largestGroup = 32

/**
 * Runs each work in a transaction that it shares with what else is waiting, because a commit costs more than most works: what
 * arrives while one group is being made durable is the next group. Works run one after another, each in a savepoint of its own: one
 * that throws leaves nothing and disturbs no other. Only when the commit itself fails do all fail.
 */
export function createGroupCommit(db: Kysely<Database>): <T>(work: (db: Kysely<Database>) => Promise<T>) => Promise<T> {
  const queue: Waiting[] = []
  let draining = false

  async function drain(): Promise<void> {
    draining = true
    while (queue.length > 0) {
      // Requests that have arrived by now join this group.
      await setImmediate()
      await runGroup(db, queue.splice(0, largestGroup))
    }
    draining = false
  }

  return <T>(work: (db: Kysely<Database>) => Promise<T>): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    queue.push({ work, resolve: resolve as Waiting['resolve'], reject })
    if (!draining) void drain()
    return promise
  }
}

async function runGroup(db: Kysely<Database>, group: readonly Waiting[]): Promise<void> {
  try {
    const settle = await db.transaction().execute(async trx => {
      const outcomes: (() => void)[] = []
      for (const waiting of group) outcomes.push(await attempt(trx, waiting))
      return outcomes
    })
    for (const tell of settle) tell()
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}

/** Returns what to tell once the group is committed. */
async function attempt(db: Kysely<Database>, { work, resolve, reject }: Waiting): Promise<() => void> {
  await sql`savepoint one_work`.execute(db)
  try {
    const result = await work(db)
    await sql`release savepoint one_work`.execute(db)
    return () => resolve(result)
  } catch (error) {
    await sql`rollback to savepoint one_work`.execute(db)
    await sql`release savepoint one_work`.execute(db)
    return () => reject(error)
  }
}
