import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monthAfter, monthOf, monthStart } from './billing-month.ts'

const time = Date.parse

test('a month goes from its first millisecond in UTC to the first of the next, also over a year’s end', () => {
  for (const [inside, first, next] of [
    ['2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    ['2026-11-30T23:59:59.999Z', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    ['2026-12-31T23:59:59.999Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['2028-02-29T12:00:00.000Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
  ] as const) {
    assert.equal(monthStart(monthOf(time(inside))), time(first))
    assert.equal(monthAfter(time(inside)), time(next))
  }
  assert.deepEqual(monthOf(time('2026-12-31T23:59:59.999Z')), { year: 2026, month: 12 })
})
