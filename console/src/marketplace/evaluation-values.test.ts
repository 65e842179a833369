import assert from 'node:assert/strict'
import { it } from 'node:test'
import { emptyEvaluation, evaluationRequest } from './evaluation-values.ts'

const [trees, words] = [
  { id: 'prod-trees', name: 'Trees', learns: true },
  { id: 'prod-words', name: 'Words', learns: false },
]
const typed = {
  ...emptyEvaluation,
  ...{ products: [words], role: 'arn:role', input: ' s3://mine/rows.csv ', labels: 's3://mine/labels.txt' },
  output: 's3://mine/out',
}
const asked = {
  candidates: [{ productId: 'prod-words' }],
  roleArn: 'arn:role',
  input: { s3Uri: 's3://mine/rows.csv', contentType: 'text/csv' },
  output: { s3Uri: 's3://mine/out' },
}

it('a model package is asked for without what algorithms learn from', () => {
  assert.deepEqual(evaluationRequest(typed), {
    ...{ ...asked, labels: { s3Uri: 's3://mine/labels.txt' }, metric: 'ACCURACY' },
  })
})

it('hyperparameters are those of algorithms alone, training that of the evaluation', () => {
  const channels = [{ key: 'training', value: 's3://mine/known.csv' }]
  const values = { ...typed, products: [trees, words], channels, hyperParameters: [{ key: 'depth', value: '4' }] }
  const { candidates, training } = evaluationRequest(values)
  assert.deepEqual(candidates, [
    { productId: 'prod-trees', hyperParameters: { depth: '4' } },
    { productId: 'prod-words' },
  ])
  const channel = { channelName: 'training', s3Uri: 's3://mine/known.csv', contentType: 'text/csv' }
  assert.deepEqual(training, { channels: [channel] })
})

it('what the metric has no use for is left out, what it has is not', () => {
  const more = { ...typed, positive: 'spam', column: '2' }
  assert.deepEqual(evaluationRequest({ ...more, metric: 'PRICE' }), { ...asked, metric: 'PRICE' })
  const { positiveLabel, prediction } = evaluationRequest({ ...more, metric: 'F1' })
  assert.deepEqual([positiveLabel, prediction], ['spam', { column: 2 }])
  assert.equal(evaluationRequest({ ...more, metric: 'MAE' }).positiveLabel, undefined)
})
