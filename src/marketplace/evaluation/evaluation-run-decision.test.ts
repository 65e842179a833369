import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProductRun } from '../../service/product-run.ts'
import type { RunStatus } from './evaluation-run.ts'
import { decideRun, type RunStep } from './evaluation-run-decision.ts'

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
      assert.deepEqual(decideRun(status && { status, isStopping }, job && { status: job }, deadline, now), step)
    })
})
