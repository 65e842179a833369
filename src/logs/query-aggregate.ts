import { compare, numberOf } from './query-function.ts'
import type { Value } from './query-syntax.ts'

/** Takes the values of a group's records one by one. */
export interface Aggregate {
  /** `values` are those of its arguments; `time` is the record's, for the earliest and the latest. */
  add(values: readonly Value[], time: number): void
  readonly result: Value
}

interface AggregateFunction {
  readonly takes: readonly [least: number, most: number]
  begin(): Aggregate
}

/** Values that a group may hold for a percentile or to count what differs. */
const mostHeld = 100_000

/** More than a query may hold; its message says what. */
export class QueryLimitError extends Error {}

function hold<T>(size: number, item: T): T {
  if (size >= mostHeld) throw new QueryLimitError(`more than ${mostHeld} different values in one group`)
  return item
}

const folding =
  (fold: (state: { count: number; sum: number; squares: number; least?: number; most?: number }) => Value) =>
  (): Aggregate => {
    const state: { count: number; sum: number; squares: number; least?: number; most?: number } = {
      count: 0,
      sum: 0,
      squares: 0,
    }
    return {
      add([value]) {
        const number = numberOf(value)
        if (number === undefined) return
        state.count += 1
        state.sum += number
        state.squares += number * number
        state.least = Math.min(state.least ?? number, number)
        state.most = Math.max(state.most ?? number, number)
      },
      get result() {
        return fold(state)
      },
    }
  }

/** Keeps the first or the last value in an order. */
const chosen =
  (better: (candidate: { value: Value; time: number }, kept: { value: Value; time: number }) => boolean) =>
  (): Aggregate => {
    let kept: { value: Value; time: number } | undefined
    return {
      add([value], time) {
        if (value === undefined) return
        const candidate = { value, time }
        if (!kept || better(candidate, kept)) kept = candidate
      },
      get result() {
        return kept?.value
      },
    }
  }

function counting(): Aggregate {
  let count = 0
  return {
    add(values) {
      if (values.length === 0 || values[0] !== undefined) count += 1
    },
    get result() {
      return count
    },
  }
}

function countingDistinct(): Aggregate {
  const seen = new Set<string>()
  return {
    add([value]) {
      if (value !== undefined && !seen.has(String(value))) seen.add(hold(seen.size, String(value)))
    },
    get result() {
      return seen.size
    },
  }
}

/** `pct(field, 95)`: the value below which so many of a hundred lie, by the nearest rank. */
function percentile(): Aggregate {
  const numbers: number[] = []
  let percent = 50
  return {
    add([value, wanted]) {
      percent = numberOf(wanted) ?? percent
      const number = numberOf(value)
      if (number !== undefined) numbers.push(hold(numbers.length, number))
    },
    get result() {
      const sorted = numbers.toSorted((a, b) => a - b)
      const rank = Math.ceil((Math.min(Math.max(percent, 0), 100) / 100) * sorted.length)
      return sorted[Math.max(rank, 1) - 1]
    },
  }
}

/** The functions of `stats` (User Guide, "stats": aggregation and non-aggregation functions). */
export const aggregates: Readonly<Record<string, AggregateFunction>> = {
  count: { takes: [0, 1], begin: counting },
  count_distinct: { takes: [1, 1], begin: countingDistinct },
  avg: { takes: [1, 1], begin: folding(({ count, sum }) => (count === 0 ? undefined : sum / count)) },
  sum: { takes: [1, 1], begin: folding(({ sum }) => sum) },
  min: { takes: [1, 1], begin: folding(({ least }) => least) },
  max: { takes: [1, 1], begin: folding(({ most }) => most) },
  stddev: {
    takes: [1, 1],
    begin: folding(({ count, sum, squares }) =>
      count === 0 ? undefined : Math.sqrt(Math.max(squares / count - (sum / count) ** 2, 0)),
    ),
  },
  pct: { takes: [2, 2], begin: percentile },
  percentile: { takes: [2, 2], begin: percentile },
  earliest: { takes: [1, 1], begin: chosen((candidate, kept) => candidate.time < kept.time) },
  latest: { takes: [1, 1], begin: chosen((candidate, kept) => candidate.time >= kept.time) },
  sortsfirst: { takes: [1, 1], begin: chosen((candidate, kept) => compare(candidate.value, kept.value) < 0) },
  sortslast: { takes: [1, 1], begin: chosen((candidate, kept) => compare(candidate.value, kept.value) > 0) },
}
