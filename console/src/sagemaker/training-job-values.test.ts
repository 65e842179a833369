import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { DescribeAlgorithmOutput, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker'
import {
  clonedTrainingJob,
  newChannel,
  newTrainingJob,
  trainingJobFor,
  trainingJobRequest,
} from './training-job-values.ts'

const whole = {
  ...newTrainingJob,
  ...{
    name: 'mine',
    role: 'arn:aws:iam::111122223333:role/Jobs',
    source: 'container',
    image: ' localhost:8600/1/a:1 ',
  },
  metrics: [{ key: 'loss', value: 'loss=(.*)' }],
  ...{ instanceCount: '2', volume: '5', volumeKey: 'alias/k', runtime: '2', runtimeUnit: 'hours' },
  ...{ isIsolated: true, isEncrypted: true, isSpot: true, maxWait: '7200' },
  hyperParameters: [{ key: 'depth', value: '4' }],
  channels: [
    {
      ...{ name: 'train', uri: 's3://b/train/', contentType: 'text/csv', inputMode: 'Pipe', compression: 'Gzip' },
      ...{ recordWrapper: 'RecordIO', dataType: 'ManifestFile', distribution: 'ShardedByS3Key' },
    },
  ],
  ...{ checkpointUri: 's3://b/c', outputUri: 's3://b/out', outputKey: 'alias/o', outputCompression: 'NONE' },
  environment: [{ key: 'A', value: 'b' }],
  tags: [{ key: 'team', value: 'x' }],
}

it('fills every member that the form has a field for', () => {
  assert.deepEqual(trainingJobRequest(whole), {
    TrainingJobName: 'mine',
    RoleArn: 'arn:aws:iam::111122223333:role/Jobs',
    AlgorithmSpecification: {
      TrainingImage: 'localhost:8600/1/a:1',
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'loss', Regex: 'loss=(.*)' }],
    },
    HyperParameters: { depth: '4' },
    InputDataConfig: [
      {
        ...{ ChannelName: 'train', InputMode: 'Pipe', ContentType: 'text/csv', CompressionType: 'Gzip' },
        RecordWrapperType: 'RecordIO',
        DataSource: {
          S3DataSource: {
            S3DataType: 'ManifestFile',
            S3Uri: 's3://b/train/',
            S3DataDistributionType: 'ShardedByS3Key',
          },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: 's3://b/out', KmsKeyId: 'alias/o', CompressionType: 'NONE' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 5, VolumeKmsKeyId: 'alias/k' },
    StoppingCondition: { MaxRuntimeInSeconds: 7200, MaxWaitTimeInSeconds: 7200 },
    EnableNetworkIsolation: true,
    EnableInterContainerTrafficEncryption: true,
    EnableManagedSpotTraining: true,
    CheckpointConfig: { S3Uri: 's3://b/c', LocalPath: '/opt/ml/checkpoints' },
    Environment: { A: 'b' },
    Tags: [{ Key: 'team', Value: 'x' }],
  })
})

it('leaves out what was left empty', () => {
  const bare = { ...newTrainingJob, algorithm: 'trees', channels: [] }
  const request = JSON.parse(JSON.stringify(trainingJobRequest(bare)))
  assert.deepEqual(request.AlgorithmSpecification, { AlgorithmName: 'trees', TrainingInputMode: 'File' })
  assert.deepEqual(Object.keys(request).sort(), [
    ...['AlgorithmSpecification', 'OutputDataConfig', 'ResourceConfig', 'RoleArn', 'StoppingCondition'],
    'TrainingJobName',
  ])
})

it('clones a job to the same request, but for its name and tags', () => {
  const { Tags: _, ...request } = trainingJobRequest(whole)
  const job = { ...request, TrainingJobArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/mine' }
  const again = trainingJobRequest(clonedTrainingJob(job as DescribeTrainingJobResponse))
  assert.deepEqual(again, { ...request, TrainingJobName: '', Tags: undefined })
})

it('knows a subscription by its account', () => {
  const of = (AlgorithmName: string) =>
    clonedTrainingJob({
      TrainingJobArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/mine',
      AlgorithmSpecification: { AlgorithmName },
    } as DescribeTrainingJobResponse).source
  assert.equal(of('trees'), 'own')
  assert.equal(of('arn:aws:sagemaker:us-east-1:111122223333:algorithm/trees'), 'own')
  assert.equal(of('arn:aws:sagemaker:us-east-1:865070037744:algorithm/trees'), 'subscription')
})

const specified = {
  AlgorithmName: 'trees',
  AlgorithmArn: 'arn:aws:sagemaker:us-east-1:999999999999:algorithm/trees',
  TrainingSpecification: {
    TrainingImage: 'hidden',
    SupportedTrainingInstanceTypes: ['ml.c5.xlarge' as const],
    SupportedHyperParameters: [
      { Name: 'depth', Type: 'Integer' as const, DefaultValue: '5' },
      { Name: 'target', Type: 'FreeText' as const, IsRequired: true },
      { Name: 'seed', Type: 'Integer' as const },
    ],
    TrainingChannels: [
      {
        Name: 'training',
        SupportedContentTypes: ['text/csv'],
        SupportedInputModes: ['Pipe' as const],
        IsRequired: true,
      },
      { Name: 'test', SupportedContentTypes: ['text/csv'], SupportedInputModes: ['Pipe' as const], IsRequired: false },
    ],
  },
} as unknown as DescribeAlgorithmOutput

it('for a subscription is filled by its specification, and isolated', () => {
  const values = trainingJobFor(specified, '111111111111')
  assert.equal(values.source, 'subscription')
  assert.equal(values.algorithm, specified.AlgorithmArn)
  assert.equal(values.isIsolated, true)
  assert.equal(values.inputMode, 'Pipe')
  assert.equal(values.instanceType, 'ml.c5.xlarge')
  assert.deepEqual(values.hyperParameters, [
    { key: 'depth', value: '5' },
    { key: 'target', value: '' },
  ])
  assert.deepEqual(values.channels, [{ ...newChannel('training'), contentType: 'text/csv' }])
})

it('for an own algorithm names it, and isolates nothing unasked', () => {
  const { source, algorithm, isIsolated } = trainingJobFor(specified, '999999999999')
  assert.deepEqual({ source, algorithm, isIsolated }, { source: 'own', algorithm: 'trees', isIsolated: false })
})
