import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Values } from './parameter.ts'
import { randomTrial } from './random-search.ts'
import { nextTrial } from './search-strategy.ts'
import type { Space } from './space.ts'
import type { Trial } from './trial.ts'

// Functions that the search was not made with: bayesian-search.test.ts holds those that it was. They are only looked at here.

interface Problem {
  readonly name: string
  readonly space: Space
  readonly minimum: number
  readonly trials: number
  value(values: Values): number
}

const seeds = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
const linear = (name: string, min: number, max: number) =>
  ({ kind: 'continuous', name, min, max, scaling: 'Linear' }) as const

/** Ackley, 1987, in four variables: a funnel with a ripple; shifted, so that the middle of the ranges tells nothing. */
const ackley: Problem = {
  name: 'Ackley-4',
  space: ['a', 'b', 'c', 'd'].map(name => linear(name, -8, 12)),
  minimum: 0,
  trials: 40,
  value(values) {
    const x = ['a', 'b', 'c', 'd'].map(name => Number(values[name]) - 3.7)
    const mean = (of: (place: number) => number) => x.reduce((sum, place) => sum + of(place), 0) / x.length
    const far = Math.sqrt(mean(place => place * place))
    return -20 * Math.exp(-0.2 * far) - Math.exp(mean(place => Math.cos(2 * Math.PI * place))) + 20 + Math.E
  },
}

/** Rosenbrock, 1960, in the logarithms of three variables, as a learner's error may lie over its rates: a bent, flat valley. */
const rosenbrock: Problem = {
  name: 'Rosenbrock-3 on logarithmic ranges',
  space: ['p', 'q', 'r'].map(name => ({ kind: 'continuous', name, min: 1e-2, max: 1e2, scaling: 'Logarithmic' })),
  minimum: 0,
  trials: 40,
  value(values) {
    const x = ['p', 'q', 'r'].map(name => Math.log10(Number(values[name]))) as [number, number, number]
    return [0, 1].reduce((sum, i) => {
      const [here, next] = [x[i] as number, x[i + 1] as number]
      return sum + 100 * (next - here * here) ** 2 + (1 - here) ** 2
    }, 0)
  },
}

/** An error as a boosted tree's: an integer, two rates, and a choice that decides where the best rate is. */
const mixed: Problem = {
  name: 'a mixed space',
  space: [
    { kind: 'integer', name: 'depth', min: 1, max: 16, scaling: 'Linear' },
    { kind: 'continuous', name: 'rate', min: 1e-4, max: 1, scaling: 'Logarithmic' },
    linear('sample', 0.3, 1),
    { kind: 'categorical', name: 'booster', values: ['tree', 'dart', 'linear', 'forest'] },
  ],
  minimum: 0.1,
  trials: 40,
  value({ depth, rate, sample, booster }) {
    const [extra, best] = { tree: [0.02, -1], dart: [0, -1.6], linear: [0.15, -2], forest: [0.08, -0.5] }[
      booster as 'tree'
    ] as [number, number]
    const off = Math.log10(Number(rate)) - best
    return 0.1 + extra + 0.05 * off ** 2 + 0.004 * (Number(depth) - 11) ** 2 + 0.3 * (Number(sample) - 0.62) ** 2
  },
}

function regret({ space, minimum, trials: count, value }: Problem, seed: number): number {
  const trials: Trial[] = []
  while (trials.length < count) {
    const search = { strategy: 'Bayesian', direction: 'Minimize', inherited: [], transfer: false } as const
    const values = nextTrial({ ...search, space, seed, trials }) as Values
    trials.push({ values, state: 'succeeded', objective: value(values) })
  }
  return Math.min(...trials.map(({ objective }) => objective as number)) - minimum
}

function byChance({ space, minimum, value }: Problem, seed: number, count: number): number {
  const trials = Array.from({ length: count }, (_, number) => randomTrial(space, seed, number, new Set()) as Values)
  return Math.min(...trials.map(value)) - minimum
}

const median = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2
}

const more = 10

for (const problem of [ackley, rosenbrock, mixed])
  test(`${problem.name}: ${problem.trials} Bayesian trials beat ${more} times as many random ones`, t => {
    const found = seeds.map(seed => regret(problem, seed))
    const chance = seeds.map(seed => byChance(problem, seed, problem.trials))
    const longer = seeds.map(seed => byChance(problem, seed, more * problem.trials))
    t.diagnostic(`median regret: ${median(found)}; random: ${median(chance)}, ${more} times as many: ${median(longer)}`)
    assert.ok(median(found) < median(longer))
    const wins = found.filter((value, index) => value < (chance[index] as number)).length
    assert.ok(wins >= 9, `it is better with ${wins} of ${seeds.length} seeds`)
  })

test('random search itself does not pass', () => {
  for (const problem of [ackley, rosenbrock, mixed]) {
    const pretender = seeds.map(seed => byChance(problem, seed + 100, problem.trials))
    assert.ok(median(pretender) > median(seeds.map(seed => byChance(problem, seed, more * problem.trials))))
  }
})
