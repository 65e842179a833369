import { bayesianTrial } from './bayesian-search.ts'
import type { Values } from './parameter.ts'
import { randomTrial } from './random-search.ts'
import type { Search } from './search.ts'
import { combination, countCombinations, keyOf } from './space.ts'
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
