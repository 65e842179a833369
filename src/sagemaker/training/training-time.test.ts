import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TrainingJobRow } from './training-job-row.ts'
import { timeLimits, withProductWait } from './training-time.ts'

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

test('a product’s algorithm on spot instances waits and runs an hour together, whatever was asked', () => {
  const asked = { EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 7200 } }
  const kept = withProductWait({
    ...asked,
    StoppingCondition: { ...asked.StoppingCondition, MaxWaitTimeInSeconds: 86_400 },
  })
  assert.deepEqual(kept.StoppingCondition, { MaxRuntimeInSeconds: 7200, MaxWaitTimeInSeconds: 3600 })
  const row = { created: 0, trainingStart: 1000, request: kept } as TrainingJobRow
  assert.deepEqual(timeLimits(row).next, { at: 3_600_000, reason: 'MaxWaitTimeExceeded' })
  const plain = { StoppingCondition: { MaxRuntimeInSeconds: 7200 } }
  assert.deepEqual(withProductWait(plain), plain)
})
