import assert from 'node:assert/strict'
import test from 'node:test'
import { loggedText } from './logged-text.ts'
import { createMetricExtractor } from './metric-definition.ts'

const training = '/aws/sagemaker/TrainingJobs'

test('tabs and carriage returns of training are written as SageMaker writes them', () => {
  assert.equal(
    loggedText(training, '[0]\ttrain-rmse:0.5\tvalidation-rmse:0.7'),
    '[0]#011train-rmse:0.5#011validation-rmse:0.7',
  )
  assert.equal(loggedText(training, '\x1b[31mred\x7f é'), '#033[31mred#177 é')
  assert.equal(loggedText('/aws/sagemaker/Endpoints/e', 'a\tb'), 'a\tb')
})

test('metrics are found by the expressions that users share, and in the last of what a progress bar has written over', async () => {
  const extractor = createMetricExtractor([
    { Name: 'validation:rmse', Regex: '.*\\[[0-9]+\\].*#011validation-rmse:([-+]?[0-9]*\\.?[0-9]+).*' },
    { Name: 'loss', Regex: '.*loss=([0-9.]+)' },
  ])
  const lines = ['[0]\ttrain-rmse:0.5\tvalidation-rmse:0.7', '10% loss=0.9\r50% loss=0.5\r100% loss=0.1']
  const found = await extractor.extract(lines.map(line => loggedText(training, line)))
  assert.deepEqual(
    found.map(({ name, value }) => [name, value]),
    [
      ['validation:rmse', 0.7],
      ['loss', 0.1],
    ],
  )
})
