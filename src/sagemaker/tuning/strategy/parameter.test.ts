import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { autoScaling, type NumericParameter, placeOf, type Scaling, valueAt } from './parameter.ts'

const numeric = (kind: NumericParameter['kind'], min: number, max: number, scaling: Scaling = 'Linear') =>
  ({ kind, name: 'x', min, max, scaling }) as const
const close = (actual: string | number, expected: number) =>
  assert.ok(Math.abs(Number(actual) - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${actual} ≠ ${expected}`)

test('half way is the arithmetic mean, the geometric mean, or the geometric mean of the distances from 1', () => {
  close(valueAt(numeric('continuous', 2, 10), 0.5), 6)
  close(valueAt(numeric('continuous', 1e-4, 1, 'Logarithmic'), 0.5), 0.01)
  close(valueAt(numeric('continuous', 0, 0.9999, 'ReverseLogarithmic'), 0.5), 0.99)
})

test('the first and the last integer take as much of the range as the others', () => {
  const dice = numeric('integer', 1, 6)
  const counts = new Map<string, number>()
  for (let i = 0; i < 600; i++) {
    const value = valueAt(dice, (i + 0.5) / 600)
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  assert.deepEqual(
    [...counts],
    ['1', '2', '3', '4', '5', '6'].map(face => [face, 100]),
  )
})

test('a value stays within its range and comes back to its place', () => {
  const range = fc.tuple(
    fc.double({ min: 1e-6, max: 0.4, noNaN: true }),
    fc.double({ min: 0.5, max: 0.999, noNaN: true }),
  )
  const scaling = fc.constantFrom<Scaling>('Linear', 'Logarithmic', 'ReverseLogarithmic')
  fc.assert(
    fc.property(range, scaling, fc.double({ min: 0, max: 1, noNaN: true }), ([min, max], scale, place) => {
      const parameter = numeric('continuous', min, max, scale)
      const value = valueAt(parameter, place)
      assert.ok(Number(value) >= min && Number(value) <= max)
      assert.ok(Math.abs(placeOf(parameter, value) - place) < 1e-6)
    }),
  )
})

test('every integer of a range is reached from its own place', () => {
  const integers = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 }))
  const scalings = fc.constantFrom<Scaling>('Linear', 'Logarithmic')
  fc.assert(
    fc.property(integers, scalings, fc.nat(1000), ([min, width], scaling, step) => {
      const parameter = numeric('integer', min, min + width, scaling)
      const value = String(min + (width ? step % width : 0))
      assert.equal(valueAt(parameter, placeOf(parameter, value)), value)
    }),
  )
})

test('a range of one value has it, and a value that the scale does not have has no place', () => {
  assert.equal(valueAt(numeric('continuous', 3, 3), placeOf(numeric('continuous', 3, 3), '3')), '3')
  assert.ok(Number.isNaN(placeOf(numeric('continuous', 1, 10, 'Logarithmic'), '-1')))
  assert.ok(Number.isNaN(placeOf(numeric('continuous', 1, 10), 'many')))
  assert.ok(Number.isNaN(placeOf(numeric('continuous', 1, 10), '')))
  assert.ok(placeOf(numeric('continuous', 1, 10), '19') > 1)
})

test('Auto is logarithmic over more than two orders of magnitude, reverse logarithmic near 1, otherwise linear', () => {
  assert.equal(autoScaling('continuous', 1e-5, 0.1), 'Logarithmic')
  assert.equal(autoScaling('integer', 1, 1024), 'Logarithmic')
  assert.equal(autoScaling('continuous', 0.5, 0.9999), 'ReverseLogarithmic')
  assert.equal(autoScaling('integer', 1, 10), 'Linear')
  assert.equal(autoScaling('continuous', 0, 1000), 'Linear')
})
