import assert from 'node:assert/strict'
import { it } from 'node:test'
import { imageOf } from './scanned-image.ts'

it('an image is found by its repository and tag in both forms of addresses', () => {
  assert.deepEqual(imageOf('localhost:8600/111111111111/trees/iris:1.0'), { repository: 'trees/iris', tag: '1.0' })
  assert.deepEqual(imageOf('111111111111.dkr.ecr.us-east-1.amazonaws.com/iris@sha256:abc'), {
    repository: 'iris',
    tag: 'latest',
  })
  assert.equal(imageOf('iris'), undefined)
})
