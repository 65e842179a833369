import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asyncLocations } from './async-location.ts'

test('answers and failures of asynchronous requests lie below the paths of their endpoint', () => {
  assert.deepEqual(asyncLocations('id', { output: 's3://b/out/', failure: 's3://b/failed' }), {
    outputLocation: 's3://b/out/id.out',
    failureLocation: 's3://b/failed/id-error.out',
  })
  assert.deepEqual(asyncLocations('id', { output: 's3://b', extension: '/a/b/', filename: 'x.json' }), {
    outputLocation: 's3://b/a/b/x.json',
  })
})
