import assert from 'node:assert/strict'
import { test } from 'node:test'
import { medianVerdict } from './early-stopping.ts'

const ended = (...values: number[]) => ({ values, ended: true })
// Running averages after two epochs: 0.3, 0.5, 0.7; their median is 0.5.
const others = [ended(0.2, 0.4, 0.9), ended(0.4, 0.6, 0.9), ended(0.6, 0.8, 0.9)]

test('a job is stopped after the epoch at which it is worse than the median of the running averages', () => {
  assert.match(
    medianVerdict('Maximize', [0.7, 0.49], 1, others) ?? '',
    /^After epoch 2 its objective was 0.49; .* 3 .* is 0.5\.$/,
  )
  assert.equal(medianVerdict('Maximize', [0.7, 0.51], 1, others), undefined)
  assert.match(medianVerdict('Minimize', [0.1, 0.51], 1, others) ?? '', /^After epoch 2/)
  assert.equal(medianVerdict('Minimize', [0.1, 0.49], 1, others), undefined)
})

test('the value counts, not its own average, and an epoch is judged once', () => {
  assert.match(medianVerdict('Maximize', [0.1, 0.9], 0, others) ?? '', /^After epoch 1/)
  assert.equal(medianVerdict('Maximize', [0.1, 0.9], 1, others), undefined)
})

test('only jobs that have ended and came so far are a measure, and fewer than three are none', () => {
  assert.equal(medianVerdict('Maximize', [0, 0, 0], 0, others.slice(0, 2)), undefined)
  assert.equal(
    medianVerdict(
      'Maximize',
      [0],
      0,
      others.map(other => ({ ...other, ended: false })),
    ),
    undefined,
  )
  assert.equal(medianVerdict('Maximize', [0, 0, 0, 0], 3, others), undefined)
})

test('of an even number the median is the mean of the middle two', () => {
  const four = [ended(0), ended(0.2), ended(0.4), ended(1)]
  assert.match(medianVerdict('Maximize', [0.29], 0, four) ?? '', /is 0.30000000000000004\.$/)
  assert.equal(medianVerdict('Maximize', [0.31], 0, four), undefined)
})
