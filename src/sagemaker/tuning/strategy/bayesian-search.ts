import { logExpectedImprovement } from './expected-improvement.ts'
import { featureGroups, features } from './feature.ts'
import { type GaussianProcess, gaussianProcess } from './gaussian-process.ts'
import { fitGaussianProcess } from './kernel-fit.ts'
import { type Results, results } from './observation.ts'
import type { Values } from './parameter.ts'
import { randomTrial } from './random-search.ts'
import { normal, type RandomSource, randomSource } from './random-source.ts'
import type { Search } from './search.ts'
import {
  countCombinations,
  keyOf,
  type Point,
  pointOf,
  randomPoint,
  type Space,
  untriedCombinations,
  valuesAt,
} from './space.ts'

/** A space with no more combinations is looked through whole. */
const fewCombinations = 1000
const randomCandidates = 500
/** Around each of so many best results, so many candidates; and from each of so many best candidates, so many steps. */
const centres = 3
const localCandidates = 50
const climbers = 4
const steps = 40

/**
 * The combination that promises most improvement over the best result, by a Gaussian process through all results. Trials that still
 * run are taken to end as the process expects (the "kriging believer" of Ginsbourger, Le Riche and Carraro, 2010), so that trials
 * side by side explore different places. Undefined when every combination was tried.
 */
export function bayesianTrial(search: Search, tried: ReadonlySet<string>): Values | undefined {
  const { space, direction, seed, trials } = search
  const known = results(space, direction, trials, search.inherited, search.transfer)
  const random = randomSource('bayesian', seed, trials.length)
  if (trials.length + search.inherited.length < firstTrials(space) || known.inputs.length < 2)
    return spreadTrial(search, tried)
  const process = believing(search, known, fitGaussianProcess(known, featureGroups(space)))
  const promise = (point: Point): number => {
    const { mean, variance } = process.predict(features(space, point))
    return logExpectedImprovement(mean, variance, known.best)
  }
  if (countCombinations(space) <= fewCombinations) return best(space, untriedCombinations(space, tried), promise)
  return (
    climb(space, tried, random, known.points.slice(0, centres), promise) ??
    randomTrial(space, seed, trials.length, tried)
  )
}

/** Trials before the process is asked: too few results say too little. */
const firstTrials = (space: Space): number => Math.min(10, Math.max(3, space.length + 2))

/** The first trials cover the space evenly: a Kronecker sequence by the powers of the generalised golden ratio, begun at random. */
function spreadTrial({ space, seed, trials }: Search, tried: ReadonlySet<string>): Values | undefined {
  const shift = randomSource('spread', seed)
  let ratio = 2
  for (let round = 0; round < 30; round++) ratio = (1 + ratio) ** (1 / (space.length + 1))
  const point = space.map((parameter, index) => {
    const place = (shift() + trials.length * ratio ** -(index + 1)) % 1
    return parameter.kind === 'categorical' ? Math.floor(place * parameter.values.length) : place
  })
  const values = valuesAt(space, point)
  return tried.has(keyOf(space, values)) ? randomTrial(space, seed, trials.length, tried) : values
}

function best(space: Space, candidates: readonly Values[], measure: (point: Point) => number): Values | undefined {
  let found: { values: Values; measured: number } | undefined
  for (const values of candidates) {
    const measured = measure(pointOf(space, values) as Point)
    if (!found || measured > found.measured) found = { values, measured }
  }
  return found?.values
}

function believing({ space, trials }: Search, known: Results, process: GaussianProcess): GaussianProcess {
  const pending = trials
    .filter(({ state }) => state === 'pending')
    .map(({ values }) => features(space, pointOf(space, values) as Point))
  if (pending.length === 0) return process
  const outputs = Float64Array.from([...known.outputs, ...pending.map(input => process.predict(input).mean)])
  const extraNoise = Float64Array.from([...known.extraNoise, ...pending.map(() => 0)])
  return gaussianProcess({ inputs: [...known.inputs, ...pending], outputs, extraNoise }, process.kernel) ?? process
}

interface Candidate {
  readonly point: Point
  readonly values: Values
  readonly promised: number
}

/** Random candidates, and ones near the best results; then from the best of them uphill. */
function climb(
  space: Space,
  tried: ReadonlySet<string>,
  random: RandomSource,
  around: readonly Point[],
  promise: (point: Point) => number,
): Values | undefined {
  const consider = (place: Point): Candidate[] => {
    const values = valuesAt(space, place)
    if (tried.has(keyOf(space, values))) return []
    const point = pointOf(space, values) as Point
    return [{ point, values, promised: promise(point) }]
  }
  const far = Array.from({ length: randomCandidates }, () => randomPoint(space, random))
  const near = around.flatMap(point =>
    Array.from({ length: localCandidates }, () => moved(space, point, 0.2 * random() ** 2, random)),
  )
  const candidates = [...far, ...near].flatMap(consider).sort((first, second) => second.promised - first.promised)
  const tops = candidates.slice(0, climbers).map(start => {
    let top = start
    for (let step = 0; step < steps; step++) {
      const [next] = consider(moved(space, top.point, 0.1 * 0.9 ** step, random))
      if (next && next.promised > top.promised) top = next
    }
    return top
  })
  return tops.sort((first, second) => second.promised - first.promised)[0]?.values
}

/** Each numeric place a normally distributed step further, and now and then another value of a categorical parameter. */
const moved = (space: Space, point: Point, size: number, random: RandomSource): Point =>
  space.map((parameter, index) => {
    const place = point[index] as number
    if (parameter.kind !== 'categorical') return Math.min(1, Math.max(0, place + size * normal(random)))
    return random() < 0.2 ? Math.floor(random() * parameter.values.length) : place
  })
