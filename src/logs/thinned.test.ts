import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { thinned } from './thinned.ts'

/** Each item weighs what it is. */
const weighed = (most: number, weights: readonly number[]) => {
  const kept = thinned<number>(1000, { most, of: item => item })
  for (const item of weights) kept.add(item)
  return kept.take()
}

const taken = (most: number, count: number) => {
  const kept = thinned<number>(most)
  for (let item = 0; item < count; item++) kept.add(item)
  return kept.take()
}

test('all are kept while they are few enough, in their order', () => {
  assert.deepEqual(taken(3, 0), { items: [], all: 0 })
  assert.deepEqual(taken(3, 3), { items: [0, 1, 2], all: 3 })
})

test('of more, some are kept that are evenly spread: at most so many, never fewer than half as many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 2000 }), (most, count) => {
      const { items, all } = taken(most, count)
      assert.equal(all, count)
      assert.ok(items.length <= most)
      if (count > most) assert.ok(items.length >= most / 2)
      const steps = new Set(items.slice(1).map((item, index) => item - (items[index] ?? 0)))
      assert.ok(steps.size <= 1)
    }),
  )
})

test('what is kept weighs no more than it may, but for one item that does by itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: 1, max: 300 })), (most, weights) => {
      const { items, all } = weighed(most, weights)
      assert.equal(all, weights.length)
      assert.ok(items.length >= Math.min(1, weights.length))
      const sum = items.reduce((total, item) => total + item, 0)
      assert.ok(sum <= most || items.length === 1, `${sum} of ${most}`)
    }),
  )
})
