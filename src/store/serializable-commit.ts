import type { Kysely } from 'kysely'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { Database } from './database.ts'
import {
  attempt,
  createCommitQueue,
  type GroupCommit,
  runWork,
  type Waiting,
  type WorkRules,
  waited,
} from './group-commit.ts'
import { CommitUndone, type Watch } from './postgres-driver.ts'
import { ServerLost } from './server-fence.ts'

/** PostgreSQL 15, Appendix A: serialization_failure, deadlock_detected. Section 13.5: such a transaction is to be tried again. */
const again = new Set(['40001', '40P01'])
const mayTryAgain = (error: unknown): boolean =>
  error instanceof CommitUndone || again.has((error as { code?: string } | undefined)?.code ?? '')
const mostTries = 20
const shortestPauseMs = 2

/**
 * The works of one process run one after another in serializable transactions that they share, as in SQLite; with those of other
 * processes the database finds out whether they could have. A group that could not is run again, which a work does not notice: it does
 * SQL and nothing else. So is a group of which one work failed, each in a savepoint of its own then: savepoints are two more round trips.
 * What may have been committed is never run again: its works reject with an OutcomeUnknown.
 */
export const createSerializableCommit = (db: Kysely<Database>, patience: WorkRules['patience']): GroupCommit => {
  const rules = { patience, ends: mayTryAgain }
  return createCommitQueue(async group => {
    let run = runAll
    for (let tries = 1; ; tries++) {
      const outcome = await commit(db, trx => run(trx, group, rules))
      if ('told' in outcome) {
        for (const tell of outcome.told) tell()
        return
      }
      const isConflict =
        mayTryAgain(outcome.cause) || (outcome.at === 'beginning' && !(outcome.cause instanceof ServerLost))
      const mayBeOneOnly = outcome.at === 'work' && run === runAll && group.length > 1
      if (tries === mostTries || !(isConflict || mayBeOneOnly)) {
        for (const { reject } of group) reject(outcome.cause)
        return
      }
      if (isConflict) await clock.sleep(shortestPauseMs * Math.min(tries, 10) * (0.5 + randomness.number()))
      else run = runEach
    }
  })
}

type Run = (trx: Kysely<Database>, group: readonly Waiting[], rules: WorkRules) => Promise<(() => void)[]>

const runAll: Run = async (trx, group, rules) => {
  const told: (() => void)[] = []
  for (const waiting of group) told.push(await runWork(trx, waiting, rules))
  return told
}

const runEach: Run = async (trx, group, rules) => {
  const told: (() => void)[] = []
  for (const waiting of group) {
    const outcome = await attempt(trx, waiting, rules)
    if ('cause' in outcome) throw outcome.cause
    told.push(outcome.tell)
  }
  return told
}

/** How far a transaction has come. */
type Stage = 'beginning' | 'work' | 'commit'

/** What to tell, once it is committed; or why it was not, or nobody knows, and how far it had come. */
async function commit(
  db: Kysely<Database>,
  run: (trx: Kysely<Database>) => Promise<(() => void)[]>,
): Promise<{ readonly told: (() => void)[] } | { readonly cause: unknown; readonly at: Stage }> {
  let at: Stage = 'beginning'
  try {
    const transaction = db.transaction().setIsolationLevel('serializable')
    const told = await transaction.execute(async trx => {
      at = 'work'
      const ran = await run(trx)
      at = 'commit'
      return ran
    })
    return { told }
  } catch (cause) {
    return { cause, at }
  }
}

/** Tells a work that waits for PostgreSQL from one that waits for something else: no statement of it is under way, and the process turns. */
export function createStatementWatch(): Watch & Pick<WorkRules, 'patience'> {
  let running = 0
  let timer: NodeJS.Immediate | undefined
  let onIdle: (() => void) | undefined
  const look = () => {
    clearImmediate(timer)
    if (onIdle && running === 0) timer = setImmediate(onIdle)
  }
  return {
    begin() {
      running++
      clearImmediate(timer)
    },
    end() {
      running--
      look()
    },
    patience() {
      const { promise: passed, reject } = Promise.withResolvers<never>()
      passed.catch(() => {})
      onIdle = () => reject(waited)
      look()
      return {
        passed,
        forget() {
          onIdle = undefined
          clearImmediate(timer)
        },
      }
    },
  }
}
