import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChangeSet } from './change-set.ts'
import { type ChangeSetStep, decideChangeSet } from './change-set-decision.ts'

const publishing = [{ type: 'UpdateVisibility', details: { TargetVisibility: 'Public' } }]
const set = (change: Partial<ChangeSet>): ChangeSet =>
  ({
    ...{ id: 's', status: 'PREPARING', intent: 'APPLY', review: '', outcome: '', ended: 0, changes: publishing },
    ...change,
  }) as ChangeSet
const applying = { status: 'APPLYING' } as const

const cases: readonly (readonly [string, ChangeSet | undefined, boolean, ChangeSetStep])[] = [
  ['one that is not there', undefined, true, { do: 'rest' }],
  ['one that was cancelled', set({ status: 'CANCELLED', ended: 5 }), false, { do: 'clear' }],
  ['a new one', set({}), false, { do: 'begin' }],
  ['a new one where publications are reviewed', set({}), true, { do: 'rest' }],
  ['one that publishes nothing, where publications are reviewed', set({ changes: [] }), true, { do: 'begin' }],
  ['one that is only validated, where publications are reviewed', set({ intent: 'VALIDATE' }), true, { do: 'begin' }],
  ['one that a reviewer has let pass', set({ review: 'APPROVED' }), true, { do: 'begin' }],
  ['one that a reviewer has rejected', set({ review: 'REJECTED:no logo' }), true, { do: 'begin' }],
  [
    'the same, once it is being applied',
    set({ ...applying, review: 'REJECTED:no logo' }),
    true,
    { do: 'reject', reason: 'no logo' },
  ],
  ['one that is being applied', set(applying), true, { do: 'carry out' }],
  ['one whose outcome is known', set({ ...applying, outcome: 'SUCCEEDED' }), true, { do: 'end' }],
  [
    'one that was rejected and is to end',
    set({ ...applying, outcome: 'FAILED', review: 'REJECTED:x' }),
    true,
    { do: 'end' },
  ],
]

for (const [what, given, isReviewing, step] of cases)
  test(`${what}: ${step.do}`, () => assert.deepEqual(decideChangeSet(given, isReviewing), step))
