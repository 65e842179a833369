import { type GaussianProcess, gaussianProcess, type Kernel, type Observations } from './gaussian-process.ts'

const startLengths = [0.1, 0.2, 0.4, 0.8, 1.6]
const startNoises = [1e-6, 1e-3, 1e-1]
const lengthFactors = [1.6, 1 / 1.6]
const noiseFactors = [10, 0.1]
const leastNoise = 1e-6
const shortestLength = 0.02
const longestLength = 20
/** The logarithm of a length is taken to be normally distributed about that of half a range, with this variance. */
const expectedLength = 0.5
const lengthVariance = 2
/** So many observations tell a kernel well enough; the time grows with their cube. */
const mostObservations = 100

interface Candidate {
  /** One for each parameter. */
  readonly lengths: readonly number[]
  readonly noise: number
}

interface Fit extends Candidate {
  readonly kernel: Kernel
  readonly score: number
}

type Step = (fit: Candidate) => Candidate

/**
 * The kernel that makes the outputs likeliest, with a weak prior on the lengths: first the best of a grid with one length for all
 * parameters, then each parameter's own length and the noise, step by step. `groups[i]` is the parameter that input i belongs to:
 * the inputs of a categorical one share a length.
 */
export function fitKernel(observations: Observations, groups: readonly number[]): Kernel {
  const parameters = Math.max(...groups) + 1
  const sample = sampled(observations)
  const attempt = ({ lengths, noise }: Candidate): Fit | undefined => {
    const kernel = { lengths: groups.map(group => lengths[group] as number), noise }
    const process = gaussianProcess(sample, kernel)
    return process && { lengths, noise, kernel, score: process.logLikelihood + logPrior(lengths) }
  }
  const grid = startLengths.flatMap(length =>
    startNoises.map(noise => ({ lengths: Array<number>(parameters).fill(length * Math.sqrt(parameters)), noise })),
  )
  const rounds = parameters > 8 ? 1 : 2
  const steps = Array<Step[]>(rounds)
    .fill([...lengthSteps(parameters), ...noiseSteps])
    .flat()
  const start = grid.map(attempt).reduce(likelier) as Fit
  return steps.reduce((fit, step) => likelier(fit, attempt(step(fit))) as Fit, start).kernel
}

/** The process through all observations; with more noise where two of them are too much alike for the kernel's. */
export function fitGaussianProcess(observations: Observations, groups: readonly number[]): GaussianProcess {
  const kernel = fitKernel(observations, groups)
  const processes = [1, 100, 10_000].map(
    more => () => gaussianProcess(observations, { ...kernel, noise: kernel.noise * more }),
  )
  for (const process of processes) {
    const found = process()
    if (found) return found
  }
  throw new Error(`No Gaussian process goes through these ${observations.inputs.length} observations.`)
}

function sampled({ inputs, outputs, extraNoise }: Observations): Observations {
  const step = Math.max(1, inputs.length / mostObservations)
  const chosen = Array.from({ length: Math.min(inputs.length, mostObservations) }, (_, n) => Math.floor(n * step))
  return {
    inputs: chosen.map(index => inputs[index] as Float64Array),
    outputs: Float64Array.from(chosen, index => outputs[index] as number),
    ...(extraNoise && { extraNoise: Float64Array.from(chosen, index => extraNoise[index] as number) }),
  }
}

const likelier = (first: Fit | undefined, second: Fit | undefined): Fit | undefined =>
  !first || (second && second.score > first.score) ? second : first

const lengthSteps = (parameters: number): Step[] =>
  Array.from({ length: parameters }, (_, parameter) =>
    lengthFactors.map(factor => lengthStep(parameter, factor)),
  ).flat()

const lengthStep =
  (parameter: number, factor: number): Step =>
  ({ lengths, noise }) => ({
    lengths: lengths.with(parameter, bounded((lengths[parameter] as number) * factor)),
    noise,
  })

const noiseSteps: Step[] = noiseFactors.map(factor => ({ lengths, noise }) => ({
  lengths,
  noise: Math.max(leastNoise, noise * factor),
}))

const bounded = (length: number): number => Math.min(longestLength, Math.max(shortestLength, length))

const logPrior = (lengths: readonly number[]): number =>
  lengths.reduce((sum, length) => sum - Math.log(length / expectedLength) ** 2 / (2 * lengthVariance), 0)
