import { setImmediate } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { Store } from '../store/store.ts'

type Work = (db: Kysely<Database>) => Promise<unknown>

interface Waiting {
  readonly work: Work
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Outcome {
  readonly waiting: Waiting
  readonly result?: unknown
  readonly error?: unknown
}

const queues = new WeakMap<Store, Waiting[]>()
const largestBatch = 64

/**
 * Runs work in a transaction that it shares with what else is waiting, because syncing a commit costs more than the work: sixty-four
 * small objects become durable together. Each work is a savepoint of its own: one that throws leaves nothing and disturbs no other.
 * Resolves once the commit is on the disk.
 */
export function commit<T>(store: Store, work: (db: Kysely<Database>) => Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const waiting: Waiting = { work, resolve: resolve as Waiting['resolve'], reject }
  const queue = queues.get(store)
  if (queue) queue.push(waiting)
  else {
    const begun = [waiting]
    queues.set(store, begun)
    void drain(store, begun)
  }
  return promise
}

async function drain(store: Store, queue: Waiting[]): Promise<void> {
  while (queue.length > 0) {
    // Requests that are ready by now join this commit.
    await setImmediate()
    await runBatch(store, queue.splice(0, largestBatch))
  }
  queues.delete(store)
}

async function runBatch(store: Store, batch: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await store.transaction(async ({ db }) => {
      const done: Outcome[] = []
      for (const waiting of batch) done.push(await attempt(db, waiting))
      return done
    })
    for (const { waiting, result, error } of outcomes) {
      if (error === undefined) waiting.resolve(result)
      else waiting.reject(error)
    }
  } catch (error) {
    for (const waiting of batch) waiting.reject(error)
  }
}

async function attempt(db: Kysely<Database>, waiting: Waiting): Promise<Outcome> {
  await sql`savepoint one_work`.execute(db)
  try {
    const result = await waiting.work(db)
    await sql`release savepoint one_work`.execute(db)
    return { waiting, result }
  } catch (error) {
    await sql`rollback to savepoint one_work`.execute(db)
    return { waiting, error: error ?? new Error('The work was refused without a reason') }
  }
}
