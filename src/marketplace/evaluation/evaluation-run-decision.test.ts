import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProductRun } from '../../service/product-run.ts'
import type { RunStatus } from './evaluation-run.ts'
import { decideRun, type RunJobs, type RunStep } from './evaluation-run-decision.ts'

type Case = readonly [
  what: string,
  run: RunStatus | undefined,
  stops: boolean,
  job: ProductRun['status'] | undefined,
  deadline: number | undefined,
  step: RunStep,
]

const now = 1000
const cases: readonly Case[] = [
  ['that is unknown', undefined, false, 'InProgress', 900, { do: 'rest' }],
  ['that has ended', 'SUCCEEDED', false, 'InProgress', 900, { do: 'rest' }],
  ['without a job', 'IN_PROGRESS', false, undefined, undefined, { do: 'start' }],
  [
    'that was stopped before it had a job',
    'IN_PROGRESS',
    true,
    undefined,
    undefined,
    { do: 'end', how: 'NEVER_BEGUN' },
  ],
  ['whose job waits for capacity', 'IN_PROGRESS', false, 'InProgress', undefined, { do: 'rest' }],
  ['a moment before its minutes are over', 'IN_PROGRESS', false, 'InProgress', 1001, { do: 'wait', until: 1001 }],
  ['whose minutes are over', 'IN_PROGRESS', false, 'InProgress', 1000, { do: 'stop' }],
  ['that is to stop', 'IN_PROGRESS', true, 'InProgress', undefined, { do: 'stop' }],
  ['whose job is being stopped', 'IN_PROGRESS', true, 'Stopping', 900, { do: 'rest' }],
  ['whose job was stopped over time', 'IN_PROGRESS', false, 'Stopped', 900, { do: 'end', how: 'OVER_TIME' }],
  ['whose job the buyer has stopped', 'IN_PROGRESS', false, 'Stopped', 1001, { do: 'end', how: 'STOPPED' }],
  ['that was stopped, late', 'IN_PROGRESS', true, 'Stopped', 900, { do: 'end', how: 'STOPPED' }],
  [
    'that was done before anybody looked at the time',
    'IN_PROGRESS',
    false,
    'Completed',
    900,
    { do: 'end', how: 'SUCCEEDED' },
  ],
  ['that failed', 'IN_PROGRESS', true, 'Failed', 900, { do: 'end', how: 'FAILED' }],
]

describe('a run of an evaluation', () => {
  for (const [what, status, isStopping, job, deadline, step] of cases)
    it(what, () => {
      assert.deepEqual(decideRun(status && { status, isStopping }, { job }, deadline, now), step)
    })
})

type TrainingCase = readonly [what: string, jobs: RunJobs, stops: boolean, deadline: number | undefined, step: RunStep]

const training: readonly TrainingCase[] = [
  ['trains first', { training: 'none' }, false, undefined, { do: 'train' }],
  ['is stopped before it does', { training: 'none' }, true, undefined, { do: 'end', how: 'NEVER_BEGUN' }],
  ['fails when its training job was deleted', { training: 'none' }, false, 1001, { do: 'end', how: 'FAILED' }],
  ['waits until its minutes are over', { training: 'InProgress' }, false, 1001, { do: 'wait', until: 1001 }],
  ['is ended then', { training: 'InProgress' }, false, 1000, { do: 'stop' }],
  ['is over when it was ended', { training: 'Stopped' }, false, 1000, { do: 'end', how: 'OVER_TIME' }],
  ['stops when its buyer stops the job', { training: 'Stopped' }, false, 1001, { do: 'end', how: 'STOPPED' }],
  ['fails with it', { training: 'Failed' }, false, 1001, { do: 'end', how: 'FAILED' }],
  ['answers once it has learnt', { training: 'Completed' }, false, 1001, { do: 'start' }],
  ['does not answer over time', { training: 'Completed' }, false, 1000, { do: 'end', how: 'OVER_TIME' }],
  ['does not answer once it is to stop', { training: 'Completed' }, true, 1001, { do: 'end', how: 'NEVER_BEGUN' }],
  ['ends with its answers', { job: 'Completed' }, false, 1000, { do: 'end', how: 'SUCCEEDED' }],
]

describe('an algorithm’s run', () => {
  for (const [what, jobs, isStopping, deadline, step] of training)
    it(what, () => assert.deepEqual(decideRun({ status: 'IN_PROGRESS', isStopping }, jobs, deadline, now), step))
})
