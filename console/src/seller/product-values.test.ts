import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DescribeAlgorithmOutput, DescribeModelPackageOutput } from '@aws-sdk/client-sagemaker'
import {
  type AlgorithmValues,
  algorithmRequest,
  newAlgorithm,
  newChannelSpec,
  trainingText,
} from './algorithm-values.ts'
import { clonedAlgorithm, clonedModelPackage } from './cloned-product.ts'
import { type ModelPackageValues, modelPackageRequest, newModelPackage } from './model-package-values.ts'
import { transformText } from './product-values.ts'

const sent = <Request>(request: Request): Request => JSON.parse(JSON.stringify(request))

const serving = {
  ...{
    image: ' registry/1/serve:1 ',
    hostname: 'first',
    contentTypes: 'text/csv,  text/plain',
    responseTypes: 'text/csv',
  },
  ...{ realtimeTypes: ['ml.m5.large'], transformTypes: ['ml.c5.xlarge'] },
}
const validated = { publishes: 'yes', validates: 'yes', role: 'arn:aws:iam::1:role/r', profileName: 'p' }

const whole: AlgorithmValues = {
  ...newAlgorithm,
  ...serving,
  ...validated,
  ...{ name: 'trees', description: 'Small.', trainingImage: 'registry/1/train:1', isDistributed: 'yes' },
  trainingTypes: ['ml.m5.large', 'ml.c5.xlarge'],
  channels: [
    { ...newChannelSpec('train', true), contentTypes: 'text/csv', description: 'Rows.' },
    { ...newChannelSpec('test', false), contentTypes: 'text/csv', modes: ['Pipe'], compressions: ['None', 'Gzip'] },
  ],
  hyperParameters: '[{"Name":"depth","Type":"Integer"}]',
  metrics: [
    { name: 'accuracy', regex: 'a=(.*)', objective: 'Maximize' },
    { name: 'loss', regex: 'l=(.*)', objective: '' },
  ],
}

describe('the wizard of an algorithm', () => {
  it('says everything that stands in it', () => {
    const request = sent(algorithmRequest(whole))
    assert.equal(request.CertifyForMarketplace, true)
    assert.deepEqual(request.TrainingSpecification?.SupportedTuningJobObjectiveMetrics, [
      { MetricName: 'accuracy', Type: 'Maximize' },
    ])
    assert.deepEqual(request.InferenceSpecification?.SupportedContentTypes, ['text/csv', 'text/plain'])
    assert.deepEqual(request.InferenceSpecification?.Containers, [
      { Image: 'registry/1/serve:1', ContainerHostname: 'first' },
    ])
  })

  it('has a template for its jobs that follows what was specified before', () => {
    const training = JSON.parse(trainingText(whole))
    assert.deepEqual(
      training.InputDataConfig.map((each: { ChannelName: string }) => each.ChannelName),
      ['train', 'test'],
    )
    const transform = JSON.parse(transformText(whole))
    assert.equal(transform.TransformInput.ContentType, 'text/csv')
    assert.equal(transform.TransformResources.InstanceType, 'ml.c5.xlarge')
  })

  it('without inference and validation asks for neither', () => {
    const request = sent(algorithmRequest({ ...whole, infers: false, validates: 'no', publishes: 'no' }))
    assert.equal(request.InferenceSpecification, undefined)
    assert.equal(request.ValidationSpecification, undefined)
    assert.equal(request.CertifyForMarketplace, false)
  })

  it('is cloned to the same request, but for its name', () => {
    const request = sent(algorithmRequest(whole))
    const { AlgorithmName: _, ...described } = request
    const cloned = clonedAlgorithm(described as unknown as DescribeAlgorithmOutput)
    assert.deepEqual(sent(algorithmRequest({ ...cloned, name: 'trees' })), request)
  })
})

describe('the wizard of a model package', () => {
  const byImage: ModelPackageValues = {
    ...newModelPackage,
    ...serving,
    ...validated,
    name: 'echo',
    data: 's3://b/m.tar.gz',
  }

  it('is by an image, or by an algorithm, never by both', () => {
    assert.equal(sent(modelPackageRequest(byImage)).SourceAlgorithmSpecification, undefined)
    const request = sent(modelPackageRequest({ ...byImage, option: 'algorithm', algorithm: 'trees' }))
    assert.equal(request.InferenceSpecification, undefined)
    assert.deepEqual(request.SourceAlgorithmSpecification?.SourceAlgorithms, [
      { AlgorithmName: 'trees', ModelDataUrl: 's3://b/m.tar.gz' },
    ])
  })

  it('is cloned to the same request, but for its name', () => {
    for (const values of [byImage, { ...byImage, ...{ option: 'algorithm', algorithm: 'trees' } }]) {
      const request = sent(modelPackageRequest(values))
      const cloned = clonedModelPackage(request as unknown as DescribeModelPackageOutput)
      assert.deepEqual(sent(modelPackageRequest({ ...cloned, name: 'echo' })), request)
    }
  })
})
