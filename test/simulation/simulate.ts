import { monthAfter } from '../../src/marketplace/billing/billing-month.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { inferenceComponents } from '../../src/sagemaker/serving/component-row.ts'
import { deleteEndpoint, endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { deleteInferenceComponent } from '../../src/sagemaker/serving/inference-component.ts'
import { checkEnd, checkSettled, undone, unsettled } from './invariants.ts'
import { checkInvoices } from './invoice-check.ts'
import type { SimulationOptions } from './options.ts'
import { checkStorage } from './storage-check.ts'
import { tellStory } from './story.ts'
import { restRules } from './watch-story.ts'
import { account, openWorld, region, type WorldChanges } from './world.ts'

export interface SimulationReport {
  readonly seed: number
  readonly options: SimulationOptions
  readonly violations: readonly string[]
  readonly log: readonly string[]
  /** Of every step taken: two runs of a seed have the same. */
  readonly digest: string
  /** Virtual milliseconds. */
  readonly lasted: number
}

const minute = 60_000
/** Every row reaches its end within so much time without faults: runtimes, grace, restarts and waiting for one another included. */
const liveness = 120 * minute

/**
 * One seed: faults for a while, then peace. What must hold all the time is looked at as it happens, the rest at the end. `tell` says what clients do.
 */
export async function simulate(seed: number, changes?: WorldChanges, tell = tellStory): Promise<SimulationReport> {
  await using world = await openWorld(seed, changes)
  await play(world, tell).catch(error => world.violations.push(String(error)))
  const { violations, log, options } = world
  return { seed, options, violations, log, digest: world.digest(), lasted: world.clock.passed }
}

async function play(world: World, tell: typeof tellStory): Promise<void> {
  const asked = tell(world)
  await world.runUntil(2 * world.options.horizonMs + minute)
  world.makePeace()
  if (world.options.watched > 0) {
    await world.runUntil(world.clock.passed + minute)
    await restRules(world)
  }
  await settle(world, 'jobs end and endpoints settle', liveness + world.setBackUnseenMs())
  await checkSettled(world, asked)
  await withdrawComponents(world)
  for (const { arn, name } of await endpoints.list(world.store, everyEndpoint)) await withdraw(world, arn, name)
  await settle(world, 'endpoints go', 10 * minute + world.setBackUnseenMs(), undone)
  await checkEnd(world)
  world.clock.step(monthAfter(world.clock.now() + 2 * 3_600_000) - world.clock.now())
  await world.runUntil(world.clock.passed + 3 * minute)
  await checkInvoices(world)
  if (world.options.objects > 0) await sweepOut(world)
}

type World = Awaited<ReturnType<typeof openWorld>>

const everyEndpoint = { account, region, sortBy: 'name', descending: false, limit: 100 } as const

/** What has expired goes, a day later what was behind it, and then what only that needed. */
async function sweepOut(world: World): Promise<void> {
  for (let days = 0; days < 5; days++) {
    world.clock.step(26 * 3_600_000)
    await world.runUntil(world.clock.passed + 2 * minute)
  }
  await checkStorage(world)
}

async function settle(
  world: World,
  what: string,
  within: number,
  more = async (_: World): Promise<string[]> => [],
): Promise<void> {
  const until = world.clock.passed + within
  for (;;) {
    await world.runUntil(world.clock.passed + minute)
    const left = [...(await unsettled(world)), ...(await more(world))]
    if (left.length === 0) return
    if (world.clock.passed < until) continue
    world.violations.push(`${what}: not after ${within / minute} minutes without faults: ${left.join(', ')}`)
    return
  }
}

/** No endpoint goes before its components. */
async function withdrawComponents(world: World): Promise<void> {
  const rows = () => inferenceComponents.list(world.store, everyEndpoint)
  for (const { name } of await rows())
    await world.call(({ platform, endComponent }) =>
      deleteInferenceComponent(
        { InferenceComponentName: name },
        { ...serviceContext(platform, account, region), endComponent },
      ),
    )
  const left = async () => (await rows()).map(({ name }) => name)
  if ((await rows()).length > 0) await settle(world, 'components go', 10 * minute + world.setBackUnseenMs(), left)
}

async function withdraw(world: World, arn: string, name: string): Promise<void> {
  const row = await endpoints.get(world.store, arn)
  if (!row || row.status === 'Deleting') return
  await world.call(({ platform, endRoute }) =>
    deleteEndpoint({ EndpointName: name }, { ...serviceContext(platform, account, region), endRoute }),
  )
  world.note(`delete ${name} in the end`)
}
