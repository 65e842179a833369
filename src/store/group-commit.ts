import { setImmediate } from 'node:timers/promises'
import { CompiledQuery, type Kysely } from 'kysely'
import type { Database } from './database.ts'

type Work = (db: Kysely<Database>) => Promise<unknown>

interface Waiting {
  readonly work: Work
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** More would keep readers waiting. */
const largestGroup = 32

/** Commits many works at once. */
interface GroupCommit {
  /** Rejects with what the work throws, or with an Error whose cause ended the group's transaction. */
  run<T>(work: (db: Kysely<Database>) => Promise<T>): Promise<T>
  /** Resolves when no work waits or runs. */
  idle(): Promise<void>
}

/**
 * Runs each work in a transaction that it shares with what else is waiting, because a commit costs more than most works: what
 * arrives while one group is being made durable is the next group. Works run one after another, each in a savepoint of its own: one
 * that throws leaves nothing and disturbs no other. When the commit fails, all fail; when the database ends the transaction before
 * that, as it does when the disk is full, those that have run fail with the one that met it, and those that have not are the next group.
 */
export function createGroupCommit(db: Kysely<Database>, warnAfterMs = 30_000): GroupCommit {
  const queue: Waiting[] = []
  let draining: Promise<void> | undefined

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // Requests that have arrived by now join this group.
      await setImmediate()
      const group = queue.splice(0, largestGroup)
      const watch = setTimeout(warnOf, warnAfterMs, group).unref()
      queue.unshift(...(await runGroup(db, group)))
      clearTimeout(watch)
    }
    draining = undefined
  }

  return {
    run<T>(work: (db: Kysely<Database>) => Promise<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      queue.push({ work, resolve: resolve as Waiting['resolve'], reject })
      draining ??= drain()
      return promise
    },
    idle: async () => draining,
  }
}

/** A work that waits for anything but the database keeps everybody waiting: the log is to say so. */
const warnOf = (group: readonly Waiting[]): void =>
  process.emitWarning(`A transaction of ${group.length} works does not end; every other waits for it`)

/** Returns the works that have not run because the transaction ended before. */
async function runGroup(db: Kysely<Database>, group: readonly Waiting[]): Promise<readonly Waiting[]> {
  const outcomes: (() => void)[] = []
  let ended: { readonly cause: unknown } | undefined
  try {
    await db.transaction().execute(async trx => {
      for (const waiting of group) {
        const outcome = await attempt(trx, waiting)
        if ('tell' in outcome) outcomes.push(outcome.tell)
        else {
          ended = outcome
          throw outcome.cause
        }
      }
    })
    for (const tell of outcomes) tell()
    return []
  } catch (error) {
    const [met, ...notRun] = group.slice(outcomes.length)
    if (!ended || !met) {
      for (const { reject } of group) reject(error)
      return []
    }
    met.reject(ended.cause)
    const also = new Error('The transaction was ended by another that shared it', ended)
    for (const { reject } of group.slice(0, outcomes.length)) reject(also)
    return notRun
  }
}

const savepoint = {
  set: CompiledQuery.raw('savepoint one_work'),
  release: CompiledQuery.raw('release savepoint one_work'),
  rollBack: CompiledQuery.raw('rollback to savepoint one_work'),
}

/** Returns what to tell once the group is committed, or the work's error when the transaction is over with it. */
async function attempt(
  db: Kysely<Database>,
  { work, resolve, reject }: Waiting,
): Promise<{ tell(): void } | { cause: unknown }> {
  await db.executeQuery(savepoint.set)
  try {
    const result = await work(db)
    await db.executeQuery(savepoint.release)
    return { tell: () => resolve(result) }
  } catch (error) {
    return (await undo(db)) ? { tell: () => reject(error) } : { cause: error }
  }
}

/** False when the database has ended the transaction, as it does when the disk is full. */
async function undo(db: Kysely<Database>): Promise<boolean> {
  try {
    await db.executeQuery(savepoint.rollBack)
    await db.executeQuery(savepoint.release)
    return true
  } catch {
    return false
  }
}
