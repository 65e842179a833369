import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { createEndpoint, endpoints, updateEndpoint } from '../../src/sagemaker/serving/endpoint.ts'
import { endpointConfigs } from '../../src/sagemaker/serving/endpoint-config.ts'
import { models } from '../../src/sagemaker/serving/model.ts'
import type { Context } from '../../src/service/context.ts'
import { modelOf } from './job-story.ts'
import { type SimulationOptions, withoutFaults } from './options.ts'
import { account, region } from './place.ts'
import { forGood, servingPlan } from './programs.ts'
import type { SimulatedServer } from './server.ts'
import { invoke } from './serving-story.ts'
import { simulate } from './simulate.ts'
import type { World } from './world.ts'

const minute = 60_000
const horizonMs = 20 * minute
const alone = (drawn: SimulationOptions): SimulationOptions => ({
  ...drawn,
  ...{ endpoints: 1, trainingJobs: 0, transformJobs: 0, tuningJobs: 0, algorithms: 0, packages: 0, objects: 0 },
  ...{ asyncEndpoints: 0, watched: 0, products: 0, listens: false, horizonMs },
})

/** What was seen of the endpoint while it went on. */
interface Seen {
  rested: number
  woken: number
  answered: number
  /** Containers when nobody has asked for long. */
  left: number
  readonly failed: Error[]
  readonly served: Set<string>
}

/** One model of a serverless variant, and the configuration that deploys it. */
function configuring({ plans, random }: World, name: string, steady: boolean): (ctx: Context) => Promise<void> {
  const plan = servingPlan(random.of(name))
  plans.set(name, { ...plan, healthyAfterMs: 100, ...(steady && { durationMs: forGood, errorRate: 0 }) })
  return ctx =>
    ctx.store.transaction(async tx => {
      const now = ctx.now().getTime()
      const of = { account: ctx.account, region: ctx.region, name, parent: '', status: '', created: now, modified: now }
      const arn = ctx.arn('model', name)
      if (await models.get(tx, arn)) return
      await models.insert(tx, { ...of, ...modelOf(name, false), arn, isolated: false })
      await endpointConfigs.insert(tx, {
        ...{ ...of, arn: ctx.arn('endpoint-config', name) },
        variants: [
          {
            ...{ VariantName: 'v', ModelName: name },
            ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 3 },
          },
        ],
      })
    })
}

/** An endpoint that is asked now and then, and updated meanwhile. */
function tellServerless(world: World, seen: Seen, steady: boolean): [] {
  const random = world.random.of('serverless')
  const configure = ['e1', 'next'].map((name, index) => configuring(world, name, steady || index === 0))
  const at = (ms: number, work: (ctx: Context, server: SimulatedServer) => Promise<unknown>) =>
    world.at(ms, () => {
      void world
        .call(server => work(serviceContext(server.platform, account, region), server))
        ?.catch(error => seen.failed.push(error))
    })
  for (let ms = 1000; ms < minute; ms += 10_000)
    at(ms, async ctx => {
      for (const one of configure) await one(ctx)
      if (await endpoints.get(ctx.store, ctx.arn('endpoint', 'e1'))) return
      await createEndpoint({ EndpointName: 'e1', EndpointConfigName: 'e1' }, ctx)
    })
  for (let ms = 3 * minute; ms < horizonMs; ms += 3 * minute)
    at(ms + random.between(0, minute), ctx =>
      updateEndpoint({ EndpointName: 'e1', EndpointConfigName: random.pick(['e1', 'next']) }, ctx),
    )
  for (let ms = 0; ms < horizonMs; ms += 1000)
    world.at(ms, () => {
      void endpoints.get(world.store, `arn:aws:sagemaker:${region}:${account}:endpoint/e1`).then(row => {
        if (row?.status !== 'InService') return
        if (row.target) seen.woken++
        else if (row.live?.hosts.length === 0) seen.rested++
        if (row.live && !row.target) seen.served.add(row.live.configName)
        seen.answered = Math.max(seen.answered, world.answered.size)
      })
    })
  world.at(horizonMs + 5 * minute, () => {
    seen.left += world.engine.containers.size
  })
  for (let burst = 0; burst < 30; burst++)
    invoke(world, burst, 'e1', (_what, _kind, _name, work) => at(random.between(2 * minute, horizonMs), work))
  return []
}

const nothing = (): Seen => ({ rested: 0, woken: 0, answered: 0, left: 0, failed: [], served: new Set() })

async function play(seed: number, change: (drawn: SimulationOptions) => SimulationOptions, seen: Seen, steady = false) {
  const { violations, options } = await simulate(seed, { change }, world => tellServerless(world, seen, steady))
  assert.deepEqual(violations, [], `seed ${seed}, ${JSON.stringify(options)}`)
}

describe('a serverless endpoint', () => {
  it('rests, is woken and updated, and nobody is refused when nothing fails', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 3; seed++) await play(seed, drawn => alone(withoutFaults(drawn)), seen, true)
    assert.deepEqual(
      seen.failed.map(({ message }) => message),
      [],
    )
    assert.ok(seen.rested > 0 && seen.woken > 0 && seen.answered > 20, JSON.stringify(seen))
    assert.equal(seen.left, 0)
    assert.deepEqual([...seen.served].toSorted(), ['e1', 'next'])
  })

  it('keeps every promise on a server that is killed at any step', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 8; seed++) await play(seed, alone, seen)
    assert.ok(seen.rested > 0 && seen.woken > 0 && seen.answered > 0, JSON.stringify(seen))
  })
})
