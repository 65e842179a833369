import { cholesky, logDeterminant, type Matrix, solveLower, solveUpper } from './cholesky.ts'

/**
 * Matérn 5/2 covariance with a length for each input, and noise as a part of the amplitude's variance. Source: Rasmussen and
 * Williams, "Gaussian Processes for Machine Learning", 2006, chapters 2, 4 and 5.
 */
export interface Kernel {
  readonly lengths: readonly number[]
  readonly noise: number
}

/** What is known of a function with mean zero at some inputs. */
export interface Observations {
  readonly inputs: readonly Float64Array[]
  readonly outputs: Float64Array
  /** Noise of single observations beyond the kernel's, in the same measure. */
  readonly extraNoise?: Float64Array
}

export interface GaussianProcess {
  readonly kernel: Kernel
  /** Variance of the function itself, by maximum likelihood. */
  readonly amplitude: number
  /** Logarithm of the marginal likelihood of the outputs. */
  readonly logLikelihood: number
  /** Mean and variance of the function, without noise, at an input. */
  predict(input: Float64Array): { mean: number; variance: number }
}

/** Undefined when the covariance of the inputs is not positive definite in floating point: two are too much alike for so little noise. */
export function gaussianProcess(observations: Observations, kernel: Kernel): GaussianProcess | undefined {
  const { inputs, outputs } = observations
  const size = inputs.length
  const scaled = inputs.map(input => scale(input, kernel.lengths))
  const factor = cholesky(covariance(scaled, kernel.noise, observations.extraNoise))
  if (!factor) return undefined
  const weights = solveUpper(factor, solveLower(factor, outputs))
  const amplitude = Math.max(dot(outputs, weights) / size, 1e-12)
  const logLikelihood = -0.5 * (size * Math.log(2 * Math.PI * amplitude) + logDeterminant(factor) + size)
  return {
    kernel,
    amplitude,
    logLikelihood,
    predict(input) {
      const place = scale(input, kernel.lengths)
      const shared = new Float64Array(size)
      for (let index = 0; index < size; index++)
        shared[index] = matern(squaredDistance(scaled[index] as Float64Array, place))
      const explained = solveLower(factor, shared)
      const variance = amplitude * Math.max(1 - dot(explained, explained), 1e-12)
      return { mean: dot(shared, weights), variance }
    },
  }
}

function covariance(scaled: readonly Float64Array[], noise: number, extraNoise?: Float64Array): Matrix {
  const size = scaled.length
  const cells = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    const first = scaled[row] as Float64Array
    for (let column = 0; column < row; column++)
      cells[row * size + column] = matern(squaredDistance(first, scaled[column] as Float64Array))
    cells[row * size + row] = 1 + noise + (extraNoise?.[row] ?? 0)
  }
  return { size, cells }
}

/** Correlation at a distance, given squared. */
function matern(squared: number): number {
  const distance = Math.sqrt(5 * squared)
  return (1 + distance + (5 / 3) * squared) * Math.exp(-distance)
}

function scale(input: Float64Array, lengths: readonly number[]): Float64Array {
  return input.map((value, index) => value / (lengths[index] as number))
}

function squaredDistance(first: Float64Array, second: Float64Array): number {
  let sum = 0
  for (let index = 0; index < first.length; index++) {
    const gap = (first[index] as number) - (second[index] as number)
    sum += gap * gap
  }
  return sum
}

function dot(first: Float64Array, second: Float64Array): number {
  let sum = 0
  for (let index = 0; index < first.length; index++) sum += (first[index] as number) * (second[index] as number)
  return sum
}
