import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Unscorable } from './metric.ts'
import { type PredictionPlace, predictionOf } from './prediction-text.ts'

const cases: readonly (readonly [line: string, place: PredictionPlace, text: string])[] = [
  ['setosa', {}, 'setosa'],
  [' 0.93 , b', {}, '0.93'],
  ['a,"b, and ""c""",d', { column: 1 }, 'b, and "c"'],
  ['a,,c', { column: 1 }, ''],
  ['a,b,', { column: 2 }, ''],
  ['"a"', {}, 'a'],
  ['5" disk,x', {}, '5" disk'],
  ['{"label": "x", "score": 0.5}', { field: 'score' }, '0.5'],
  ['{"label": true}', { field: 'label' }, 'true'],
]
const refused: readonly (readonly [line: string, place: PredictionPlace, why: RegExp])[] = [
  ['a,b', { column: 2 }, /Line 8 has no column 2/],
  ['{"a":', { field: 'a' }, /Line 8 is not JSON/],
  ['{"a": {}}', { field: 'a' }, /no text or number "a"/],
  ['{}', { field: 'toString' }, /no text or number/],
  ['null', { field: 'a' }, /no text or number/],
  ['x'.repeat(257), {}, /more than 256/],
]

it('a prediction is read from its place in a line', () => {
  for (const [line, place, text] of cases) assert.equal(predictionOf(line, 7, place), text, line)
})

it('a line that has none is told by its number', () => {
  for (const [line, place, why] of refused)
    assert.throws(
      () => predictionOf(line, 7, place),
      (error: Error) => error instanceof Unscorable && why.test(error.message),
    )
})

it('commas by the thousand and an open quote are read in one go', () => {
  assert.equal(predictionOf(`${','.repeat(100_000)}x`, 0, { column: 1000 }), '')
  assert.equal(predictionOf(`"${'a'.repeat(200)}`, 0), `"${'a'.repeat(200)}`)
})
