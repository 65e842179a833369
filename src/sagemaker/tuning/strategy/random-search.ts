import type { Values } from './parameter.ts'
import { randomSource } from './random-source.ts'
import { countCombinations, keyOf, randomPoint, type Space, untriedCombinations, valuesAt } from './space.ts'

const attempts = 100
/** Up to so many combinations are listed to find one that is left. */
const fewCombinations = 100_000

/**
 * A combination that was not tried yet; undefined when all were. `number` is that of the trial: the same trial gets the same values
 * whatever came of the others.
 */
export function randomTrial(
  space: Space,
  seed: number,
  number: number,
  tried: ReadonlySet<string>,
): Values | undefined {
  const random = randomSource('random', seed, number)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const values = valuesAt(space, randomPoint(space, random))
    if (!tried.has(keyOf(space, values))) return values
  }
  if (countCombinations(space) > fewCombinations) return undefined
  const left = untriedCombinations(space, tried)
  return left[Math.floor(random() * left.length)]
}
