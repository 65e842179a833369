import { setImmediate as turn } from 'node:timers/promises'
import { CompiledQuery, type Kysely } from 'kysely'
import { clock } from '../ground/clock.ts'
import type { Database } from './database.ts'
import { inScope, outOfScope, requireNoTransaction } from './transaction-scope.ts'

type Work = (db: Kysely<Database>) => Promise<unknown>

/** A work that asked for a transaction. */
export interface Waiting {
  /** Who asked for it: the place in the code. */
  readonly owner: () => string
  readonly work: Work
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** As many wait together for the disk. */
export const largestGroup = 32
/** Milliseconds after which a group is committed as far as it has come: nobody is answered meanwhile. */
const pieceMs = 1

/** Commits many works at once. */
export interface GroupCommit {
  /**
   * Rejects with what the work throws, or with an Error whose cause ended the group's transaction. Throws within another work's
   * transaction, which would wait for itself. A work that waits for anything but the database is ended with an Error that names its
   * owner, and leaves nothing: all others would wait with it.
   */
  run<T>(owner: () => string, work: (db: Kysely<Database>) => Promise<T>): Promise<T>
  /** Resolves when no work waits or runs. */
  idle(): Promise<void>
}

/**
 * Runs each work in a transaction that it shares with what else is waiting, because a commit costs more than most works: what
 * arrives while one group is being made durable is the next group. Works run one after another, each in a savepoint of its own: one
 * that throws leaves nothing and disturbs no other. When the commit fails, all fail; when the database ends the transaction before
 * that, as it does when the disk is full, those that have run fail with the one that met it, and those that have not are run after it.
 * A group whose works take long is committed in pieces, between which others are answered, and which wait for the disk together.
 */
export const createGroupCommit = (db: Kysely<Database>): GroupCommit =>
  createCommitQueue(async first => {
    const pieces: Promise<void>[] = []
    for (let group = first; group.length > 0; ) {
      const { promise: rest, resolve: leave } = Promise.withResolvers<readonly Waiting[]>()
      pieces.push(runPiece(db, group, leave))
      group = await rest
      if (group.length > 0) await turn()
    }
    await Promise.all(pieces)
  })

/** Gathers works into groups, of which one is run at a time. */
export function createCommitQueue(runGroup: (group: readonly Waiting[]) => Promise<void>): GroupCommit {
  const queue: Waiting[] = []
  let draining: Promise<void> | undefined

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // Requests that have arrived by now join this group.
      await turn()
      await runGroup(queue.splice(0, largestGroup))
    }
    draining = undefined
  }

  return {
    async run<T>(owner: () => string, work: (db: Kysely<Database>) => Promise<T>): Promise<T> {
      requireNoTransaction('A transaction')
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      queue.push({ owner, work, resolve: resolve as Waiting['resolve'], reject })
      draining ??= outOfScope(drain)
      return promise
    },
    idle: async () => draining,
  }
}

/**
 * Runs a group's first works and resolves when they are told. `leave` is called before, with the works that have not run: their time
 * was up, or the database has ended the transaction.
 */
async function runPiece(
  db: Kysely<Database>,
  group: readonly Waiting[],
  leave: (rest: readonly Waiting[]) => void,
): Promise<void> {
  const outcomes: (() => void)[] = []
  let own = group
  let ended: { readonly cause: unknown } | undefined
  try {
    await db.transaction().execute(async trx => {
      const until = clock.elapsed() + pieceMs
      for (const waiting of group) {
        const outcome = await attempt(trx, waiting)
        if ('tell' in outcome) outcomes.push(outcome.tell)
        else {
          ended = outcome
          throw outcome.cause
        }
        if (clock.elapsed() >= until) break
      }
      own = group.slice(0, outcomes.length)
      leave(group.slice(outcomes.length))
    })
    for (const tell of outcomes) tell()
  } catch (error) {
    if (!ended) {
      for (const { reject } of own) reject(error)
      return leave([])
    }
    const [met, ...notRun] = group.slice(outcomes.length)
    met?.reject(ended.cause)
    const also = new Error('The transaction was ended by another that shared it', ended)
    for (const { reject } of group.slice(0, outcomes.length)) reject(also)
    leave(notRun)
  }
}

const savepoint = {
  set: CompiledQuery.raw('savepoint one_work'),
  release: CompiledQuery.raw('release savepoint one_work'),
  rollBack: CompiledQuery.raw('rollback to savepoint one_work'),
}

/** How a database differs from another in what a work meets. */
export interface WorkRules {
  /** Sees a work wait for something that is not SQL: `passed` rejects with `waited` then. */
  patience(): { readonly passed: Promise<never>; forget(): void }
  /** Whether an error is not the work's own but the end of the whole transaction. */
  ends(error: unknown): boolean
}

/** Returns what to tell once the group is committed, or the work's error when the transaction is over with it. */
export async function attempt(
  db: Kysely<Database>,
  waiting: Waiting,
  rules: WorkRules = sqliteRules,
): Promise<{ tell(): void } | { cause: unknown }> {
  await db.executeQuery(savepoint.set)
  try {
    const tell = await runWork(db, waiting, rules)
    await db.executeQuery(savepoint.release)
    return { tell }
  } catch (error) {
    return !rules.ends(error) && (await undo(db)) ? { tell: () => waiting.reject(error) } : { cause: error }
  }
}

/** Runs a work, which its error leaves half done, and returns what to tell once it is committed. */
export async function runWork(
  db: Kysely<Database>,
  { owner, work, resolve }: Waiting,
  { patience }: WorkRules,
): Promise<() => void> {
  const idle = patience()
  const scope = { owner, open: true }
  try {
    const result = await Promise.race([inScope(scope, () => work(db)), idle.passed])
    return () => resolve(result)
  } catch (error) {
    if (error !== waited) throw error
    throw new Error(`The transaction of ${owner()} waited for something that is not SQL, and was undone`)
  } finally {
    scope.open = false
    idle.forget()
  }
}

/** What `passed` of a patience rejects with. */
export const waited = Symbol('waited for something that is not SQL')

const sqliteRules: WorkRules = {
  /**
   * SQLite answers before the process turns to anything else. So a work that lets it turn waits for something else: a file, the network,
   * a timer, another transaction.
   */
  patience() {
    const { promise: passed, reject } = Promise.withResolvers<never>()
    passed.catch(() => {})
    const timer = setImmediate(() => reject(waited))
    return { passed, forget: () => clearImmediate(timer) }
  },
  /** Seen when the work is undone. */
  ends: () => false,
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
