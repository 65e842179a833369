import type { Direction } from './trial.ts'

/** Better by no more than this part of the best counts as not improving. Source: SageMaker API reference, BestObjectiveNotImproving. */
const significant = 0.01
const convergedTrials = 20
const convergedStretch = 10

/** How many results, of those in the order in which they came, have come since the best was last improved by more than 1%. */
export function countNotImproving(direction: Direction, objectives: readonly number[]): number {
  const sign = direction === 'Maximize' ? 1 : -1
  let best = Number.NEGATIVE_INFINITY
  let count = 0
  for (const objective of objectives) {
    const score = sign * objective
    const improved = best === Number.NEGATIVE_INFINITY || score > best + significant * Math.abs(best)
    count = improved ? 0 : count + 1
    if (improved || score > best) best = score
  }
  return count
}

/**
 * Whether the search has converged: at least 20 results, and in the later half of them, at least ten, no improvement of more than 1%.
 * SageMaker calls it a lack of significant improvement (1% or less) and does not say over how many jobs.
 */
export const hasConverged = (direction: Direction, objectives: readonly number[]): boolean =>
  objectives.length >= convergedTrials &&
  countNotImproving(direction, objectives) >= Math.max(convergedStretch, Math.ceil(objectives.length / 2))
