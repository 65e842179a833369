import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Values } from './parameter.ts'
import type { Search, Strategy } from './search.ts'
import { nextTrial } from './search-strategy.ts'
import { countCombinations, keyOf, type Space } from './space.ts'
import type { InheritedTrial, Trial } from './trial.ts'

const mixed: Space = [
  { kind: 'integer', name: 'depth', min: 2, max: 9, scaling: 'Linear' },
  { kind: 'continuous', name: 'rate', min: 1e-4, max: 1, scaling: 'Logarithmic' },
  { kind: 'categorical', name: 'kernel', values: ['linear', 'rbf', 'poly'] },
]
const finite: Space = [
  { kind: 'categorical', name: 'kernel', values: ['linear', 'rbf', 'poly'] },
  { kind: 'integer', name: 'depth', min: 1, max: 4, scaling: 'Linear' },
]
const defaults: Search = {
  strategy: 'Random',
  space: mixed,
  seed: 1,
  direction: 'Maximize',
  trials: [],
  inherited: [],
  transfer: false,
}
const search = (given: Partial<Search>): Search => ({ ...defaults, ...given })
const score = (values: Values) => Number(values.depth ?? 0) - (values.kernel === 'rbf' ? 0 : 1)
const done = (values: Values): Trial => ({ values, state: 'succeeded', objective: score(values) })

/** Runs trials one after another until there are so many, or no more. */
function run(given: Partial<Search>, count: number, end: (values: Values, index: number) => Trial = done): Trial[] {
  const trials: Trial[] = []
  while (trials.length < count) {
    const values = nextTrial(search({ ...given, trials }))
    if (!values) break
    trials.push(end(values, trials.length))
  }
  return trials
}

for (const strategy of ['Random', 'Bayesian', 'Hyperband'] as const) {
  test(`${strategy}: every trial is within the ranges`, () => {
    for (const { values } of run({ strategy }, 25)) {
      assert.deepEqual(Object.keys(values), ['depth', 'rate', 'kernel'])
      assert.match(values.depth as string, /^[2-9]$/)
      assert.ok(Number(values.rate) >= 1e-4 && Number(values.rate) <= 1)
      assert.ok(['linear', 'rbf', 'poly'].includes(values.kernel as string))
    }
  })

  test(`${strategy}: a search taken up again anywhere goes on as it would have`, () => {
    const whole = run({ strategy, seed: 9 }, 20)
    for (const kept of [0, 1, 7, 19])
      assert.deepEqual(nextTrial(search({ strategy, seed: 9, trials: whole.slice(0, kept) })), whole[kept]?.values)
    assert.notDeepEqual(run({ strategy, seed: 10 }, 3), run({ strategy, seed: 9 }, 3))
  })

  test(`${strategy}: no trial repeats another, running, failed or not, until all combinations were tried`, () => {
    const state = (index: number) => (['succeeded', 'pending', 'failed'] as const)[index % 3] as Trial['state']
    const ends = (values: Values, index: number): Trial => ({ values, state: state(index), objective: score(values) })
    for (let seed = 0; seed < 5; seed++) {
      const trials = run({ strategy, space: finite, seed }, 100, ends)
      assert.equal(trials.length, 12)
      assert.equal(new Set(trials.map(({ values }) => keyOf(finite, values))).size, 12)
    }
  })
}

test('Random: what came of other trials changes nothing', () => {
  const good = run({}, 10)
  const bad = run({}, 10, values => ({ values, state: 'failed' }))
  assert.deepEqual(
    good.map(({ values }) => values),
    bad.map(({ values }) => values),
  )
})

test('Random: a logarithmic range gets as many trials in each order of magnitude', () => {
  const rates = run({}, 400).map(({ values }) => Math.floor(Math.log10(Number(values.rate))))
  for (const order of [-4, -3, -2, -1]) assert.ok(Math.abs(rates.filter(rate => rate === order).length - 100) < 35)
})

test('Grid: each combination once, in order', () => {
  const space: Space = [
    { kind: 'categorical', name: 'a', values: ['x', 'y'] },
    { kind: 'categorical', name: 'b', values: ['1', '2', '3'] },
  ]
  const trials = run({ strategy: 'Grid', space }, 100)
  assert.deepEqual(
    trials.map(({ values }) => `${values.a}${values.b}`),
    ['x1', 'x2', 'x3', 'y1', 'y2', 'y3'],
  )
})

