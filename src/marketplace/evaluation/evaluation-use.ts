import type { Db } from '../../store/database.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { EvaluationUseTable } from '../../store/schema/market-evaluation-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { minutesBegun } from '../billing/minutes-begun.ts'
import { type EvaluationRun, findRun, runKind } from './evaluation-run.ts'

/**
 * Containers of an evaluation begin to run, from when on the seller's minutes count. While they run, a repetition changes nothing. The
 * tables that bills are made of never hear of it.
 */
export async function evaluationStarted(
  tx: Transaction,
  arn: string,
  dimension: string,
  instances: number,
  at: Date,
): Promise<void> {
  const run = await findRun(tx.db, arn)
  if (!run) throw new Error(`${arn} is no evaluation`)
  const uses = await usesOf(tx.db, arn)
  if (uses.some(({ stopped }) => stopped === never)) return
  const started = at.getTime()
  await tx.db
    .insertInto('market_evaluation_use')
    .values({ arn, dimension, started, stopped: never, instances })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await tx.enqueue(runKind, arn, new Date(deadlineOf(run, uses) ?? deadlineFrom(run, started)))
}

/** All of the job's containers have ended, a moment after they began at the least, whatever the clocks say. */
export async function evaluationStopped({ db }: Transaction, arn: string, at: Date): Promise<void> {
  for (const { started } of (await usesOf(db, arn)).filter(({ stopped }) => stopped === never))
    await db
      .updateTable('market_evaluation_use')
      .set({ stopped: Math.max(started + 1, at.getTime()) })
      .where('arn', '=', arn)
      .where('started', '=', started)
      .execute()
}

export async function usesOf(db: Db, arn: string): Promise<EvaluationUseTable[]> {
  const rows = await db
    .selectFrom('market_evaluation_use')
    .selectAll()
    .where('arn', '=', arn)
    .orderBy('started')
    .execute()
  return rows.map(row => ({ ...row, started: Number(row.started), stopped: Number(row.stopped) }))
}

const deadlineFrom = ({ maxMinutes }: EvaluationRun, began: number): number => began + maxMinutes * 60_000

/** When a run's minutes are over; undefined before any container ran. What the platform lost of them is not given back. */
export function deadlineOf(run: EvaluationRun, uses: readonly EvaluationUseTable[]): number | undefined {
  const [first] = uses
  return first && deadlineFrom(run, first.started)
}

/** Minutes of instances as a bill would count them. */
export const minutesOf = (uses: readonly EvaluationUseTable[], now: number): number =>
  uses.reduce((sum, { started, stopped, instances }) => {
    const until = Math.min(stopped, now)
    return sum + instances * minutesBegun(started, until, started, until)
  }, 0)
