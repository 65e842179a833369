import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ContainerState } from '../../driver/driver.ts'
import { decideTraining, decideTrouble, type TrainingObserved } from './training-decision.ts'
import type { TrainingJobRow } from './training-job-row.ts'

const arn = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/job'
const created = 1_000_000
const minute = 60_000

const jobOf = (change: Partial<TrainingJobRow> = {}): TrainingJobRow =>
  ({
    ...{ arn, name: 'job', account: '111122223333', region: 'us-east-1', attempt: 1, created, status: 'InProgress' },
    admission: { at: created, memoryPart: 1 },
    transitions: [{ Status: 'Starting', StartTime: created }],
    request: {
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    },
    ...change,
  }) as unknown as TrainingJobRow

const container = (host: string, change: Partial<ContainerState> = {}): ContainerState => ({
  key: { arn, attempt: 1, host },
  status: 'running',
  ...change,
})
const ended = (host: string, exitCode: number, second: number): ContainerState =>
  container(host, { status: 'exited', exitCode, finishedAt: new Date(created + second * 1000) })

const both = [container('algo-1'), container('algo-2')]
const uploading = { containersEnd: created, transitions: [{ Status: 'Uploading' as const, StartTime: created }] }
const spot = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 900 },
  ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1 },
}

interface Case {
  readonly what: string
  readonly job?: Partial<TrainingJobRow>
  readonly containers?: readonly ContainerState[]
  readonly brokenPipes?: TrainingObserved['brokenPipes']
  readonly now?: number
  readonly step: object
}

const cases: readonly Case[] = [
  { what: 'an ended job', job: { status: 'Completed' }, containers: both, step: { do: 'clean up' } },
  { what: 'one stopped before anything ran', job: { status: 'Stopping' }, step: { do: 'end as stopped' } },
  { what: 'one without capacity', job: { admission: undefined }, step: { do: 'wait', after: undefined } },
  {
    what: 'a spot job without capacity, until its owner waits no longer',
    job: { admission: undefined, request: spot as never },
    now: created + 5 * minute,
    step: { do: 'wait', after: 10 * minute },
  },
  {
    what: 'a spot job that has waited enough',
    job: { admission: undefined, request: spot as never },
    now: created + 15 * minute,
    step: { do: 'stop waiting' },
  },
  { what: 'one that nothing runs of', step: { do: 'begin' } },
  { what: 'one that only a part runs of, as after a crash', containers: [container('algo-1')], step: { do: 'begin' } },
  {
    what: 'one with a container that was made and not started',
    containers: [container('algo-1'), container('algo-2', { status: 'created' })],
    step: { do: 'begin' },
  },
  {
    what: 'one whose containers ran and are gone',
    job: { trainingStart: created },
    step: { do: 'begin anew', problem: 'The containers of the training job are gone from the container engine.' },
  },
  {
    what: 'one that runs',
    job: { trainingStart: created },
    containers: both,
    now: created + minute,
    step: { do: 'supervise', stop: [], graceSeconds: 10, timeOver: undefined, after: minute },
  },
  {
    what: 'one that runs and has little time left',
    job: { trainingStart: created },
    containers: both,
    now: created + 600_000 - 5,
    step: { do: 'supervise', stop: [], graceSeconds: 10, timeOver: undefined, after: 5 },
  },
  {
    what: 'one whose time is over',
    job: { trainingStart: created },
    containers: both,
    now: created + 600_000,
    step: {
      do: 'supervise',
      stop: both.map(({ key }) => key),
      graceSeconds: 120,
      timeOver: 'MaxRuntimeExceeded',
      after: 5000,
    },
  },
  {
    what: 'one that is to stop',
    job: { status: 'Stopping', trainingStart: created },
    containers: both,
    now: created + minute,
    step: { do: 'supervise', stop: both.map(({ key }) => key), graceSeconds: 120, timeOver: undefined, after: minute },
  },
  {
    what: 'one of which a host has failed',
    job: { trainingStart: created },
    containers: [container('algo-1'), ended('algo-2', 1, 5)],
    now: created + minute,
    step: { do: 'supervise', stop: [both[0]?.key], graceSeconds: 10, timeOver: undefined, after: minute },
  },
  {
    what: 'one of which a host has ended well',
    job: { trainingStart: created },
    containers: [container('algo-1'), ended('algo-2', 0, 5)],
    now: created + minute,
    step: { do: 'supervise', stop: [], graceSeconds: 10, timeOver: undefined, after: minute },
  },
  {
    what: 'one that has ended well',
    job: { trainingStart: created },
    containers: [ended('algo-1', 0, 4), ended('algo-2', 0, 5)],
    step: { do: 'settle', failed: undefined },
  },
  {
    what: 'one that has failed: the first of those that failed',
    job: { trainingStart: created },
    containers: [ended('algo-1', 143, 9), ended('algo-2', 3, 5)],
    step: { do: 'settle', failed: ended('algo-2', 3, 5) },
  },
  {
    what: 'one that was stopped: how its containers ended is no failure',
    job: { status: 'Stopping', trainingStart: created },
    containers: [ended('algo-1', 143, 9), ended('algo-2', 137, 5)],
    step: { do: 'settle', failed: undefined },
  },
  { what: 'one that is settled', job: uploading, containers: [], step: { do: 'save' } },
  {
    what: 'one that lost its engine',
    job: { trainingStart: created },
    containers: [container('algo-1', { status: 'exited', exitCode: 137, endedByEngine: true }), container('algo-2')],
    step: {
      do: 'abandon',
      abort: {
        reason: 'The container engine was started anew and ended the containers of the training job.',
        restart: true,
      },
      running: [both[1]?.key],
    },
  },
  {
    what: 'one whose pipes broke',
    job: { trainingStart: created },
    containers: both,
    brokenPipes: { reason: 'broken', restart: false },
    step: { do: 'abandon', abort: { reason: 'broken', restart: false }, running: both.map(({ key }) => key) },
  },
  {
    what: 'one that was given up before a restart, whatever the pipes say now',
    job: { trainingStart: created, abort: { reason: 'noted', restart: true } },
    containers: [ended('algo-1', 143, 5), ended('algo-2', 143, 5)],
    step: { do: 'abandon', abort: { reason: 'noted', restart: true }, running: [] },
  },
]

