import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { byProduct, monthsUntil, rowsOf, total } from './earnings.ts'

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

it('what was written as CSV is read as it was, whatever its cells hold', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é') })
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell)), rows => {
      const text = [['one', 'two'], ...rows].map(row => `${row.map(quoted).join(',')}\n`).join('')
      assert.deepEqual(
        rowsOf(text),
        rows.map(([one, two]) => ({ one, two })),
      )
    }),
  )
})

it('months go back over the turn of a year', () => {
  assert.deepEqual(monthsUntil(new Date('2027-01-15T00:00:00Z'), 3), [
    { year: 2026, month: 11 },
    { year: 2026, month: 12 },
    { year: 2027, month: 1 },
  ])
})

it('products are summed, the largest first, with their refunds', () => {
  const rows = rowsOf('product_title,amount\nA,1.5\nB,4\nA,-0.5\n')
  assert.deepEqual(byProduct(rows), [
    ['B', 4],
    ['A', 1],
  ])
  assert.equal(total(rows), 5)
})
