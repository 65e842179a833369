import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomness, useRandomness } from './randomness.ts'

test('ids are version 4 UUIDs, all different', () => {
  const ids = Array.from({ length: 1000 }, randomness.uuid)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(ids).size, ids.length)
})

test('numbers are drawn below their bound, from whatever bytes come', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.infiniteStream(fc.nat(255)), (below, stream) => {
      using _ = useRandomness(count => Buffer.from([...stream.take(count)]))
      const drawn = randomness.below(below)
      assert.ok(Number.isInteger(drawn) && drawn >= 0 && drawn < below)
      const part = randomness.number()
      assert.ok(part >= 0 && part < 1)
    }),
  )
})
