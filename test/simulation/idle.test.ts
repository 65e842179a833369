import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { invokeEndpointAsync } from '../../src/runtime/invoke-endpoint-async.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { createEndpoint, endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { updateEndpointWeightsAndCapacities } from '../../src/sagemaker/serving/endpoint-capacity.ts'
import type { Context } from '../../src/service/context.ts'
import { type SimulationOptions, withoutFaults } from './options.ts'
import { account, region } from './place.ts'
import { forGood } from './programs.ts'
import type { SimulatedServer } from './server.ts'
import { drawConfig } from './serving-story.ts'
import { simulate } from './simulate.ts'
import type { World } from './world.ts'

const minute = 60_000
const horizonMs = 20 * minute
const shortHorizonMs = 5 * minute
const alone = (drawn: SimulationOptions): SimulationOptions => ({
  ...drawn,
  ...{ endpoints: 0, trainingJobs: 0, transformJobs: 0, tuningJobs: 0, algorithms: 0, packages: 0, objects: 0 },
  ...{ asyncEndpoints: 1, watched: 0, listens: false, horizonMs },
})

/** Requests that came while there was no instance, and those of one world that were told as failures: here, that they are too old. */
interface Seen {
  without: number
  expired: number
}

/** An asynchronous endpoint that comes and goes while it is asked; in the end it has so many instances. */
function tellIdle(world: World, seen: Seen, atLast: number): [] {
  const { horizonMs } = world.options
  const random = world.random.of('idle')
  const configure = drawConfig(world, 'q1', true)
  for (const [name, plan] of world.plans) world.plans.set(name, { ...plan, healthyAfterMs: 100, durationMs: forGood })
  const at = (ms: number, work: (ctx: Context, server: SimulatedServer) => Promise<unknown>) =>
    world.at(ms, () => {
      void world.call(server => work(serviceContext(server.platform, account, region), server))?.catch(() => {})
    })
  const scale = (ms: number, DesiredInstanceCount: number) =>
    at(ms, ctx => {
      const DesiredWeightsAndCapacities = [{ VariantName: 'v', DesiredInstanceCount }]
      return updateEndpointWeightsAndCapacities({ EndpointName: 'q1', DesiredWeightsAndCapacities }, ctx)
    })
  for (let ms = 1000; ms < minute; ms += 10_000)
    at(ms, async ctx => {
      await configure(ctx)
      await createEndpoint({ EndpointName: 'q1', EndpointConfigName: 'q1' }, ctx)
    })
  for (let ms = minute; ms < horizonMs; ms += 10_000) scale(ms, random.pick([0, 0, 1, 2]))
  for (let ms = minute; ms < horizonMs; ms += random.between(500, 8000))
    at(ms, async (ctx, { runtime }) => {
      const RequestTTLSeconds = random.pick([60, atLast === 0 ? 600 : 21_600])
      const asked = { EndpointName: 'q1', Body: Buffer.from('a'), RequestTTLSeconds }
      const { OutputLocation = '', FailureLocation = '' } = await invokeEndpointAsync(asked, { ...ctx, ...runtime })
      world.accepted.push({ endpoint: 'q1', output: OutputLocation, failure: FailureLocation })
      const row = await endpoints.get(world.store, ctx.arn('endpoint', 'q1'))
      if (row?.live?.hosts.length === 0) seen.without++
    })
  // Asked again in peace, for whoever did not hear it.
  for (let ms = horizonMs; ms < 2 * horizonMs + 10 * minute; ms += minute) scale(ms, atLast)
  const isTold = ({ failure }: { failure: string }) => world.objects.has(failure.slice('s3://'.length))
  for (let ms = 0; ms < 2 * horizonMs + 10 * minute; ms += 10_000)
    world.at(ms, () => {
      seen.expired = Math.max(seen.expired, world.accepted.filter(isTold).length)
    })
  return []
}

const nothing = (): Seen => ({ without: 0, expired: 0 })

async function play(seed: number, change: (drawn: SimulationOptions) => SimulationOptions, seen: Seen, atLast = 1) {
  const { violations, options } = await simulate(seed, { change }, world => tellIdle(world, seen, atLast))
  assert.deepEqual(violations, [], `seed ${seed}, ${JSON.stringify(options)}`)
}

describe('an asynchronous endpoint that at times has no instance', () => {
  it('answers all that it has accepted once it has one', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 3; seed++) await play(seed, drawn => alone(withoutFaults(drawn)), seen)
    assert.ok(seen.without > 0)
  })

  it('loses nothing on a server that is killed at any step', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 5; seed++) await play(seed, alone, seen)
    assert.ok(seen.without > 0)
  })

  it('tells what is too old, though it has none any more', async () => {
    const seen = nothing()
    const short = (drawn: SimulationOptions) => ({ ...alone(drawn), horizonMs: shortHorizonMs })
    for (const seed of [1, 2]) await play(seed, drawn => short(seed === 1 ? withoutFaults(drawn) : drawn), seen, 0)
    assert.ok(seen.without > 0 && seen.expired > 5, JSON.stringify(seen))
  })
})
