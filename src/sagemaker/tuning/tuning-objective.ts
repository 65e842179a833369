import type { Transaction } from '../../store/store.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { type Curve, tuningTrials } from './tuning-trial.ts'

/** A value of a metric and the place in the host's output of the line that told it. */
export interface FoundMetric {
  readonly name: string
  readonly value: number
  readonly cursor: string
}

/**
 * Appends what a host has told of the objective to the curve of the job's trial, and has the tuning job look at it. Lines that come
 * again after a crash are known by their place and count once; another attempt of the job begins anew.
 */
export async function recordObjective(
  tx: Transaction,
  { objective, notify, attempt }: TrainingJobRow,
  host: string,
  found: readonly FoundMetric[],
): Promise<void> {
  if (!objective || !notify) return
  const trial = await tuningTrials.get(tx, objective.trial)
  if (!trial) return
  const curve: Curve = trial.curve.attempt === attempt ? trial.curve : { values: [], attempt, cursors: {} }
  const seen = curve.cursors[host] ?? ''
  const fresh = found.filter(({ name, cursor }) => name === objective.metric && cursor > seen)
  if (fresh.length === 0) return
  const values = [...curve.values, ...fresh.map(({ value }) => value)]
  const cursors = { ...curve.cursors, [host]: (fresh.at(-1) as FoundMetric).cursor }
  const judged = trial.curve.attempt === attempt ? trial.judged : 0
  await tuningTrials.update(tx, trial.arn, { curve: { values, attempt, cursors }, judged })
  await tx.enqueue(notify.kind, notify.key)
}
