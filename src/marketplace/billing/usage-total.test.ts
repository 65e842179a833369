import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createUsageTotal } from './usage-total.ts'

const row = (dimension: string, quantity: string, amount: string) => ({
  ...{ dimension, unit: 'minutes', quantity, free_quantity: '1', amount },
})

it('rows of one dimension are one sum, exactly, in whatever order they come', () => {
  const rows = [row('b', '2', '0.1'), row('a', '9007199254740993', '0.2'), row('b', '3', '0.00000001')]
  for (const order of [rows, rows.toReversed()]) {
    const total = createUsageTotal()
    for (const each of order) total.add(each)
    assert.equal(total.amount().toFixed(), '0.30000001')
    assert.deepEqual(total.byDimension(), [
      { dimension: 'a', unit: 'minutes', quantity: '9007199254740993', freeQuantity: '1', amount: '0.2' },
      { dimension: 'b', unit: 'minutes', quantity: '5', freeQuantity: '2', amount: '0.10000001' },
    ])
  }
})

it('no rows come to nothing', () => {
  assert.deepEqual([createUsageTotal().amount().toFixed(), createUsageTotal().byDimension()], ['0', []])
})
