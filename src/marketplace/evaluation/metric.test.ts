import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { score as inTurns, type LabelMetric, labelMetrics, type Predicted, Unscorable } from './metric.ts'

const score = (metric: LabelMetric, predicted: Predicted) => inTurns(metric, predicted, () => undefined)

const texts = (line: string) => (line === '' ? [] : line.split(' '))

/** Worked by hand. */
const cases: readonly (readonly [
  LabelMetric,
  labels: string,
  predictions: string,
  value: number,
  positive?: string,
])[] = [
  ['ACCURACY', 'a b a b', 'a b b b', 0.75],
  ['ACCURACY', '1 0 1', '1.0 0e0 0', 2 / 3],
  ['ACCURACY', '1 0', 'one zero', 0],
  // Two of three that were told are right, two of four were found.
  ['F1', '1 1 1 1 0 0', '1 1 0 0 1 0', 4 / 7, '1'],
  // The mean over a (2/3), b (2/3) and c, which nobody has.
  ['F1', 'a a b b', 'a c b c', (2 / 3 + 2 / 3 + 0) / 3],
  ['F1', 'a a', 'b b', 0],
  ['AUC', '0 0 1 1', '0.1 0.4 0.35 0.8', 0.75],
  ['AUC', '0 1 0 1', '0.5 0.5 0.5 0.5', 0.5],
  ['AUC', 'no yes', '-3 7', 1, 'yes'],
  ['RMSE', '1 2 3', '1 2 6', Math.sqrt(3)],
  ['MAE', '1 -2 3', '2 2 3', 5 / 3],
]

const refused: readonly (readonly [
  LabelMetric,
  labels: string,
  predictions: string,
  why: RegExp,
  positive?: string,
])[] = [
  ['ACCURACY', '', '', /no rows/],
  ['MAE', '1 2', '1', /2 labels and 1 answers/],
  ['RMSE', '1 2', '1 setosa', /answer of row 2 is not a number/],
  ['MAE', 'x 2', '1 1', /label of row 1 is not a number/],
  ['MAE', '1', 'Infinity', /answer of row 1/],
  ['AUC', '1 0', '0.5 NaN', /answer of row 2/],
  ['AUC', '1 1', '0.5 0.6', /needs rows with the label 1 and others; 2 of 2/],
  ['AUC', 'yes no', '1 0', /label 1 and others; 0 of 2/],
]

const predictedOf = (labels: string, predictions: string, positive?: string): Predicted => ({
  ...{ labels: texts(labels), predictions: texts(predictions), positive },
})

describe('metrics', () => {
  for (const [metric, labels, predictions, value, positive] of cases)
    it(`${metric} of ${predictions} for ${labels} is ${value}`, async () => {
      assert.ok(Math.abs((await score(metric, predictedOf(labels, predictions, positive))) - value) < 1e-12)
    })
  for (const [metric, labels, predictions, why, positive] of refused)
    it(`${metric} of "${predictions}" for "${labels}" cannot be told`, async () => {
      await assert.rejects(score(metric, predictedOf(labels, predictions, positive)), (error: Error) => {
        assert.ok(error instanceof Unscorable)
        return why.test(error.message)
      })
    })
})

const numbers = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -20, max: 20 })), { minLength: 2, maxLength: 40 })
const both = numbers.filter(rows => rows.some(([is]) => is) && rows.some(([is]) => !is))
const asRows = (rows: readonly (readonly [boolean, number])[]): Predicted => ({
  labels: rows.map(([is]) => (is ? '1' : '0')),
  predictions: rows.map(([, value]) => String(value)),
})

describe('metrics, of any rows', () => {
  it('AUC is the share of pairs that are in order, whatever the scale, and turns over with the sign', async () => {
    await fc.assert(
      fc.asyncProperty(both, async rows => {
        const [wanted, others] = [rows.filter(([is]) => is), rows.filter(([is]) => !is)]
        const pairs = wanted.flatMap(([, one]) =>
          others.map(([, other]) => (one > other ? 1 : one === other ? 0.5 : 0) as number),
        )
        const share = pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length
        const auc = await score('AUC', asRows(rows))
        assert.ok(Math.abs(auc - share) < 1e-9)
        assert.ok(Math.abs((await score('AUC', asRows(rows.map(([is, value]) => [is, value * 3 + 7])))) - auc) < 1e-9)
        assert.ok(Math.abs((await score('AUC', asRows(rows.map(([is, value]) => [is, -value])))) - (1 - auc)) < 1e-9)
      }),
    )
  })

  it('errors are of the size of their rows: nothing for what is right, MAE at most RMSE, RMSE at most the worst', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, async rows => {
        const labels = rows.map(([, value]) => String(value))
        const predictions = rows.map(([is, value]) => String(is ? value + 3 : value))
        const [mae, rmse] = [await score('MAE', { labels, predictions }), await score('RMSE', { labels, predictions })]
        assert.equal(await score('RMSE', { labels, predictions: labels }), 0)
        assert.ok(mae <= rmse + 1e-9 && rmse <= 3 + 1e-9)
      }),
    )
  })

  it('shares lie between 0 and 1, are 1 exactly for what is right, and do not care for the order of rows', async () => {
    const classes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('a', 'b', 'c')), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(classes, async rows => {
        const predicted = { labels: rows.map(([label]) => label), predictions: rows.map(([, told]) => told) }
        const turned = { labels: predicted.labels.toReversed(), predictions: predicted.predictions.toReversed() }
        const right = rows.every(([label, told]) => label === told)
        for (const metric of ['ACCURACY', 'F1'] as const) {
          const value = await score(metric, predicted)
          assert.ok(value >= 0 && value <= 1)
          assert.equal(value === 1, right)
          assert.ok(Math.abs((await score(metric, turned)) - value) < 1e-9)
        }
      }),
    )
  })

  it('are worked out in pieces, between which others have their turn', async () => {
    const labels = Array.from({ length: 3500 }, (_, row) => String(row % 2))
    for (const metric of labelMetrics) {
      let pauses = 0
      await inTurns(metric, { labels, predictions: labels }, async () => void pauses++)
      assert.equal(pauses, 3, metric)
    }
  })
})
