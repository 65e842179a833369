import assert from 'node:assert/strict'
import test from 'node:test'
import { checkCheckpointConfig, checkpointPath } from './checkpoint-config.ts'

const S3Uri = 's3://b/checkpoints'

test('checkpoints have a place of their own in the container', () => {
  assert.equal(checkpointPath({ S3Uri }), '/opt/ml/checkpoints')
  for (const LocalPath of ['/opt/ml/checkpoints', '/opt/ml/checkpoints/mine', '/state', '/opt/ml/modeling'])
    assert.doesNotThrow(() => checkCheckpointConfig({ S3Uri, LocalPath }, false), LocalPath)
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
    assert.throws(() => checkCheckpointConfig({ S3Uri, LocalPath }, false), { code: 'ValidationException' }, LocalPath)
  assert.throws(() => checkCheckpointConfig({ S3Uri: 'https://b/k' }, false), /Invalid S3 URI/)
})

test('within a product, checkpoints stay below their usual place', () => {
  for (const LocalPath of [undefined, '/opt/ml/checkpoints', '/opt/ml/checkpoints/mine'])
    assert.doesNotThrow(() => checkCheckpointConfig({ S3Uri, LocalPath }, true), LocalPath)
  for (const LocalPath of ['/usr/lib/python3', '/opt/program', '/tmp', '/opt/ml/checkpoints2', '/root'])
    assert.throws(() => checkCheckpointConfig({ S3Uri, LocalPath }, true), /must be "\/opt\/ml\/checkpoints" or below/)
})
