import assert from 'node:assert/strict'
import { it } from 'node:test'
import { textTable } from './text-table.ts'

it('cells stand under each other, and none moves the cursor or begins a line', () => {
  const lines = [
    ['A', 'LONGER', ''],
    ['\u001b[2Jx', '1\r\n2', '\u009bm'],
  ]
  assert.equal(textTable(lines), 'A      LONGER\n [2Jx  1  2     m\n')
  assert.equal(textTable([]), '')
})
