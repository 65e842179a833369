import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { statementPositions } from './statement-position.ts'

test('statements are found where they stand, however the text is laid out', () => {
  const text = fc.string({ maxLength: 12 })
  const statement = fc.record({ Sid: text, Effect: fc.constant('Allow'), Condition: fc.dictionary(text, text) })
  const layout = fc.constantFrom(undefined, 1, 4, '\t')
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), layout, (Statement, space) => {
      const document = JSON.stringify({ Version: '2012-10-17', Statement }, undefined, space)
      const lines = document.split('\n')
      const placeOf = ({ Line, Column }: { Line: number; Column: number }) =>
        lines.slice(0, Line - 1).reduce((sum, line) => sum + line.length + 1, 0) + Column - 1
      const found = statementPositions(document).map(([start, end]) =>
        JSON.parse(document.slice(placeOf(start), placeOf(end) + 1)),
      )
      assert.deepEqual(found, JSON.parse(JSON.stringify(Statement)))
    }),
  )
})
