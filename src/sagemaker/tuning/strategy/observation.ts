import { features } from './feature.ts'
import type { Observations } from './gaussian-process.ts'
import type { Values } from './parameter.ts'
import { type Point, pointOf, type Space } from './space.ts'
import type { Direction, InheritedTrial, Trial } from './trial.ts'

/** The results of a search and of its parents, ready for a Gaussian process: the less, the better; mean 0 and variance 1. */
export interface Results extends Observations {
  readonly extraNoise: Float64Array
  /** From the best to the worst. */
  readonly points: readonly Point[]
  readonly best: number
}

interface Result {
  readonly point: Point
  readonly output: number
  readonly noise: number
}

/** What a result under other data or another algorithm tells of this one. */
const transferNoise = 0.2
/** A Gaussian process through more would cost too much time; the best are kept, and of the others an even choice. */
const mostResults = 150
/** A result this many times further than the best from the median counts as this far: a diverged trial must not flatten the rest. */
const longestTail = 2

/** `transfer`: the parents' objectives have their own scales. */
export function results(
  space: Space,
  direction: Direction,
  trials: readonly Trial[],
  inherited: readonly InheritedTrial[],
  transfer: boolean,
): Results {
  const own = trials.flatMap(({ values, state, objective }) =>
    state === 'succeeded' && objective !== undefined ? [{ values, objective }] : [],
  )
  const parents = [...new Set(inherited.map(({ parent }) => parent))]
  const sources = transfer
    ? [own, ...parents.map(parent => inherited.filter(trial => trial.parent === parent))]
    : [[...inherited, ...own]]
  const all = sources.flatMap((source, index) =>
    standardised(space, direction, source, index === 0 ? 0 : transferNoise),
  )
  return observe(space, thinned(all.sort((first, second) => first.output - second.output)))
}

function standardised(
  space: Space,
  direction: Direction,
  source: readonly { values: Values; objective: number }[],
  noise: number,
): Result[] {
  const placed = source.flatMap(({ values, objective }) => {
    const point = pointOf(space, values)
    return point ? [{ point, output: direction === 'Maximize' ? -objective : objective, noise }] : []
  })
  const outputs = withoutTail(placed.map(({ output }) => output))
  const mean = outputs.reduce((sum, output) => sum + output, 0) / outputs.length
  const variance = outputs.reduce((sum, output) => sum + (output - mean) ** 2, 0) / outputs.length
  const deviation = Math.sqrt(variance) || 1
  return placed.map((result, index) => ({ ...result, output: ((outputs[index] as number) - mean) / deviation }))
}

function withoutTail(outputs: readonly number[]): number[] {
  const sorted = [...outputs].sort((first, second) => first - second)
  const median = sorted[sorted.length >> 1] as number
  const worst = median + longestTail * (median - (sorted[0] as number))
  return worst > median ? outputs.map(output => Math.min(output, worst)) : [...outputs]
}

function thinned(sorted: readonly Result[]): readonly Result[] {
  if (sorted.length <= mostResults) return sorted
  const half = mostResults / 2
  const others = sorted.slice(half)
  const step = others.length / half
  return [...sorted.slice(0, half), ...Array.from({ length: half }, (_, n) => others[Math.floor(n * step)] as Result)]
}

const observe = (space: Space, sorted: readonly Result[]): Results => ({
  inputs: sorted.map(({ point }) => features(space, point)),
  outputs: Float64Array.from(sorted, ({ output }) => output),
  extraNoise: Float64Array.from(sorted, ({ noise }) => noise),
  points: sorted.map(({ point }) => point),
  best: sorted[0]?.output ?? 0,
})
