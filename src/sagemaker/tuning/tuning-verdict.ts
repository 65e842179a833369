import { medianVerdict } from './strategy/early-stopping.ts'
import { hyperbandVerdict, rungsOf } from './strategy/hyperband.ts'
import type { TuningDefinition } from './tuning-definition.ts'
import type { TuningJobRow } from './tuning-job.ts'
import { stopsEarly } from './tuning-launch.ts'
import { hyperbandResource } from './tuning-rules.ts'
import { isOpen, type TrialRow } from './tuning-trial.ts'

/** A running trial that has new values of its objective, and why it should be stopped, if it should. */
export interface Judgement {
  readonly trial: TrialRow
  readonly verdict: string | undefined
}

/** Holds each running trial with new values against the others of its definition. */
export function judgements(row: TuningJobRow, trials: readonly TrialRow[]): Judgement[] {
  if (!stopsEarly(row)) return []
  return trials
    .filter(trial => isOpen(trial) && trial.verdict === undefined && trial.curve.values.length > trial.judged)
    .map(trial => ({ trial, verdict: verdictOn(row, trial, trials) }))
}

function verdictOn(row: TuningJobRow, trial: TrialRow, trials: readonly TrialRow[]): string | undefined {
  const definition = row.definitions[trial.definition] as TuningDefinition
  const direction = definition.objective.Type
  const others = trials.filter(other => other.definition === trial.definition && other.number !== trial.number)
  if (row.request.HyperParameterTuningJobConfig.Strategy !== 'Hyperband') {
    const progress = others.map(other => ({ values: other.curve.values, ended: other.objectiveStatus === 'Succeeded' }))
    return medianVerdict(direction, trial.curve.values, trial.judged, progress)
  }
  const resource = hyperbandResource(row.request, definition)
  const climber = ({ number, curve }: TrialRow) => ({
    rungs: rungsOf(resource, row.seed, number),
    values: curve.values,
  })
  return hyperbandVerdict(direction, resource, climber(trial), trial.judged, others.map(climber))
}
