/** The states of an alarm. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** How data that is missing is treated. */
export const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const
export type Treatment = (typeof treatments)[number]

export const comparisons = {
  GreaterThanOrEqualToThreshold: { holds: (value: number, threshold: number) => value >= threshold },
  GreaterThanThreshold: { holds: (value: number, threshold: number) => value > threshold },
  LessThanThreshold: { holds: (value: number, threshold: number) => value < threshold },
  LessThanOrEqualToThreshold: { holds: (value: number, threshold: number) => value <= threshold },
} as const
export type Comparison = keyof typeof comparisons

/** What decides about an alarm of its configuration: M out of N. */
export interface AlarmRule {
  readonly comparison: Comparison
  readonly threshold: number
  /** N. */
  readonly evaluationPeriods: number
  /** M. */
  readonly datapointsToAlarm: number
  readonly missing: Treatment
  /** A newest datapoint of fewer samples leaves the state as it is: of percentiles that are not to be evaluated from few. */
  readonly leastSamples?: number
}

export interface AlarmPoint {
  readonly time: number
  readonly value: number
  readonly samples?: number
}

/** The datapoints of the evaluation range, the oldest first; undefined where there is none. */
export type Range = readonly (AlarmPoint | undefined)[]

/** What is to become of an alarm, and what it was decided from. */
export interface AlarmDecision {
  /** Undefined: it stays as it is. */
  readonly state: AlarmState | undefined
  /** The datapoints that were looked at, the newest first. */
  readonly points: readonly AlarmPoint[]
  /** How many of these breach. */
  readonly breaching: number
  /** How many missing datapoints were filled in. */
  readonly filled: number
}

/** So many periods more than N are looked at, in case some are missing: in AWS's tables 5 for 3. */
const morePeriods = 2

export const rangeOf = ({ evaluationPeriods }: AlarmRule): number => evaluationPeriods + morePeriods

/**
 * Whether an alarm is to change. Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data" (its two tables are the
 * test's) and, for few samples, "Percentile-based alarms and low data samples".
 */
export function decideAlarm(rule: AlarmRule, range: Range): AlarmDecision {
  const { comparison, threshold, evaluationPeriods, datapointsToAlarm, missing } = rule
  const points = range
    .flatMap(point => point ?? [])
    .toReversed()
    .slice(0, evaluationPeriods)
  const breaching = points.filter(({ value }) => comparisons[comparison].holds(value, threshold)).length
  const filled = evaluationPeriods - points.length
  const told = { points, breaching, filled }
  if (isFewSamples(rule, points[0])) return { state: undefined, ...told }
  if (filled === 0 || missing === 'notBreaching') return { state: stateOf(breaching >= datapointsToAlarm), ...told }
  if (missing === 'breaching') return { state: stateOf(breaching + filled >= datapointsToAlarm), ...told }
  if (breaching >= datapointsToAlarm) return { state: 'ALARM', ...told }
  if (points.length > breaching) return { state: 'OK', ...told }
  // All that is there breaches, but it is not enough.
  if (missing === 'ignore') return { state: undefined, ...told }
  if (points.length === 0) return { state: 'INSUFFICIENT_DATA', ...told }
  const age = range.length - range.findIndex(point => point !== undefined)
  return { state: stateOf(age >= datapointsToAlarm), ...told }
}

const stateOf = (isAlarm: boolean): AlarmState => (isAlarm ? 'ALARM' : 'OK')

const isFewSamples = ({ leastSamples = 0 }: AlarmRule, newest: AlarmPoint | undefined): boolean =>
  newest?.samples !== undefined && newest.samples < leastSamples
