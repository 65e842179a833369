import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cholesky, logDeterminant, type Matrix, solveLower, solveUpper } from './cholesky.ts'

const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  size: rows.length,
  cells: Float64Array.from(rows.flat()),
})
const sample = matrix([
  [4, 12, -16],
  [12, 37, -43],
  [-16, -43, 98],
])

test('the factor of a matrix with integer roots', () => {
  assert.deepEqual([...(cholesky(sample)?.cells ?? [])], [2, 0, 0, 6, 1, 0, -8, 5, 3])
})

test('its determinant is 36, and its solutions fit', () => {
  const factor = cholesky(sample) as Matrix
  assert.ok(Math.abs(logDeterminant(factor) - Math.log(36)) < 1e-12)
  // 4·1 + 12·2 − 16·3 = −20, and so on.
  const b = Float64Array.from([-20, -43, 192])
  const x = solveUpper(factor, solveLower(factor, b))
  for (const [index, expected] of [1, 2, 3].entries()) assert.ok(Math.abs((x[index] as number) - expected) < 1e-9)
})

test('a matrix that is not positive definite has none', () => {
  assert.equal(
    cholesky(
      matrix([
        [1, 2],
        [2, 1],
      ]),
    ),
    undefined,
  )
  assert.equal(
    cholesky(
      matrix([
        [1, 1],
        [1, 1],
      ]),
    ),
    undefined,
  )
})
