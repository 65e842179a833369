import { MathFault } from './math-fault.ts'

/** Datapoints by their times, in order of time; milliseconds. */
export type Series = ReadonlyMap<number, number>

/** CloudWatch's data types: S, TS and TS[] (User Guide, "Using math expressions with CloudWatch metrics"). */
export type Value = number | Series | readonly Series[]

export const isScalar = (value: Value): value is number => typeof value === 'number'
export const isList = (value: Value): value is readonly Series[] => Array.isArray(value)
export const isSeries = (value: Value): value is Series => value instanceof Map

/** What is no number, as a quotient by zero, is no datapoint. */
export function seriesOf(points: Iterable<readonly [number, number | undefined]>): Series {
  const found = new Map<number, number>()
  for (const [time, value] of points) if (value !== undefined && Number.isFinite(value)) found.set(time, value)
  return found
}

export const mapSeries = (series: Series, change: (value: number, time: number) => number | undefined): Series =>
  seriesOf([...series].map(([time, value]) => [time, change(value, time)] as const))

/** The same of a scalar, each datapoint, or each series of a list. */
export function mapValue(value: Value, change: (value: number) => number): Value {
  if (isScalar(value)) return change(value)
  if (isList(value)) return value.map(series => mapSeries(series, change))
  return mapSeries(value as Series, change)
}

/** The same of a series, or each of a list. */
export function eachSeries(value: Value, change: (series: Series) => Series): Value {
  if (isList(value)) return value.map(change)
  if (isSeries(value)) return change(value)
  throw new MathFault('a metric is wanted where a number is given.')
}

/** All times of some series, in order. */
export const timesOf = (list: readonly Series[]): number[] =>
  [...new Set(list.flatMap(series => [...series.keys()]))].sort((a, b) => a - b)

/** Of two series a datapoint is made where both have one. Two lists make nothing together. */
export function combine(left: Value, right: Value, make: (left: number, right: number) => number): Value {
  if (isScalar(right)) return mapValue(left, value => make(value, right))
  if (isScalar(left)) return mapValue(right, value => make(left, value))
  if (isList(left)) {
    if (isList(right)) throw new MathFault('an operator has a list of metrics on both sides.')
    return left.map(series => both(series, right as Series, make))
  }
  if (isList(right)) return right.map(series => both(left as Series, series, make))
  return both(left as Series, right as Series, make)
}

const both = (left: Series, right: Series, make: (left: number, right: number) => number): Series =>
  mapSeries(left, (value, time) => {
    const other = right.get(time)
    return other === undefined ? undefined : make(value, other)
  })
