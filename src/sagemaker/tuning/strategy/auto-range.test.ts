import assert from 'node:assert/strict'
import { test } from 'node:test'
import { autoRange } from './auto-range.ts'

const range = (...given: Parameters<typeof autoRange>) => {
  const found = autoRange(...given)
  return found && [found.kind, found.min, found.max, found.scaling]
}

test('a range is an order of magnitude to each side of its example', () => {
  assert.deepEqual(range('rate', '0.01', undefined), ['continuous', 0.001, 0.1, 'Logarithmic'])
  assert.deepEqual(range('trees', '20', undefined), ['integer', 2, 200, 'Logarithmic'])
  assert.deepEqual(range('depth', '3', undefined), ['integer', 1, 30, 'Logarithmic'])
  assert.deepEqual(range('dropout', '0.5', undefined), ['continuous', 0.05, 1, 'Logarithmic'])
  assert.deepEqual(range('shift', '-2.5', undefined), ['continuous', -25, -0.25, 'Linear'])
  assert.deepEqual(range('skip', '0', undefined), ['integer', 0, 10, 'Linear'])
})

test('what the algorithm declares bounds it, and gives it its type', () => {
  assert.deepEqual(range('depth', '3', { min: 2, max: 8, integer: true }), ['integer', 2, 8, 'Logarithmic'])
  assert.deepEqual(range('rate', '1', { min: 0, max: 5, integer: false }), ['continuous', 0.1, 5, 'Logarithmic'])
})

test('an example that is not a number has no range', () => {
  assert.equal(autoRange('kernel', 'rbf', undefined), undefined)
  assert.equal(autoRange('kernel', '', undefined), undefined)
})
