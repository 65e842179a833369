/** A square matrix, row after row. */
export interface Matrix {
  readonly size: number
  readonly cells: Float64Array
}

/**
 * The lower triangle L with L·Lᵀ = A, of which the lower triangle is read; undefined when A is not positive definite. Row by row,
 * so that the inner loop runs over memory in order.
 */
export function cholesky({ size, cells }: Matrix): Matrix | undefined {
  const lower = new Float64Array(size * size)
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      const rest = (cells[row * size + column] as number) - dot(lower, row * size, column * size, column)
      if (column < row) lower[row * size + column] = rest / (lower[column * size + column] as number)
      else if (rest > 0) lower[row * size + row] = Math.sqrt(rest)
      else return undefined
    }
  return { size, cells: lower }
}

function dot(cells: Float64Array, first: number, second: number, length: number): number {
  let sum = 0
  for (let index = 0; index < length; index++)
    sum += (cells[first + index] as number) * (cells[second + index] as number)
  return sum
}

/** x with L·x = b. */
export function solveLower({ size, cells }: Matrix, b: Float64Array): Float64Array {
  const x = new Float64Array(size)
  for (let row = 0; row < size; row++) {
    let rest = b[row] as number
    for (let column = 0; column < row; column++) rest -= (cells[row * size + column] as number) * (x[column] as number)
    x[row] = rest / (cells[row * size + row] as number)
  }
  return x
}

/** x with Lᵀ·x = b. */
export function solveUpper({ size, cells }: Matrix, b: Float64Array): Float64Array {
  const x = Float64Array.from(b)
  for (let row = size - 1; row >= 0; row--) {
    const value = (x[row] as number) / (cells[row * size + row] as number)
    x[row] = value
    for (let column = 0; column < row; column++)
      x[column] = (x[column] as number) - (cells[row * size + column] as number) * value
  }
  return x
}

/** log det A of the matrix that was factored. */
export function logDeterminant({ size, cells }: Matrix): number {
  let sum = 0
  for (let row = 0; row < size; row++) sum += Math.log(cells[row * size + row] as number)
  return 2 * sum
}