test('Bayesian: with all but the best combinations tried it takes the best side first', () => {
  const space: Space = [{ kind: 'integer', name: 'depth', min: 1, max: 100, scaling: 'Linear' }]
  const known = [10, 30, 50, 70, 90].map(depth => done({ depth: String(depth) }))
  const next = nextTrial(search({ strategy: 'Bayesian', space, trials: known }))
  assert.ok(Number(next?.depth) > 90, `${next?.depth}`)
})

test('Bayesian: trials side by side are apart', () => {
  const space: Space = [{ kind: 'continuous', name: 'x', min: 0, max: 1, scaling: 'Linear' }]
  const trials: Trial[] = [0, 0.2, 0.5, 0.8, 1].map(x => ({
    values: { x: String(x) },
    state: 'succeeded',
    objective: -((x - 0.6) ** 2),
  }))
  for (let i = 0; i < 4; i++) {
    const values = nextTrial(search({ strategy: 'Bayesian', space, trials })) as Values
    for (const other of trials) assert.ok(Math.abs(Number(other.values.x) - Number(values.x)) > 1e-4)
    trials.push({ values, state: 'pending' })
  }
})

test('Bayesian: a diverged trial, equal results and tiny differences do no harm', () => {
  const objectives = [
    [1, 1, 1, 1, 1, 1],
    [0.5, 1e300, 0.4, 0.3, 0.6, 0.1],
    [1e-12, 2e-12, 0, 3e-12, 1e-12, 5e-12],
  ]
  for (const list of objectives) {
    const trials = run({ strategy: 'Bayesian', direction: 'Minimize' }, 9, (values, index) => ({
      ...{ values, state: 'succeeded', objective: list[index % list.length] as number },
    }))
    assert.equal(trials.length, 9)
  }
})

test('warm start: what a parent has found is searched further, its trials count as results', () => {
  const space: Space = [{ kind: 'continuous', name: 'x', min: 0, max: 1, scaling: 'Linear' }]
  const inherited = [0, 0.3, 0.6, 0.7, 0.8, 1].map(x => ({
    values: { x: String(x) },
    objective: -((x - 0.71) ** 2),
    parent: 0,
  }))
  for (const transfer of [false, true]) {
    const next = nextTrial(search({ strategy: 'Bayesian', space, inherited, transfer }))
    assert.ok(Math.abs(Number(next?.x) - 0.71) < 0.1, `${next?.x}`)
  }
})

test('warm start: a parent with other ranges or without a parameter does no harm', () => {
  const inherited: InheritedTrial[] = [
    { values: { depth: '40', rate: '2', kernel: 'rbf' }, objective: 1, parent: 0 },
    { values: { depth: '3', rate: '-1', kernel: 'rbf' }, objective: 2, parent: 0 },
    { values: { depth: '3', rate: '0.1', kernel: 'sigmoid' }, objective: 3, parent: 1 },
    { values: { depth: '3' }, objective: 4, parent: 1 },
  ]
  assert.equal(run({ strategy: 'Bayesian', inherited, transfer: true }, 12).length, 12)
})

test('any space can be searched by any strategy to its end', () => {
  const parameter = (name: string) =>
    fc.oneof(
      fc
        .record({
          kind: fc.constant('integer' as const),
          name: fc.constant(name),
          min: fc.integer({ min: -3, max: 3 }),
          width: fc.nat(3),
        })
        .map(({ width, ...range }) => ({ ...range, max: range.min + width, scaling: 'Linear' as const })),
      fc.record({
        kind: fc.constant('categorical' as const),
        name: fc.constant(name),
        values: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }),
      }),
    )
  const spaces = fc.tuple(parameter('a'), parameter('b'))
  fc.assert(
    fc.property(spaces, fc.constantFrom<Strategy>('Random', 'Bayesian', 'Hyperband', 'Grid'), (space, strategy) => {
      assert.equal(run({ space, strategy }, 30).length, Math.min(30, countCombinations(space)))
    }),
    { numRuns: 40 },
  )
})
