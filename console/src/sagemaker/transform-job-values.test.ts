import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { DescribeTransformJobResponse } from '@aws-sdk/client-sagemaker'
import { clonedTransformJob, newTransformJob, transformJobFor, transformJobRequest } from './transform-job-values.ts'

const whole = {
  ...newTransformJob,
  ...{ name: 'rows', model: 'echo', instanceType: 'ml.c5.large', count: '2', concurrent: '4', payload: '6' },
  ...{ strategy: 'MultiRecord', volumeKey: 'alias/v', dataType: 'ManifestFile', split: 'Line', compression: 'Gzip' },
  ...{ contentType: 'text/csv', uri: ' s3://b/in ', outputUri: 's3://b/out', assemble: 'Line', accept: 'text/csv' },
  ...{ outputKey: 'alias/o', inputFilter: '$[1:]', join: 'Input', outputFilter: '$' },
  environment: [{ key: 'A', value: 'b' }],
  tags: [{ key: 'team', value: 'x' }],
}

it('fills every member that the form has a field for', () => {
  assert.deepEqual(transformJobRequest(whole), {
    ...{ TransformJobName: 'rows', ModelName: 'echo', MaxConcurrentTransforms: 4, MaxPayloadInMB: 6 },
    ...{ BatchStrategy: 'MultiRecord', Environment: { A: 'b' } },
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://b/in' } },
      ...{ ContentType: 'text/csv', CompressionType: 'Gzip', SplitType: 'Line' },
    },
    TransformOutput: { S3OutputPath: 's3://b/out', Accept: 'text/csv', AssembleWith: 'Line', KmsKeyId: 'alias/o' },
    TransformResources: { InstanceType: 'ml.c5.large', InstanceCount: 2, VolumeKmsKeyId: 'alias/v' },
    DataProcessing: { InputFilter: '$[1:]', OutputFilter: '$', JoinSource: 'Input' },
    Tags: [{ Key: 'team', Value: 'x' }],
  })
})

it('leaves out what was left empty, so that the container is asked', () => {
  const request = JSON.parse(JSON.stringify(transformJobRequest({ ...newTransformJob, name: 'rows', model: 'echo' })))
  assert.deepEqual(Object.keys(request).sort(), [
    ...['ModelName', 'TransformInput', 'TransformJobName', 'TransformOutput', 'TransformResources'],
  ])
})

it('clones a job to the same request, but for its name and tags', () => {
  const { Tags: _, ...request } = transformJobRequest(whole)
  const again = transformJobRequest(clonedTransformJob(request as DescribeTransformJobResponse))
  assert.deepEqual(again, { ...request, TransformJobName: '', Tags: undefined })
})

it('for a model of a package is filled by its specification, for another as it comes', () => {
  const serving = {
    SupportedTransformInstanceTypes: ['ml.c5.xlarge' as const],
    SupportedContentTypes: ['text/csv', 'text/plain'],
    SupportedResponseMIMETypes: ['application/json'],
  }
  const filled = transformJobFor('mine', serving)
  assert.deepEqual(filled, {
    ...newTransformJob,
    ...{ model: 'mine', instanceType: 'ml.c5.xlarge', contentType: 'text/csv', accept: 'application/json' },
  })
  assert.deepEqual(transformJobFor('other', {}), { ...newTransformJob, model: 'other' })
})
