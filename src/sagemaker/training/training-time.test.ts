import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TrainingJobRow } from './training-job-row.ts'
import { timeLimits } from './training-time.ts'

const job = (limits: TrainingJobRow['request']['StoppingCondition'], trainingStart?: number) =>
  timeLimits({ created: 1000, trainingStart, request: { StoppingCondition: limits } } as TrainingJobRow)

test('the runtime counts from the start of the training, a day when it is not given', () => {
  assert.deepEqual(job(undefined), { waitUntil: undefined, next: undefined })
  assert.deepEqual(job(undefined, 5000).next, { at: 86_405_000, reason: 'MaxRuntimeExceeded' })
})

test('waiting and runtime together count from the creation, and what is over first ends the job', () => {
  const limits = { MaxRuntimeInSeconds: 10, MaxWaitTimeInSeconds: 12 }
  assert.deepEqual(job(limits), { waitUntil: 13_000, next: { at: 13_000, reason: 'MaxWaitTimeExceeded' } })
  assert.deepEqual(job(limits, 2000).next, { at: 12_000, reason: 'MaxRuntimeExceeded' })
  assert.deepEqual(job(limits, 9000).next, { at: 13_000, reason: 'MaxWaitTimeExceeded' })
})
