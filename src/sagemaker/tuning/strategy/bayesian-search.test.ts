import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Values } from './parameter.ts'
import { randomTrial } from './random-search.ts'
import { nextTrial } from './search-strategy.ts'
import type { Space } from './space.ts'
import type { Trial } from './trial.ts'

const seeds = [1, 2, 3, 4, 5, 6, 7]
const search = { strategy: 'Bayesian', direction: 'Minimize', inherited: [], transfer: false } as const

interface Problem {
  readonly space: Space
  readonly minimum: number
  value(values: Values): number
}

const unit = (name: string, min: number, max: number) =>
  ({ kind: 'continuous', name, min, max, scaling: 'Linear' }) as const

/** Branin and Hoo, 1972: two variables, three minima of 0.397887. */
const branin: Problem = {
  space: [unit('x', -5, 10), unit('y', 0, 15)],
  minimum: 0.397887,
  value(values) {
    const [x, y] = [Number(values.x), Number(values.y)]
    const valley = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6
    return valley * valley + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
  },
}

const heights = [1, 1.2, 3, 3.2]
const widths = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
]
const hills = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]

/** Hartmann, 1972: six variables, four hills; the least value is −3.32237. */
const hartmann: Problem = {
  space: [0, 1, 2, 3, 4, 5].map(index => unit(`x${index}`, 0, 1)),
  minimum: -3.32237,
  value: values =>
    -heights.reduce((sum, height, hill) => {
      const apart = (hills[hill] as number[]).map((place, index) => (Number(values[`x${index}`]) - place) ** 2)
      return (
        sum + height * Math.exp(-apart.reduce((far, gap, index) => far + gap * (widths[hill]?.[index] as number), 0))
      )
    }, 0),
}

/** How far above the minimum the best of so many Bayesian trials is, for each seed. */
const bayesian = (problem: Problem, count: number, parallel = 1) =>
  seeds.map(seed => regret(problem, seed, count, parallel))

function regret({ space, minimum, value }: Problem, seed: number, count: number, parallel: number): number {
  let trials: Trial[] = []
  while (trials.length < count) {
    for (let index = 0; index < parallel; index++) {
      const values = nextTrial({ ...search, space, seed, trials }) as Values
      trials = [...trials, { values, state: 'pending' }]
    }
    trials = trials.map(({ values }) => ({ values, state: 'succeeded', objective: value(values) }))
  }
  return Math.min(...trials.map(({ objective }) => objective as number)) - minimum
}

/** The same of random trials. */
const random = ({ space, minimum, value }: Problem, count: number) =>
  seeds.map(seed => {
    const trials = Array.from({ length: count }, (_, number) => randomTrial(space, seed, number, new Set()) as Values)
    return Math.min(...trials.map(value)) - minimum
  })

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number

test('the functions have their minima where the literature has them', () => {
  for (const [x, y] of [
    [-Math.PI, 12.275],
    [Math.PI, 2.275],
    [9.42478, 2.475],
  ])
    assert.ok(Math.abs(branin.value({ x: String(x), y: String(y) }) - branin.minimum) < 1e-5)
  const best = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
  assert.ok(
    Math.abs(hartmann.value(Object.fromEntries(best.map((x, i) => [`x${i}`, String(x)]))) - hartmann.minimum) < 1e-4,
  )
})

test('Branin: 25 Bayesian trials beat 250 random ones', t => {
  const found = bayesian(branin, 25)
  const byChance = random(branin, 250)
  t.diagnostic(`median regret: ${median(found)}; of 250 random trials: ${median(byChance)}`)
  assert.ok(median(found) < median(byChance))
  assert.ok(median(found) < 0.1)
})

for (const parallel of [1, 5])
  test(`Hartmann-6: 50 Bayesian trials, ${parallel} at a time, beat 1,000 random ones`, t => {
    const found = bayesian(hartmann, 50, parallel)
    const byChance = random(hartmann, 1000)
    t.diagnostic(`median regret: ${median(found)}; of 1,000 random trials: ${median(byChance)}`)
    assert.ok(median(found) < median(byChance))
    assert.ok(median(found) < Math.min(...random(hartmann, 50)))
    assert.ok(median(found) < 0.3)
  })
