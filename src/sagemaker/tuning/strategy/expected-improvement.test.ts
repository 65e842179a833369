import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logExpectedImprovement, tailRatio } from './expected-improvement.ts'

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${actual} ≠ ${expected}`)
const density = (z: number) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)

test('the normal distribution beyond some points, as tables have it', () => {
  near(tailRatio(0) * density(0), 0.5)
  near(tailRatio(1) * density(1), 0.15865525393145707)
  near(tailRatio(1.96) * density(1.96), 0.024997895148220435)
  near(tailRatio(3) * density(3), 0.0013498980316300933)
  near(tailRatio(10) * density(10), 7.61985302416047e-24)
})

test('improvement where mean and best agree is the deviation over √2π; elsewhere φ(z) + z·Φ(z) deviations', () => {
  near(Math.exp(logExpectedImprovement(5, 4, 5)), 2 / Math.sqrt(2 * Math.PI))
  near(Math.exp(logExpectedImprovement(-1, 1, 0)), density(1) + 1 - 0.15865525393145707)
  near(Math.exp(logExpectedImprovement(1, 1, 0)), density(1) - 0.15865525393145707)
  near(Math.exp(logExpectedImprovement(-30, 1, 0)), 30)
})

test('it rises with the deviation and falls with the mean, also where next to nothing is left', () => {
  let last = Number.POSITIVE_INFINITY
  for (let mean = -5; mean < 40; mean += 0.25) {
    const gain = logExpectedImprovement(mean, 1, 0)
    assert.ok(Number.isFinite(gain) && gain < last)
    assert.ok(logExpectedImprovement(mean, 2, 0) > gain)
    last = gain
  }
})
