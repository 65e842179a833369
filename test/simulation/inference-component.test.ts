import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { invokeEndpoint } from '../../src/runtime/invoke-endpoint.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { type InferenceComponentRow, inferenceComponents } from '../../src/sagemaker/serving/component-row.ts'
import { createEndpoint, endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { updateEndpointWeightsAndCapacities } from '../../src/sagemaker/serving/endpoint-capacity.ts'
import { endpointConfigs } from '../../src/sagemaker/serving/endpoint-config.ts'
import {
  createInferenceComponent,
  deleteInferenceComponent,
  updateInferenceComponent,
  updateInferenceComponentRuntimeConfig,
} from '../../src/sagemaker/serving/inference-component.ts'
import { models } from '../../src/sagemaker/serving/model.ts'
import type { Context } from '../../src/service/context.ts'
import { modelOf } from './job-story.ts'
import { type SimulationOptions, withoutFaults } from './options.ts'
import { account, region } from './place.ts'
import { forGood, servingPlan } from './programs.ts'
import type { SimulatedServer } from './server.ts'
import { simulate } from './simulate.ts'
import { openWorld, type World } from './world.ts'

const minute = 60_000
const horizonMs = 12 * minute
const alone = (drawn: SimulationOptions): SimulationOptions => ({
  ...drawn,
  ...{ endpoints: 1, trainingJobs: 0, transformJobs: 0, tuningJobs: 0, algorithms: 0, packages: 0, objects: 0 },
  ...{ asyncEndpoints: 0, watched: 0, products: 0, listens: false, horizonMs },
})

interface Seen {
  answered: number
  updated: number
  healed: number
  deleted: number
  readonly failed: Error[]
}

const needs = { MinMemoryRequiredInMb: 1024, NumberOfCpuCoresRequired: 0.5 }
const endpointsThatFillTheMachine = ['e2', 'e3']
const named = { EndpointName: 'e1', VariantName: 'v' }

/** Models, and an endpoint whose only variant has none. */
async function furnish(ctx: Context, images: readonly string[], name = 'e1'): Promise<void> {
  await ctx.store.transaction(async tx => {
    const now = ctx.now().getTime()
    const of = { account: ctx.account, region: ctx.region, parent: '', status: '', created: now, modified: now }
    if (await endpointConfigs.get(tx, ctx.arn('endpoint-config', name))) return
    for (const name of images)
      await models.insert(tx, { ...of, ...modelOf(name, false), name, arn: ctx.arn('model', name), isolated: false })
    await endpointConfigs.insert(tx, {
      ...{ ...of, name, arn: ctx.arn('endpoint-config', name), executionRole: modelOf('', false).executionRole },
      variants: [{ VariantName: 'v', InstanceType: 'ml.m5.large', InitialInstanceCount: 2 }],
    })
  })
  if (!(await endpoints.get(ctx.store, ctx.arn('endpoint', name))))
    await createEndpoint({ EndpointName: name, EndpointConfigName: name }, ctx)
}

const goneMs = 6 * minute
const second = (ms: number): string => (ms < goneMs ? 'c2' : 'c3')

/** Two components that are asked, updated and scaled, one of which makes way for a third; and their endpoint, which changes its instances. */
function tell(world: World, seen: Seen, steady: boolean): [] {
  const random = world.random.of('components')
  const images = ['a', 'b']
  for (const image of images) {
    const plan = servingPlan(world.random.of(image))
    const good = steady || image === 'a'
    world.plans.set(image, { ...plan, healthyAfterMs: 100, ...(good && { durationMs: forGood, errorRate: 0 }) })
  }
  const at = (ms: number, work: (ctx: Context, server: SimulatedServer) => Promise<unknown>) =>
    world.at(ms, () => {
      void world
        .call(server => work(serviceContext(server.platform, account, region), server))
        ?.catch(error => seen.failed.push(error))
    })
  const rowOf = (ctx: Context, name: string) => inferenceComponents.get(ctx.store, ctx.arn('inference-component', name))
  const ready = async (ctx: Context, name: string) => (await rowOf(ctx, name))?.status === 'InService'

  for (let ms = 1000; ms < horizonMs; ms += 10_000)
    at(ms, async ctx => {
      await furnish(ctx, images)
      for (const InferenceComponentName of ['c1', second(ms)])
        if (!(await rowOf(ctx, InferenceComponentName)))
          await createInferenceComponent(
            {
              ...{ InferenceComponentName, ...named, RuntimeConfig: { CopyCount: 2 } },
              Specification: { ModelName: 'a', ComputeResourceRequirements: needs },
            },
            ctx,
          )
    })
  for (let ms = 2 * minute; ms < horizonMs; ms += minute)
    at(ms + random.between(0, 30_000), async ctx => {
      const InferenceComponentName = random.pick(['c1', second(ms)])
      if (!(await ready(ctx, InferenceComponentName))) return
      const CopyCount = random.between(1, 3)
      const Value = random.between(1, 2)
      const RollingUpdatePolicy = { MaximumBatchSize: { Type: 'COPY_COUNT', Value }, WaitIntervalInSeconds: 0 } as const
      if (random.chance(0.4))
        await updateInferenceComponentRuntimeConfig(
          { InferenceComponentName, DesiredRuntimeConfig: { CopyCount } },
          ctx,
        )
      else
        await updateInferenceComponent(
          {
            ...{ InferenceComponentName, RuntimeConfig: { CopyCount }, DeploymentConfig: { RollingUpdatePolicy } },
            Specification: { ModelName: random.pick(images), ComputeResourceRequirements: needs },
          },
          ctx,
        )
    })
  at(goneMs, async (ctx, { endComponent }) => {
    if (!(await rowOf(ctx, 'c2'))) return
    await deleteInferenceComponent({ InferenceComponentName: 'c2' }, { ...ctx, endComponent })
    seen.deleted++
  })
  for (const [ms, DesiredInstanceCount] of [
    [7 * minute, 1],
    [9 * minute, 2],
  ] as const)
    at(ms, async ctx => {
      if ((await endpoints.get(ctx.store, ctx.arn('endpoint', 'e1')))?.status === 'InService')
        await updateEndpointWeightsAndCapacities(
          { EndpointName: 'e1', DesiredWeightsAndCapacities: [{ VariantName: 'v', DesiredInstanceCount }] },
          ctx,
        )
    })
  for (let ms = 2 * minute; ms < horizonMs; ms += 3000)
    at(ms, async (ctx, { runtime }) => {
      if (!(await ready(ctx, 'c1')) && !steady) return
      const asked = { EndpointName: 'e1', InferenceComponentName: 'c1', Body: Buffer.from('a') }
      const { ContentType: ticket } = await invokeEndpoint(asked, { ...ctx, ...runtime })
      world.answered.add(ticket as string)
      seen.answered++
    })
  for (let ms = 0; ms < horizonMs; ms += 1000)
    world.at(ms, () => {
      void inferenceComponents
        .list(world.store, { account, region, sortBy: 'name', descending: false, limit: 10 })
        .then(rows => rows.forEach(note))
    })
  const note = ({ live, target }: InferenceComponentRow) => {
    if (target?.heals) seen.healed++
    if (live && live.version.number > 1) seen.updated++
  }
  return []
}

async function play(seed: number, change: (drawn: SimulationOptions) => SimulationOptions, seen: Seen, steady = false) {
  const { violations, options } = await simulate(seed, { change }, world => tell(world, seen, steady))
  assert.deepEqual(violations, [], `seed ${seed}, ${JSON.stringify(options)}`)
}

const nothing = (): Seen => ({ answered: 0, updated: 0, healed: 0, deleted: 0, failed: [] })

describe('inference components', () => {
  it('are updated, scaled and moved to other instances, and nobody is refused when nothing fails', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 2; seed++) await play(seed, drawn => alone(withoutFaults(drawn)), seen, true)
    assert.deepEqual(
      seen.failed.map(({ message }) => message),
      [],
    )
    assert.ok(seen.answered > 300 && seen.updated > 0 && seen.healed > 0 && seen.deleted > 0, JSON.stringify(seen))
  })

  it('fail with their endpoint, which waits for instances that never come, and say so', async () => {
    const change = (drawn: SimulationOptions) => ({ ...withoutFaults(drawn), ...{ ...alone(drawn), horizonMs: 5000 } })
    await using world = await openWorld(1, { change })
    await world.runUntil(1000)
    await world.call(async ({ platform }) => {
      const ctx = serviceContext(platform, account, region)
      await furnish(ctx, ['a'])
      for (const name of endpointsThatFillTheMachine) await furnish(ctx, [], name)
      await furnish(ctx, [], 'waits')
      await createInferenceComponent(
        {
          ...{ InferenceComponentName: 'c1', ...named, EndpointName: 'waits', RuntimeConfig: { CopyCount: 1 } },
          Specification: { ModelName: 'a', ComputeResourceRequirements: needs },
        },
        ctx,
      )
    })
    const rows = () =>
      inferenceComponents.list(world.store, { account, region, sortBy: 'name', descending: false, limit: 1 })
    await world.runUntil(29 * minute)
    assert.equal((await rows())[0]?.status, 'Creating')
    await world.runUntil(32 * minute)
    const [row] = await rows()
    assert.equal(row?.status, 'Failed')
    assert.match(
      row?.failureReason ?? '',
      /^The endpoint waits is not in service: Unable to provision requested ML compute/,
    )
  })

  it('keep every promise on a server that is killed at any step', async () => {
    const seen = nothing()
    for (let seed = 1; seed <= 4; seed++) await play(seed, alone, seen)
    const { failed: _, ...counted } = seen
    assert.ok(seen.answered > 0 && seen.updated > 0 && seen.healed > 0, JSON.stringify(counted))
  })
})
