import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryAndTag } from './images-import.ts'

test('an image is imported under a repository and a tag, and nothing that is given is left out without a word', () => {
  assert.deepEqual(repositoryAndTag('sagemaker-xgboost:1.7-1'), { repositoryName: 'sagemaker-xgboost', tag: '1.7-1' })
  assert.deepEqual(repositoryAndTag('team/model'), { repositoryName: 'team/model', tag: 'latest' })
  for (const name of ['a:1:x', 'localhost:8600/1/a:1', 'a:', ':1', '', 'A:1', 'a@sha256:1', 'a:-1', 'a//b', 'a:1 '])
    assert.throws(() => repositoryAndTag(name), /is no repository and tag: give NAME or NAME:TAG/, name)
})
