import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normal, randomSource } from './random-source.ts'

const draw = (count: number, next: () => number) => Array.from({ length: count }, next)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('the same key gives the same numbers, another key others', () => {
  assert.deepEqual(draw(5, randomSource('a', 1)), draw(5, randomSource('a', 1)))
  for (const other of [randomSource('a', 2), randomSource('b', 1), randomSource('a', '1')])
    assert.notDeepEqual(draw(5, randomSource('a', 1)), draw(5, other))
})

test('numbers are uniform, also the first ones of keys that differ little', () => {
  for (const numbers of [
    draw(10_000, randomSource('u')),
    Array.from({ length: 10_000 }, (_, i) => randomSource('k', i)()),
  ]) {
    const counts = Array(20).fill(0)
    for (const number of numbers) counts[Math.floor(number * 20)]++
    const chiSquare = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)
    assert.ok(chiSquare < 43.8, `chi-square with 19 degrees of freedom: ${chiSquare}`)
  }
})

test('normal numbers have mean 0 and variance 1', () => {
  const random = randomSource('n')
  const numbers = draw(20_000, () => normal(random))
  assert.ok(Math.abs(mean(numbers)) < 0.03)
  assert.ok(Math.abs(mean(numbers.map(number => number * number)) - 1) < 0.05)
})
