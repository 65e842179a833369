import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GaussianProcess, gaussianProcess } from './gaussian-process.ts'

const input = (...values: number[]) => Float64Array.from(values)
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-10, `${actual} ≠ ${expected}`)
const process = (inputs: number[][], outputs: number[], lengths: number[], noise: number, extraNoise?: number[]) =>
  gaussianProcess(
    {
      inputs: inputs.map(values => input(...values)),
      outputs: Float64Array.from(outputs),
      ...(extraNoise && { extraNoise: Float64Array.from(extraNoise) }),
    },
    { lengths, noise },
  ) as GaussianProcess

/** Matérn 5/2 at one length's distance: (1 + √5 + 5/3)·e^−√5. */
const atOneLength = 0.5239941088318203

test('one observation: the mean falls with the correlation, the variance rises from what the noise leaves', () => {
  const one = process([[0]], [3], [2], 0.5)
  // K = 1.5, so the weight is 3 / 1.5 = 2, and the amplitude 3 · 2 / 1 = 6.
  close(one.amplitude, 6)
  close(one.predict(input(0)).mean, 2)
  close(one.predict(input(0)).variance, 6 * (1 - 1 / 1.5))
  close(one.predict(input(2)).mean, 2 * atOneLength)
  close(one.predict(input(2)).variance, 6 * (1 - atOneLength ** 2 / 1.5))
  close(one.predict(input(1e6)).mean, 0)
  close(one.predict(input(1e6)).variance, 6)
})

test('two observations: the posterior by the inverse of a two by two matrix', () => {
  const [first, second, noise, c] = [1, -2, 0.25, atOneLength]
  const two = process(
    [
      [0, 5],
      [3, 5],
    ],
    [first, second],
    [3, 1],
    noise,
  )
  // The inverse of ((d, c), (c, d)) is ((d, −c), (−c, d)) / (d² − c²).
  const d = 1 + noise
  const determinant = d * d - c * c
  const weights = [(d * first - c * second) / determinant, (d * second - c * first) / determinant] as const
  const amplitude = (first * weights[0] + second * weights[1]) / 2
  close(two.amplitude, amplitude)
  close(two.predict(input(0, 5)).mean, weights[0] + c * weights[1])
  const explained = (d * 1 - c * c) / determinant + (c * (d * c - c)) / determinant
  close(two.predict(input(0, 5)).variance, amplitude * (1 - explained))
  close(two.logLikelihood, -0.5 * (2 * Math.log(2 * Math.PI * amplitude) + Math.log(determinant) + 2))
})

test('without noise the process goes through its observations and is sure of them', () => {
  const exact = process([[0], [0.5], [1]], [1, -1, 2], [0.4], 0)
  for (const [place, value] of [
    [0, 1],
    [0.5, -1],
    [1, 2],
  ] as const) {
    const { mean, variance } = exact.predict(input(place))
    close(mean, value)
    assert.ok(variance < 1e-10)
  }
})

test('an observation with extra noise pulls less', () => {
  const even = process([[0], [0]], [1, -1], [1], 0.1)
  const uneven = process([[0], [0]], [1, -1], [1], 0.1, [0, 10])
  close(even.predict(input(0)).mean, 0)
  assert.ok(uneven.predict(input(0)).mean > 0.5)
})

test('two equal inputs without noise have no process', () => {
  assert.equal(process([[1], [1]], [1, 2], [1], 0), undefined)
})
