import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assessTuning, decideTuning, type TuningStep } from './tuning-decision.ts'
import type { TuningJobRow } from './tuning-job.ts'
import type { TrialRow } from './tuning-trial.ts'

const created = 1_000_000
const limits = { MaxNumberOfTrainingJobs: 6, MaxParallelTrainingJobs: 2 }
const config = { Strategy: 'Random', ResourceLimits: limits }

const row = (change: Partial<TuningJobRow> = {}, more: object = {}): TuningJobRow =>
  ({
    ...{ arn: 'a', status: 'InProgress', limit: 6, created, seed: 1 },
    definitions: [{ objective: { Type: 'Maximize', MetricName: 'accuracy' } }],
    request: { HyperParameterTuningJobConfig: { ...config, ...more } },
    ...change,
  }) as unknown as TuningJobRow

const trial = (number: number, change: Partial<TrialRow> = {}): TrialRow =>
  ({
    ...{ arn: `a/trial/${number}`, number, name: `t${number}`, definition: 0, values: {}, status: 'InProgress' },
    ...{ objectiveStatus: 'Pending', curve: { values: [], attempt: 1, cursors: {} }, judged: 0 },
    ...change,
  }) as TrialRow
const done = (number: number, objective = 0.5) =>
  trial(number, { status: 'Completed', objectiveStatus: 'Succeeded', objective, trainingEnd: created + number })
const failed = (number: number) => trial(number, { status: 'Failed', objectiveStatus: 'Failed', failureReason: 'x' })
const curve = (...values: number[]) => ({ curve: { values, attempt: 1, cursors: {} } })

const go = (change: object = {}): TuningStep => ({
  ...{ do: 'go on', judge: [], stop: [], launch: 0, after: undefined },
  ...change,
})
const early = { TrainingJobEarlyStoppingType: 'Auto' }
const good = [1, 2, 3].map(number => ({ ...done(number, 0.9), ...curve(0.7, 0.8, 0.9) }))
const bad = trial(4, curve(0.1, 0.1, 0.1))
const doomed = trial(4, { ...curve(0.1), judged: 1, verdict: 'does badly' })

const steps: readonly (readonly [string, TuningJobRow | undefined, readonly TrialRow[], TuningStep])[] = [
  ['one that was removed', undefined, [], { do: 'rest' }],
  ['one that has ended', row({ status: 'Completed' }), [done(1)], { do: 'rest' }],
  [
    'one that its owner stops',
    row({ status: 'Stopping' }),
    [done(1), trial(2)],
    { do: 'stop all', trials: [trial(2)] },
  ],
  [
    'one that has reached its target',
    row({ end: { status: 'Completed' } }),
    [trial(1), trial(2)],
    { do: 'stop all', trials: [trial(1), trial(2)] },
  ],
  ['a new one', row(), [], go({ launch: 2 })],
  ['one with as many training jobs as may run', row(), [trial(1), trial(2)], go()],
  ['one of whose training jobs one has ended', row(), [done(1), trial(2)], go({ launch: 1 })],
  ['one near its limit', row({ limit: 3 }), [done(1), done(2)], go({ launch: 1 })],
  ['one at its limit', row({ limit: 2 }), [done(1), trial(2)], go()],
  [
    'one with a time limit',
    row({}, { ResourceLimits: { ...limits, MaxRuntimeInSeconds: 60 } }),
    [trial(1), trial(2)],
    go({ after: 40_000 }),
  ],
  ['one that stops nobody early', row(), [...good, bad], go({ launch: 1 })],
  ['one whose verdict was kept before a crash', row({}, early), [...good, doomed], go({ stop: [doomed], launch: 1 })],
]

describe('the next step of a tuning job', () => {
  for (const [what, given, trials, step] of steps)
    test(`${what}: ${step.do}`, () => assert.deepEqual(decideTuning(given, trials, created + 20_000), step))

  test('one of whose training jobs one does worse than the others: it is to be stopped', () => {
    const step = decideTuning(row({}, early), [...good, bad], created)
    assert.ok(step.do === 'go on')
    assert.deepEqual(
      step.judge.map(({ trial, verdict }) => [trial.number, typeof verdict]),
      [[4, 'string']],
    )
  })
})

const all = [1, 2, 3, 4, 5, 6]
const assessments: readonly (readonly [string, TuningJobRow, readonly TrialRow[], Partial<TuningJobRow>])[] = [
  ['one that goes on', row(), [done(1), trial(2)], { end: undefined }],
  ['one whose trials are all done', row(), all.map(n => done(n)), { status: 'Completed', endTime: created }],
  [
    'one that is to end, while a training job runs',
    row({ end: { status: 'Completed' } }),
    [done(1), trial(2)],
    { end: { status: 'Completed' } },
  ],
  ['one that was stopped', row({ status: 'Stopping' }), [done(1)], { status: 'Stopped', endTime: created }],
  ['one that was stopped, while a training job runs', row({ status: 'Stopping' }), [trial(1)], { end: undefined }],
]

describe('what a tuning job comes to', () => {
  for (const [what, given, trials, expected] of assessments)
    test(what, () => {
      const { progress, convergedAt: _, ...change } = assessTuning(given, trials, created)
      assert.equal(progress?.jobs.InProgress, trials.filter(({ status }) => status === 'InProgress').length)
      assert.deepEqual({ status: undefined, ...change }, { status: undefined, end: change.end, ...expected })
    })

  test('one whose first training jobs all fail: it fails, and says of which and why', () => {
    const { status, failureReason } = assessTuning(row(), [1, 2, 3, 4, 5].map(failed), created)
    assert.equal(status, 'Failed')
    assert.match(failureReason ?? '', /after 5 attempts.*t1: x/)
  })
})
