import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { share, shuffled } from './shuffle.ts'

test('a shuffle keeps every item, and the seed and the epoch alone decide the order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), fc.nat(1000), (items, seed, epoch) => {
      const once = shuffled(items, seed, epoch)
      assert.deepEqual([...once].sort(), [...items].sort())
      assert.deepEqual(shuffled(items, seed, epoch), once)
    }),
  )
})

test('every item comes to every place about as often', () => {
  const size = 8
  const rounds = 4000
  const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const items = Array.from({ length: size }, (_, index) => index)
  for (let epoch = 0; epoch < rounds; epoch++)
    for (const [place, item] of shuffled(items, 42, epoch).entries())
      (counts[item] as number[])[place] = ((counts[item] as number[])[place] ?? 0) + 1
  const expected = rounds / size
  for (const count of counts.flat())
    assert.ok(Math.abs(count - expected) < 6 * Math.sqrt(expected), `${count} of ${expected}`)
})

test('shares are disjoint and hold everything', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 5 }), (items, count) => {
      const shares = Array.from({ length: count }, (_, index) => share(items, { index, count }))
      assert.deepEqual(shares.flat().sort(), [...items].sort())
      const sizes = shares.map(({ length }) => length)
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
    }),
  )
})
