import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { withinBytes } from './within-bytes.ts'

const most = 512 * 1024

test('as many are held at once as have room, and one always has', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 2 * most }))
  fc.assert(
    fc.property(sizes, given => {
      const rows = given.map(bytes => ({ bytes }))
      const held = withinBytes(rows)
      const sum = (some: readonly { bytes: number }[]) => some.reduce((total, { bytes }) => total + bytes, 0)
      assert.deepEqual(held, rows.slice(0, held.length))
      assert.ok(held.length >= Math.min(1, rows.length))
      if (held.length > 1) assert.ok(sum(held) <= most)
      if (held.length < rows.length) assert.ok(sum(rows.slice(0, held.length + 1)) > most)
    }),
  )
})
