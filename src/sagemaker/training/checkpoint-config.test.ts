import assert from 'node:assert/strict'
import test from 'node:test'
import { checkCheckpointConfig, checkpointPath } from './checkpoint-config.ts'

const S3Uri = 's3://b/checkpoints'

test('checkpoints have a place of their own in the container', () => {
  assert.equal(checkpointPath({ S3Uri }), '/opt/ml/checkpoints')
  for (const LocalPath of ['/opt/ml/checkpoints', '/opt/ml/checkpoints/mine', '/state', '/opt/ml/modeling'])
    assert.doesNotThrow(() => checkCheckpointConfig({ S3Uri, LocalPath }), LocalPath)
})

test('a place that hides what the container needs is refused', () => {
  for (const LocalPath of [
    '/',
    '/opt',
    '/opt/ml',
    '/opt/ml/model',
    '/opt/ml/input/data/x',
    '/proc/1',
    '/etc',
    'relative',
    '/a/../b',
    '/a//b',
  ])
    assert.throws(() => checkCheckpointConfig({ S3Uri, LocalPath }), { code: 'ValidationException' }, LocalPath)
  assert.throws(() => checkCheckpointConfig({ S3Uri: 'https://b/k' }), /Invalid S3 URI/)
})
