import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideLost, decideTransform } from './transform-decision.ts'

const admission = { at: 1, memoryPart: 1 }

for (const [what, job, step] of [
  ['an ended job', { status: 'Completed', admission }, 'clean up'],
  ['a failed one', { status: 'Failed' }, 'clean up'],
  ['one that is to stop, let in or not', { status: 'Stopping' }, 'end as stopped'],
  ['one that waits', { status: 'InProgress' }, 'wait for capacity'],
  ['one that was let in', { status: 'InProgress', admission }, 'transform'],
] as const)
  test(`${what}: ${step}`, () => assert.deepEqual(decideTransform(job), { do: step }))

test('a job that loses its containers is begun five times', () => {
  assert.deepEqual(
    [1, 4, 5, 6].map(attempt => decideLost({ attempt })),
    ['again', 'again', 'fail', 'fail'],
  )
})
