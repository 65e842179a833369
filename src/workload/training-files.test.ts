import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { layOutTraining } from './training-files.ts'

test('a host finds its configuration and its directories', async t => {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-training-'))
  t.after(() => rm(root, { recursive: true }))
  const cluster = { instanceType: 'ml.m5.large', hosts: ['algo-1', 'algo-2'], networkInterface: 'eth0' }
  const channels = [
    {
      name: 'train',
      contentType: 'text/csv',
      inputMode: 'File',
      distribution: 'ShardedByS3Key',
      recordWrapper: 'RecordIO',
    },
    { name: 'validation', inputMode: 'File', distribution: 'FullyReplicated' },
  ]
  await layOutTraining(root, 'algo-2', cluster, { depth: '3' }, channels)
  assert.deepEqual((await readdir(root)).sort(), ['checkpoints', 'input', 'model', 'output'])
  assert.deepEqual(await readdir(join(root, 'input/data')), [])
  assert.deepEqual(await readdir(join(root, 'output')), ['data'])
  const config = async (name: string) => JSON.parse(await readFile(join(root, 'input/config', name), 'utf8'))
  assert.deepEqual(await config('hyperparameters.json'), { depth: '3' })
  await assert.rejects(config('checkpointconfig.json'), { code: 'ENOENT' })
  const checkpoints = { uri: 's3://b/c', path: '/opt/ml/checkpoints' }
  await layOutTraining(root, 'algo-2', cluster, { depth: '3' }, channels, checkpoints)
  assert.deepEqual(await config('checkpointconfig.json'), { LocalPath: '/opt/ml/checkpoints', S3Uri: 's3://b/c' })
  assert.deepEqual(await config('inputdataconfig.json'), {
    train: {
      ContentType: 'text/csv',
      TrainingInputMode: 'File',
      S3DistributionType: 'ShardedByS3Key',
      RecordWrapperType: 'RecordIO',
    },
    validation: { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' },
  })
  assert.deepEqual(await config('resourceconfig.json'), {
    current_host: 'algo-2',
    current_instance_type: 'ml.m5.large',
    current_group_name: 'homogeneousCluster',
    hosts: ['algo-1', 'algo-2'],
    instance_groups: [
      { instance_group_name: 'homogeneousCluster', instance_type: 'ml.m5.large', hosts: ['algo-1', 'algo-2'] },
    ],
    network_interface_name: 'eth0',
  })
})
