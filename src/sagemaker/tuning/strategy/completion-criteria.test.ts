import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countNotImproving, hasConverged } from './completion-criteria.ts'

test('results that better the best by more than 1% begin the count anew', () => {
  assert.equal(countNotImproving('Maximize', []), 0)
  assert.equal(countNotImproving('Maximize', [0.5]), 0)
  assert.equal(countNotImproving('Maximize', [0.5, 0.4, 0.505]), 2)
  assert.equal(countNotImproving('Maximize', [0.5, 0.4, 0.506]), 0)
  assert.equal(countNotImproving('Minimize', [2, 3, 1.99]), 2)
  assert.equal(countNotImproving('Minimize', [2, 3, 1.9, 5]), 1)
  assert.equal(countNotImproving('Minimize', [-2, -2.01, -2.1]), 0)
})

test('a search has converged when the later half of at least twenty results brought nothing', () => {
  const flat = (count: number) => Array<number>(count).fill(0.9)
  assert.equal(hasConverged('Maximize', flat(19)), false)
  assert.equal(hasConverged('Maximize', flat(20)), true)
  assert.equal(hasConverged('Maximize', [...flat(20), 0.95]), false)
  assert.equal(hasConverged('Maximize', [...flat(20), ...Array(20).fill(0.95)]), false)
  assert.equal(hasConverged('Maximize', [...flat(20), ...Array(21).fill(0.95)]), false)
  assert.equal(hasConverged('Maximize', [...flat(20), ...Array(22).fill(0.95)]), true)
})