for (const { what, job, containers = [], brokenPipes, now = created, step } of cases)
  test(`${what}: ${(step as { do: string }).do}`, () => {
    assert.deepEqual(decideTraining(jobOf(job), { containers, brokenPipes }, now), step)
  })

test('whatever is observed, only a job that is admitted begins, and none is settled while a container runs', () => {
  const status = fc.constantFrom('InProgress', 'Stopping', 'Completed', 'Failed', 'Stopped')
  const state = fc.constantFrom('created', 'running', 'exited')
  const containers = fc.array(fc.tuple(state, fc.nat(255)), { maxLength: 2 })
  fc.assert(
    fc.property(status, containers, fc.boolean(), fc.boolean(), fc.nat(), (state, found, admitted, started, later) => {
      const job = jobOf({
        status: state as TrainingJobRow['status'],
        ...(admitted ? {} : { admission: undefined }),
        ...(started && { trainingStart: created }),
      })
      const observed = found.map(([one, exitCode], index) =>
        container(`algo-${index + 1}`, {
          status: one as ContainerState['status'],
          ...(one === 'exited' && { exitCode }),
        }),
      )
      const step = decideTraining(job, { containers: observed, brokenPipes: undefined }, created + later)
      if (step.do === 'begin' || step.do === 'begin anew') assert.ok(admitted)
      if (step.do === 'settle') assert.ok(observed.every(({ status: one }) => one === 'exited'))
      if (step.do === 'supervise') assert.ok(step.after > 0)
    }),
  )
})

test("the platform's own errors are told and tried again a bounded number of times; nobody who stops is kept by them", () => {
  const words = 'the disk is slow'
  const trouble = (change: Partial<TrainingJobRow>, waits = false, later = 0) =>
    decideTrouble(jobOf(change), { words, waits }, created + later)
  assert.deepEqual(trouble({}), { do: 'tell', tries: 1 })
  assert.deepEqual(trouble({ tries: 11 }), { do: 'tell', tries: 12 })
  assert.deepEqual(trouble({ tries: 12 }), {
    do: 'give up',
    reason: 'InternalServerError: the disk is slow (tried 13 times)',
  })
  assert.deepEqual(trouble({ tries: 12, failure: 'AlgorithmError: exit code: 3' }), {
    do: 'give up',
    reason: 'AlgorithmError: exit code: 3',
  })
  assert.deepEqual(trouble({ tries: 12 }, true), { do: 'tell', tries: 12 }, 'an engine that is away is waited for')
  const told = [{ Status: 'Starting' as const, StartTime: created, StatusMessage: `Preparing. Trying again: ${words}` }]
  assert.deepEqual(trouble({ transitions: told }, true), { do: 'wait' })
  const transitions = [{ Status: 'Stopping' as const, StartTime: created }]
  const stopping = { status: 'Stopping' as const, transitions }
  assert.deepEqual(trouble(stopping, true), { do: 'end as stopped' }, 'nothing has run')
  assert.deepEqual(trouble({ ...stopping, trainingStart: created }, true), { do: 'tell', tries: 0 })
  assert.deepEqual(trouble({ ...stopping, trainingStart: created }, true, 2 * minute + 1), { do: 'end as stopped' })
})
