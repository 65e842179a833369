import { MathFault } from './math-fault.ts'
import {
  eachSeries,
  isList,
  isScalar,
  isSeries,
  mapSeries,
  mapValue,
  type Series,
  seriesOf,
  timesOf,
  type Value,
} from './series-value.ts'

/** When an expression is computed: the times at which datapoints can be, and their distance in seconds. */
export interface Grid {
  readonly times: readonly number[]
  readonly period: number
}

/** How many values a function takes, and what it makes of them. */
interface MetricFunction {
  readonly takes: readonly [least: number, most: number]
  readonly make: (given: readonly Value[], grid: Grid) => Value
}

const of = (make: (value: Value, grid: Grid) => Value): MetricFunction => ({
  takes: [1, 1],
  make: ([value], grid) => make(value as Value, grid),
})

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const average = (values: readonly number[]): number => sum(values) / values.length
const deviation = (values: readonly number[]): number => {
  const mean = average(values)
  return Math.sqrt(average(values.map(value => (value - mean) ** 2)))
}

/** Of a metric one number, of several metrics a metric. */
const aggregate = (make: (values: readonly number[]) => number): MetricFunction =>
  of(value => {
    if (isSeries(value)) return make([...value.values()])
    if (!isList(value)) throw new MathFault('an aggregate is of a metric or a list of metrics.')
    const at = (time: number) => value.flatMap(series => series.get(time) ?? [])
    return seriesOf(timesOf(value).map(time => [time, make(at(time))] as const))
  })

const pointwise = (make: (value: number) => number): MetricFunction => of(value => mapValue(value, make))

/** From each datapoint and the one before it. */
const steps = (make: (value: number, before: number, seconds: number) => number): MetricFunction =>
  of(value =>
    eachSeries(value, series => {
      let last: readonly [number, number] | undefined
      return mapSeries(series, (now, time) => {
        const before = last
        last = [time, now]
        return before && make(now, before[1], (time - before[0]) / 1000)
      })
    }),
  )

const calendar = (make: (date: Date) => number): MetricFunction =>
  of(value => eachSeries(value, series => mapSeries(series, (_, time) => make(new Date(time)))))

const constant = (value: number, { times }: Grid): Series => seriesOf(times.map(time => [time, value] as const))

const chosen = (pick: (list: readonly Series[]) => Series | undefined): MetricFunction =>
  of(value => {
    if (!isList(value)) throw new MathFault('a list of metrics is wanted.')
    return pick(value) ?? new Map()
  })

/** What `FILL` may be given in the place of a number. */
export const fillWords = ['REPEAT', 'LINEAR'] as const
export type FillWord = (typeof fillWords)[number]

/** Datapoints at every time: a number, that of another metric, the last one, or on a line between two. */
export function fill(value: Value, by: Value | FillWord, { times }: Grid): Value {
  if (by === 'REPEAT') return eachSeries(value, series => repeated(series, times))
  if (by === 'LINEAR') return eachSeries(value, series => interpolated(series, times))
  if (typeof by === 'string' || isList(by)) throw new MathFault('FILL takes a number, a metric, REPEAT or LINEAR.')
  return eachSeries(value, series =>
    seriesOf(times.map(time => [time, series.get(time) ?? valueAt(by, time)] as const)),
  )
}

function repeated(series: Series, times: readonly number[]): Series {
  let last: number | undefined
  return seriesOf(
    times.map(time => {
      last = series.get(time) ?? last
      return [time, last] as const
    }),
  )
}

function interpolated(series: Series, times: readonly number[]): Series {
  const known = [...series]
  let next = 0
  return seriesOf(
    times.map(time => {
      while ((known[next]?.[0] ?? Number.POSITIVE_INFINITY) < time) next += 1
      const [before, after] = [known[next - 1], known[next]]
      if (after?.[0] === time) return after
      if (!before || !after) return [time, undefined] as const
      const part = (time - before[0]) / (after[0] - before[0])
      return [time, before[1] + (after[1] - before[1]) * part] as const
    }),
  )
}

const valueAt = (value: Value | undefined, time: number): number | undefined => {
  if (value === undefined || isScalar(value)) return value
  if (isSeries(value)) return value.get(time)
  throw new MathFault('IF chooses between numbers and metrics, not lists.')
}

function choose([condition, yes, no]: readonly Value[], grid: Grid): Value {
  if (condition === undefined || isList(condition)) throw new MathFault('the condition of IF is a number or a metric.')
  if (isScalar(condition)) {
    const found = (condition !== 0 ? yes : no) ?? new Map()
    // Of what kind the result is does not depend on the data.
    return isScalar(found) && [yes, no].some(value => value === undefined || isSeries(value))
      ? constant(found, grid)
      : found
  }
  return mapSeries(condition as Series, (value, time) => valueAt(value !== 0 ? yes : no, time))
}

/** Functions by their names. Source: CloudWatch User Guide, "Functions supported for metric math". */
export const functions: Readonly<Record<string, MetricFunction>> = {
  ABS: pointwise(Math.abs),
  AVG: aggregate(average),
  CEIL: pointwise(Math.ceil),
  DATAPOINT_COUNT: aggregate(values => values.length),
  DATE: calendar(date => date.getUTCDate()),
  DAY: calendar(date => date.getUTCDay() || 7),
  DIFF: steps((value, before) => value - before),
  DIFF_TIME: steps((_, __, seconds) => seconds),
  EPOCH: calendar(date => date.getTime() / 1000),
  FIRST: chosen(list => list[0]),
  FLOOR: pointwise(Math.floor),
  HOUR: calendar(date => date.getUTCHours()),
  IF: { takes: [2, 3], make: choose },
  LAST: chosen(list => list.at(-1)),
  LOG: pointwise(Math.log),
  LOG10: pointwise(Math.log10),
  MAX: aggregate(values => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)),
  METRIC_COUNT: of(value => (isList(value) ? value.length : 1)),
  MIN: aggregate(values => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)),
  MINUTE: calendar(date => date.getUTCMinutes()),
  MONTH: calendar(date => date.getUTCMonth() + 1),
  PERIOD: of((_, { period }) => period),
  RATE: steps((value, before, seconds) => (value - before) / seconds),
  RUNNING_SUM: of(value =>
    eachSeries(value, series => {
      let total = 0
      return mapSeries(series, point => {
        total += point
        return total
      })
    }),
  ),
  STDDEV: aggregate(deviation),
  SUM: aggregate(sum),
  TIME_SERIES: of((value, grid) => {
    if (!isScalar(value)) throw new MathFault('TIME_SERIES makes a metric of a number.')
    return constant(value, grid)
  }),
  YEAR: calendar(date => date.getUTCFullYear()),
}

/** Functions that AWS has beside these. */
export const unserved: readonly string[] = [
  ...['ANOMALY_DETECTION_BAND', 'DB_PERF_INSIGHTS', 'INSIGHT_RULE_METRIC', 'LAMBDA', 'MATCH', 'REMOVE_EMPTY'],
  ...['SEARCH', 'SELECT', 'SERVICE_QUOTA', 'SLICE', 'SORT'],
]
