import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { putMetricAlarm } from '../../src/metrics/alarm/put-metric-alarm.ts'
import { setAlarmState } from '../../src/metrics/alarm/set-alarm-state.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { createEndpoint, endpoints, updateEndpoint } from '../../src/sagemaker/serving/endpoint.ts'
import type { Context } from '../../src/service/context.ts'
import { type SimulationOptions, withoutFaults } from './options.ts'
import { account, region } from './place.ts'
import { forGood } from './programs.ts'
import type { SimulatedServer } from './server.ts'
import { drawConfig, invoke } from './serving-story.ts'
import { simulate } from './simulate.ts'
import { alarmActions, topicArn } from './watch-post.ts'
import { treatmentOf } from './watch-story.ts'
import type { World } from './world.ts'

const minute = 60_000
const horizonMs = 20 * minute
const alone = (drawn: SimulationOptions): SimulationOptions => ({
  ...drawn,
  ...{ endpoints: 1, trainingJobs: 0, transformJobs: 0, tuningJobs: 0, algorithms: 0, packages: 0, objects: 0 },
  ...{ asyncEndpoints: 0, watched: 1, listens: false, horizonMs },
})

/** What was seen of the endpoint while it went on. */
interface Seen {
  rolledBack: number
  exchanged: number
  served: Set<string>
}

/** Two instances that are exchanged one by one, again and again, while an alarm rings and rests. Who is not heard asks again. */
function tellRolling(world: World, seen: Seen): [] {
  const random = world.random.of('rolling')
  const configure = ['e1', 'next'].map(name => drawConfig(world, name, false, 2))
  for (const [name, plan] of world.plans)
    world.plans.set(name, { ...plan, healthyAfterMs: 100, durationMs: name === 'e1' ? forGood : plan.durationMs })
  const at = (ms: number, work: (ctx: Context, server: SimulatedServer) => Promise<unknown>) =>
    world.at(ms, () => {
      void world.call(server => work(serviceContext(server.platform, account, region), server))?.catch(() => {})
    })
  const alarm = { AlarmName: 'load', Namespace: 'App', MetricName: 'Load', Statistic: 'Maximum' } as const
  const tell = { AlarmActions: [topicArn], OKActions: [topicArn], InsufficientDataActions: [topicArn] }
  const rule = {
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
    ...tell,
  } as const
  for (let ms = 1000; ms < minute; ms += 10_000)
    at(ms, async (ctx, { metrics }) => {
      for (const one of configure) await one(ctx)
      await putMetricAlarm(
        { ...alarm, ...rule, TreatMissingData: treatmentOf(world) },
        { ...ctx, metrics, alarmActions },
      )
      await createEndpoint({ EndpointName: 'e1', EndpointConfigName: 'e1' }, ctx)
    })
  for (let ms = 2 * minute; ms < horizonMs; ms += 30_000) {
    const RollingUpdatePolicy = {
      MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 },
      WaitIntervalInSeconds: random.pick([0, 30]),
      RollbackMaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 },
    } as const
    const AutoRollbackConfiguration = { Alarms: [{ AlarmName: 'load' }] }
    const EndpointConfigName = random.pick(['e1', 'next'])
    at(ms, ctx =>
      updateEndpoint(
        {
          ...{ EndpointName: 'e1', EndpointConfigName },
          DeploymentConfig: { RollingUpdatePolicy, AutoRollbackConfiguration },
        },
        ctx,
      ),
    )
    const StateValue = random.pick(['OK', 'OK', 'ALARM'] as const)
    at(ms + random.between(0, 30_000), (ctx, { metrics }) =>
      setAlarmState({ AlarmName: 'load', StateValue, StateReason: 'r' }, { ...ctx, metrics, alarmActions }),
    )
  }
  for (let ms = 0; ms < horizonMs; ms += 1000)
    world.at(ms, () => {
      void endpoints.get(world.store, `arn:aws:sagemaker:${region}:${account}:endpoint/e1`).then(row => {
        if (row?.status === 'RollingBack') seen.rolledBack++
        if (row?.target?.traffic && row.target.guard?.rolling && row.live?.hosts.length === 1) seen.exchanged++
        if (row?.live && !row.target) seen.served.add(row.live.configName)
      })
    })
  for (let burst = 0; burst < 20; burst++)
    invoke(world, burst, 'e1', (_what, _kind, _name, work) => at(random.between(2 * minute, horizonMs), work))
  return []
}

async function play(seed: number, change: (drawn: SimulationOptions) => SimulationOptions, seen: Seen) {
  const { violations, options } = await simulate(seed, { change }, world => tellRolling(world, seen))
  assert.deepEqual(violations, [], `seed ${seed}, ${JSON.stringify(options)}`)
}

const nothing = (): Seen => ({ rolledBack: 0, exchanged: 0, served: new Set() })

describe('instances that are exchanged batch by batch', () => {
  it('come to their end and back when nothing fails', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 3; seed++) await play(seed, drawn => alone(withoutFaults(drawn)), seen)
    assert.ok(seen.rolledBack > 0 && seen.exchanged > 0, JSON.stringify(seen))
    assert.deepEqual([...seen.served].toSorted(), ['e1', 'next'])
  })

  it('keep every promise on a server that is killed at any step', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 5; seed++) await play(seed, alone, seen)
    assert.ok(seen.rolledBack > 0 && seen.exchanged > 0, JSON.stringify(seen))
  })
})
