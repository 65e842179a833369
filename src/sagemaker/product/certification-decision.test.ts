import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CertificationStep, CertifiedRow } from './certification.ts'
import { type CertificationMove, decideCertification, type ValidationJob } from './certification-decision.ts'

const step = (Name: string, Status: CertificationStep['Status'] = 'NotStarted'): CertificationStep => ({ Name, Status })
const row = (change: Partial<CertifiedRow>) =>
  ({ arn: 'a', status: 'InProgress', validation: [], imageScans: [], ...change }) as CertifiedRow

const trains = step('iris-TrainingJob', 'InProgress')
const transforms = step('iris-TransformJob')
const trained = step('iris-TrainingJob', 'Completed')
const transformed = step('iris-TransformJob', 'Completed')
const training = row({ validation: [trains, transforms], imageScans: [step('image')] })
const transforming = row({ validation: [trained, transforms], imageScans: [step('image')] })
const late = { status: 'Stopped', stopReason: 'MaxRuntimeExceeded', maxRuntimeInSeconds: 60 }

const cases: readonly (readonly [string, CertifiedRow | undefined, ValidationJob | undefined, CertificationMove])[] = [
  ['one that was removed', undefined, undefined, { do: 'rest' }],
  ['one that has failed', row({ status: 'Failed', validation: [transforms] }), undefined, { do: 'rest' }],
  ['one that is deleted', row({ status: 'Deleting', imageScans: [step('image')] }), undefined, { do: 'rest' }],
  ['a new one', row({ status: 'Pending', validation: [transforms] }), undefined, { do: 'begin' }],
  ['one that has nothing to show', row({}), undefined, { do: 'complete' }],
  ['one without its training job', training, undefined, { do: 'validate', step: trains, by: 'training-job' }],
  ['one whose training job runs', training, { status: 'InProgress' }, { do: 'rest' }],
  ['one whose training job stops', training, { status: 'Stopping' }, { do: 'rest' }],
  ['one whose training job has completed', training, { status: 'Completed' }, { do: 'pass', step: trains }],
  [
    'one whose job was measured',
    training,
    { status: 'Completed', measured: { instanceType: 'ml.m5.large', trainingSeconds: 2 } },
    { do: 'pass', step: trains, measured: { instanceType: 'ml.m5.large', trainingSeconds: 2 } },
  ],
  [
    'one whose training job has failed',
    training,
    { status: 'Failed', failureReason: 'AlgorithmError: no' },
    { do: 'fail', step: trains, reason: 'AlgorithmError: no' },
  ],
  [
    'one whose training job took too long',
    training,
    late,
    {
      do: 'fail',
      step: trains,
      reason: 'The training job took longer than its MaxRuntimeInSeconds, 60, and was stopped.',
    },
  ],
  [
    'one whose job was stopped',
    training,
    { status: 'Stopped', stopReason: 'StopRequested' },
    { do: 'fail', step: trains, reason: 'The job ended as Stopped.' },
  ],
  ['one that has trained', transforming, undefined, { do: 'validate', step: transforms, by: 'transform-job' }],
  [
    'one whose jobs are done',
    row({ validation: [trained, transformed], imageScans: [step('one', 'Completed'), step('two')] }),
    undefined,
    { do: 'scan', step: step('two') },
  ],
  [
    'one that a crash left in the middle of a scan',
    row({ imageScans: [step('one', 'InProgress'), step('two')] }),
    undefined,
    { do: 'scan', step: step('one', 'InProgress') },
  ],
  [
    'one whose images are scanned',
    row({ validation: [transformed], imageScans: [step('one', 'Completed')] }),
    undefined,
    { do: 'complete' },
  ],
]

for (const [what, given, job, move] of cases)
  test(`${what}: ${move.do}`, () => assert.deepEqual(decideCertification(given, job), move))
