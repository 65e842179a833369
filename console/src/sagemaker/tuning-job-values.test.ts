import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  clonedTuningJob,
  newTuningJob,
  type TuningJobValues,
  tuningJobFor,
  tuningJobRequest,
} from './tuning-job-values.ts'

const range = { name: 'rate', type: 'Continuous', min: '0.1', max: '0.9', scaling: 'Logarithmic', values: '' }
const values: TuningJobValues = {
  ...newTuningJob,
  ...{ name: 'find', role: 'arn:aws:iam::1:role/r', image: 'here/trees:1', outputUri: 's3://b/out' },
  metrics: [{ key: 'accuracy', value: 'accuracy=(.*);' }],
  hyperParameters: [{ key: 'mode', value: 'fast' }],
  channels: [],
  ...{ strategy: 'Random', objective: 'accuracy', most: '4', parallel: '2', mostRuntime: '600' },
  ...{ warmStart: 'TransferLearning', parents: 'first, second' },
  ranges: [
    range,
    { ...range, name: 'depth', type: 'Integer', min: '1', max: '9', scaling: 'Auto' },
    { ...range, name: 'kind', type: 'Categorical', values: 'a, b', min: '', max: '', scaling: 'Auto' },
  ],
  tags: [{ key: 'team', value: 'roses' }],
}

it('the form becomes the request of the API, and what the API tells of it the same form again', () => {
  const request = tuningJobRequest(values)
  const config = request.HyperParameterTuningJobConfig
  assert.equal(request.HyperParameterTuningJobName, 'find')
  assert.deepEqual(config?.ResourceLimits, {
    ...{ MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2, MaxRuntimeInSeconds: 600 },
  })
  assert.deepEqual(config?.ParameterRanges, {
    IntegerParameterRanges: [{ Name: 'depth', MinValue: '1', MaxValue: '9', ScalingType: 'Auto' }],
    ContinuousParameterRanges: [{ Name: 'rate', MinValue: '0.1', MaxValue: '0.9', ScalingType: 'Logarithmic' }],
    CategoricalParameterRanges: [{ Name: 'kind', Values: ['a', 'b'] }],
  })
  assert.deepEqual(request.TrainingJobDefinition?.StaticHyperParameters, { mode: 'fast' })
  assert.equal('HyperParameters' in (request.TrainingJobDefinition ?? {}), false)
  assert.deepEqual(request.Tags, [{ Key: 'team', Value: 'roses' }])
  const definition = request.TrainingJobDefinition
  const StaticHyperParameters = { ...definition?.StaticHyperParameters, _tuning_objective_metric: 'accuracy' }
  const again = clonedTuningJob({
    ...(request as object),
    TrainingJobDefinition: { ...definition, StaticHyperParameters },
    HyperParameterTuningJobArn: 'arn:aws:sagemaker:us-east-1:1:hyper-parameter-tuning-job/find',
  } as unknown as Parameters<typeof clonedTuningJob>[0])
  const order = (all: readonly { readonly name: string }[]) => [...all].sort((a, b) => (a.name < b.name ? -1 : 1))
  assert.deepEqual(
    { ...again, ranges: order(again.ranges) },
    {
      ...{ ...values, name: '', tags: [], runtime: '86400', runtimeUnit: 'seconds' },
      ranges: order(values.ranges).map(one => (one.name === 'kind' ? { ...one, scaling: 'Auto' } : one)),
    },
  )
})

it('a form for an algorithm tunes what may be tuned, within what it declares, for its first objective', () => {
  const form = tuningJobFor(
    {
      AlgorithmArn: 'arn:aws:sagemaker:us-east-1:2:algorithm/trees',
      TrainingSpecification: {
        TrainingImage: undefined,
        SupportedTrainingInstanceTypes: ['ml.c5.large'],
        TrainingChannels: [],
        SupportedTuningJobObjectiveMetrics: [{ Type: 'Minimize', MetricName: 'loss' }],
        SupportedHyperParameters: [
          { Name: 'mode', Type: 'FreeText', IsRequired: true },
          {
            ...{ Name: 'depth', Type: 'Integer', IsTunable: true, DefaultValue: '3' },
            Range: { IntegerParameterRangeSpecification: { MinValue: '1', MaxValue: '9' } },
          },
        ],
      },
    } as unknown as Parameters<typeof tuningJobFor>[0],
    '1',
  )
  assert.deepEqual([form.source, form.isIsolated], ['subscription', true])
  assert.deepEqual([form.objective, form.objectiveType], ['loss', 'Minimize'])
  assert.deepEqual(form.hyperParameters, [{ key: 'mode', value: '' }])
  assert.deepEqual(
    form.ranges.map(({ name, type, min, max }) => [name, type, min, max]),
    [['depth', 'Integer', '1', '9']],
  )
})
