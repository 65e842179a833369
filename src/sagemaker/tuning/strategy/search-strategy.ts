import { bayesianTrial } from './bayesian-search.ts'
import type { Values } from './parameter.ts'
import { randomTrial } from './random-search.ts'
import { combination, countCombinations, keyOf, type Space } from './space.ts'
import type { Direction, InheritedTrial, Trial } from './trial.ts'

export type Strategy = 'Bayesian' | 'Random' | 'Grid' | 'Hyperband'

/** All that a proposal depends on: the same search proposes the same trial, so a crash between proposing and keeping loses nothing. */
export interface Search {
  readonly strategy: Strategy
  readonly space: Space
  readonly seed: number
  readonly direction: Direction
  /** In the order in which they were begun. */
  readonly trials: readonly Trial[]
  readonly inherited: readonly InheritedTrial[]
  /** The inherited results are of other data or another version of the algorithm. */
  readonly transfer: boolean
}

/**
 * The values of the next trial; never those of a trial before, also of one that failed. Undefined when there are no others. Hyperband
 * chooses at random and differs in what it stops (`hyperband.ts`).
 */
export function nextTrial(search: Search): Values | undefined {
  const { strategy, space, seed, trials } = search
  const tried = new Set(trials.map(({ values }) => keyOf(space, values)))
  if (strategy === 'Bayesian') return bayesianTrial(search, tried)
  if (strategy !== 'Grid') return randomTrial(space, seed, trials.length, tried)
  return trials.length < countCombinations(space) ? combination(space, trials.length) : undefined
}
