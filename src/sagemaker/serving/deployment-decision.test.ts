import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeploymentSituation, decideDeployment } from './deployment-decision.ts'
import { checkDeploymentConfig, guardOf } from './deployment-guard.ts'

const stage = (share: number, waitMs: number, wait: 'WaitIntervalInSeconds' | 'TerminationWaitInSeconds') => ({
  ...{ share, waitMs, wait },
})
const canary = [stage(0.1, 5000, 'WaitIntervalInSeconds'), stage(1, 3000, 'TerminationWaitInSeconds')]
const atOnce = [stage(1, 0, 'TerminationWaitInSeconds')]
const situation = (change: Partial<DeploymentSituation> = {}): DeploymentSituation => ({
  ...{ guard: { stages: canary, alarms: [] }, traffic: undefined, begun: 0, now: 100_000, alarming: [] },
  ...change,
})
const at = (number: number, since: number) => ({ traffic: { stage: number, since } })

const table = [
  ['nothing is waited for', situation({ guard: { stages: atOnce, alarms: [] } }), { do: 'finish' }],
  ['the new fleet is healthy', situation(), { do: 'shift', stage: 0 }],
  ['the canary bakes', situation(at(0, 98_000)), { do: 'bake', stage: 0, leftMs: 3000 }],
  ['the canary is done', situation(at(0, 95_000)), { do: 'shift', stage: 1 }],
  ['the whole bakes', situation(at(1, 99_000)), { do: 'bake', stage: 1, leftMs: 2000 }],
  ['the whole is done', situation(at(1, 97_000)), { do: 'finish' }],
  [
    'the rest of a canary is not waited for',
    situation({ ...at(0, 95_000), guard: { stages: [canary[0], atOnce[0]] as never, alarms: [] } }),
    { do: 'finish' },
  ],
] as const
for (const [what, given, expected] of table)
  test(`${what}: ${expected.do}`, () => assert.deepEqual(decideDeployment(given), expected))

test('an alarm rolls back at any stage, also before the first', () => {
  for (const given of [situation(), situation(at(0, 99_000)), situation(at(1, 1000))]) {
    const step = decideDeployment({ ...given, alarming: ['errors'] })
    assert.match(step.do === 'roll back' ? step.reason : '', /alarm\(s\) went into ALARM state .*: errors\.$/)
  }
})

test('a deployment that takes too long is rolled back', () => {
  const guard = { stages: canary, alarms: [], timeoutMs: 100_000 }
  const step = decideDeployment(situation({ guard, ...at(0, 99_000) }))
  assert.match(step.do === 'roll back' ? step.reason : '', /MaximumExecutionTimeoutInSeconds \(100 seconds\)/)
  assert.equal(decideDeployment(situation({ guard, ...at(0, 99_000), now: 99_999 })).do, 'bake')
})

const policy = (TrafficRoutingConfiguration: object, more: object = {}) => ({
  BlueGreenUpdatePolicy: { TrafficRoutingConfiguration, TerminationWaitInSeconds: 60, ...more },
})
const size = (Type: string, Value: number) => ({ Type, Value })
const shares = (config: object, instances = 4) => guardOf(config as never, instances).stages.map(({ share }) => share)

test('what each way of shifting traffic comes to', () => {
  assert.deepEqual(guardOf(undefined, 4), { stages: [stage(1, 0, 'TerminationWaitInSeconds')], alarms: [] })
  const once = guardOf(policy({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 5 }) as never, 4)
  assert.deepEqual(once.stages, [stage(1, 60_000, 'TerminationWaitInSeconds')])
  const percent = policy({ Type: 'CANARY', WaitIntervalInSeconds: 5, CanarySize: size('CAPACITY_PERCENT', 10) })
  assert.deepEqual(guardOf(percent as never, 4).stages, [
    stage(0.1, 5000, 'WaitIntervalInSeconds'),
    stage(1, 60_000, 'TerminationWaitInSeconds'),
  ])
  assert.deepEqual(shares(policy({ Type: 'CANARY', CanarySize: size('INSTANCE_COUNT', 1) })), [0.25, 1])
  const linear = (value: object) => policy({ Type: 'LINEAR', WaitIntervalInSeconds: 5, LinearStepSize: value })
  assert.deepEqual(shares(linear(size('CAPACITY_PERCENT', 30))), [0.3, 0.6, 0.9, 1])
  assert.deepEqual(shares(linear(size('INSTANCE_COUNT', 2))), [0.5, 1])
  const alarms = { AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'a' }] } }
  assert.deepEqual(guardOf({ ...percent, ...alarms } as never, 4).alarms, ['a'])
})

const refused: readonly (readonly [config: object, message: RegExp])[] = [
  [policy({ Type: 'CANARY', WaitIntervalInSeconds: 5 }), /CanarySize is required/],
  [policy({ Type: 'LINEAR', WaitIntervalInSeconds: 5 }), /LinearStepSize is required/],
  [policy({ Type: 'ALL_AT_ONCE', CanarySize: size('INSTANCE_COUNT', 1) }), /CanarySize is for CANARY only/],
  [policy({ Type: 'CANARY', CanarySize: size('CAPACITY_PERCENT', 51) }), /at most 50 percent/],
  [policy({ Type: 'CANARY', CanarySize: size('INSTANCE_COUNT', 3) }), /at most 50 percent/],
  [policy({ Type: 'LINEAR', LinearStepSize: size('CAPACITY_PERCENT', 9) }), /10 to 50 percent/],
  [policy({ Type: 'LINEAR', LinearStepSize: size('CAPACITY_PERCENT', 60) }), /10 to 50 percent/],
  [
    policy(
      { Type: 'CANARY', WaitIntervalInSeconds: 3600, CanarySize: size('CAPACITY_PERCENT', 10) },
      { MaximumExecutionTimeoutInSeconds: 3660 },
    ),
    /MaximumExecutionTimeoutInSeconds .* must be greater than the 3660 seconds/,
  ],
]
for (const [config, message] of refused)
  test(`refused: ${message.source}`, () =>
    assert.throws(() => checkDeploymentConfig(config as never, 4), { code: 'ValidationException', message }))
