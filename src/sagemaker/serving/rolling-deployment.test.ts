import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RollingUpdatePolicy } from '@aws-sdk/client-sagemaker'
import { checkDeploymentConfig, guardOf } from './deployment-guard.ts'
import type { Deployment } from './endpoint.ts'
import { requireRollable, wantedAt } from './rolling-deployment.ts'
import { grown, isBegun, leftAt, reached, turnedBack } from './rolling-fleet.ts'

const size = (Type: 'INSTANCE_COUNT' | 'CAPACITY_PERCENT', Value: number) => ({ Type, Value })
const policy = (MaximumBatchSize: ReturnType<typeof size>, more: Partial<RollingUpdatePolicy> = {}) => ({
  RollingUpdatePolicy: { MaximumBatchSize, WaitIntervalInSeconds: 5, ...more },
})
const batches = (config: object, instances: number) => {
  const guard = guardOf(config as never, instances)
  return guard.stages.map((_, stage) => guard.rolling && wantedAt(guard, guard.rolling, stage))
}

test('how many instances of the new fleet there are with each batch', () => {
  assert.deepEqual(batches(policy(size('INSTANCE_COUNT', 1)), 3), [1, 2, 3])
  assert.deepEqual(batches(policy(size('INSTANCE_COUNT', 2)), 5), [2, 4, 5])
  assert.deepEqual(batches(policy(size('CAPACITY_PERCENT', 50)), 4), [2, 4])
  assert.deepEqual(batches(policy(size('CAPACITY_PERCENT', 5)), 3), [1, 2, 3])
  assert.deepEqual(batches(policy(size('CAPACITY_PERCENT', 50)), 1), [1])
})

const hosts = (count: number, first = 1, memoryPart: number | undefined = 1) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ variant: 'v', index, attempt: first + index },
    ...(memoryPart !== undefined && { memoryPart }),
  }))
const deployment = (configName: string, count: number, first: number): Deployment => ({
  ...{ configName, variants: [{ name: 'v' } as never], hosts: hosts(count, first), since: 1 },
})

test('what is left of the old fleet after each batch', () => {
  const guard = guardOf(policy(size('INSTANCE_COUNT', 1)) as never, 2, 5)
  assert.deepEqual(guard.rolling, { instances: 2, before: 5, rollbackBatch: 5 })
  const left = (stage: number) => guard.rolling && leftAt(guard, guard.rolling, stage, hosts(5)).length
  assert.deepEqual([left(0), left(1)], [3, 0])
})

test('a fleet grows by instances that wait, of indexes that are free', () => {
  const one = { ...deployment('c', 2, 1), hosts: hosts(2).slice(1) }
  assert.deepEqual(
    grown(one, 3, 7).hosts.map(({ index, attempt, memoryPart }) => [index, attempt, memoryPart]),
    [
      [1, 2, 1],
      [0, 8, undefined],
      [2, 9, undefined],
    ],
  )
})

test('the way back begins with what is left, and goes as fast as the policy says', () => {
  const config = policy(size('INSTANCE_COUNT', 1), { RollbackMaximumBatchSize: size('INSTANCE_COUNT', 2) })
  const target = { ...deployment('new', 3, 10), guard: guardOf(config as never, 4), traffic: { stage: 1, since: 2 } }
  const live = deployment('old', 1, 1)
  assert.equal(isBegun({ live, target }), true)
  assert.equal(isBegun({ live: deployment('old', 4, 1), target }), false)
  const back = turnedBack(live, target, 'an alarm', 9)
  // The third one was never healthy.
  assert.deepEqual(back.live, { ...deployment('new', 2, 10) })
  assert.deepEqual(
    back.target.guard?.stages.map(({ share, waitMs }) => [share, waitMs]),
    [
      [0.25, 0],
      [0.75, 0],
      [1, 0],
    ],
  )
  assert.deepEqual(back.target.guard?.rolling, { instances: 4, before: 4, rollbackBatch: 2, back: 'an alarm' })
  assert.equal(isBegun(back), true)
  assert.deepEqual(reached(back.target), { ...deployment('old', 1, 1), since: 9 })
})

const refused: readonly (readonly [config: object, instances: number, message: RegExp])[] = [
  [policy(size('CAPACITY_PERCENT', 4)), 50, /5 to 50 percent/],
  [policy(size('CAPACITY_PERCENT', 51)), 50, /5 to 50 percent/],
  [policy(size('INSTANCE_COUNT', 1)), 1, /5 to 50 percent of the variant's 1 instance\(s\), not 100 percent/],
  [policy(size('INSTANCE_COUNT', 1)), 21, /not 4.76 percent/],
  [
    policy(size('INSTANCE_COUNT', 1), { RollbackMaximumBatchSize: size('INSTANCE_COUNT', 5) }),
    4,
    /RollbackMaximumBatchSize can be at most 100 percent/,
  ],
  [{ ...policy(size('INSTANCE_COUNT', 1)), BlueGreenUpdatePolicy: {} }, 4, /not both/],
  [
    policy(size('INSTANCE_COUNT', 1), { WaitIntervalInSeconds: 300, MaximumExecutionTimeoutInSeconds: 600 }),
    2,
    /must be greater than the 600 seconds/,
  ],
]
for (const [config, instances, message] of refused)
  test(`refused: ${message.source}`, () =>
    assert.throws(() => checkDeploymentConfig(config as never, instances), { code: 'ValidationException', message }))

test('only one variant, of the same name, is rolled', () => {
  const named = (...names: string[]): Deployment => ({
    ...deployment('c', 1, 1),
    variants: names.map(name => ({ name }) as never),
  })
  assert.doesNotThrow(() => requireRollable(named('v'), named('v')))
  assert.throws(() => requireRollable(named('v'), named('w')), /same variant name in both configurations: "v".*"w"/)
  for (const [live, target] of [
    [named('v', 'w'), named('v')],
    [named('v'), named('v', 'w')],
  ] as const)
    assert.throws(() => requireRollable(live, target), /several variants/)
})
