import type { Kysely } from 'kysely'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { Database } from './database.ts'
import { attempt, createCommitQueue, type GroupCommit, type Waiting, type WorkRules, waited } from './group-commit.ts'
import type { Watch } from './postgres-driver.ts'

/** PostgreSQL 15, Appendix A: serialization_failure, deadlock_detected. Section 13.5: such a transaction is to be tried again. */
const again = new Set(['40001', '40P01'])
const mayTryAgain = (error: unknown): boolean => again.has((error as { code?: string } | undefined)?.code ?? '')
const mostTries = 20
const shortestPauseMs = 2

/**
 * The works of one process run one after another in serializable transactions that they share, as in SQLite; with those of other
 * processes the database finds out whether they could have. A group that could not is run again, which a work does not notice: it does
 * SQL and nothing else.
 */
export const createSerializableCommit = (db: Kysely<Database>, patience: WorkRules['patience']): GroupCommit => {
  const rules = { patience, ends: mayTryAgain }
  return createCommitQueue(async group => {
    for (let tries = 1; ; tries++) {
      const error = await runOnce(db, group, rules)
      if (error === undefined) return
      if ((error.begun && !mayTryAgain(error.cause)) || tries === mostTries) {
        for (const { reject } of group) reject(error.cause)
        return
      }
      await clock.sleep(shortestPauseMs * Math.min(tries, 10) * (0.5 + randomness.number()))
    }
  })
}

/** Why nothing of the group was committed, and whether any of it was run; undefined when all have been told. */
async function runOnce(
  db: Kysely<Database>,
  group: readonly Waiting[],
  rules: WorkRules,
): Promise<{ readonly cause: unknown; readonly begun: boolean } | undefined> {
  const outcomes: (() => void)[] = []
  let begun = false
  try {
    await db
      .transaction()
      .setIsolationLevel('serializable')
      .execute(async trx => {
        begun = true
        for (const waiting of group) {
          const outcome = await attempt(trx, waiting, rules)
          if ('cause' in outcome) throw outcome.cause
          outcomes.push(outcome.tell)
        }
      })
  } catch (cause) {
    return { cause, begun }
  }
  for (const tell of outcomes) tell()
  return undefined
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
