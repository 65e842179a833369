import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { deleteEndpoint, endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { withoutFaults } from './options.ts'
import { simulate } from './simulate.ts'
import { tellStory } from './story.ts'
import { account, openWorld, region } from './world.ts'

const seeds = Array.from({ length: 8 }, (_, index) => index + 1)
const every = { account, region, sortBy: 'name', descending: false, limit: 100 } as const
const minute = 60_000
/** The simulated machine has 16 GiB, half of it free, and every host asks for 8 GiB. */
const mostHosts = 4

describe('more endpoints than the machine holds', () => {
  it('some serve, the others fail for want of capacity after half an hour, and one that waits comes when another goes', async () => {
    const quiet = (drawn: Parameters<typeof withoutFaults>[0]) => ({
      ...withoutFaults(drawn),
      ...{ endpoints: 10, trainingJobs: 0, transformJobs: 0, tuningJobs: 0, algorithms: 0, packages: 0 },
      ...{ updates: 0, invocations: 0, objects: 0, interventions: 0, horizonMs: 5_000 },
    })
    await using world = await openWorld(7, { change: quiet })
    tellStory(world)
    for (const [name, plan] of world.plans)
      world.plans.set(name, { ...plan, durationMs: 10 ** 12, healthyAfterMs: 100 })
    const rows = () => endpoints.list(world.store, every)
    const named = async (status: string) => (await rows()).filter(row => row.status === status).map(({ name }) => name)
    const running = () => [...world.engine.containers.values()].filter(({ state }) => state.status === 'running').length
    await world.runUntil(5 * minute)
    const [serving, waiting] = [await named('InService'), await named('Creating')]
    assert.equal(serving.length + waiting.length, 10)
    assert.ok(running() <= mostHosts && running() >= mostHosts - 1, `${running()} hosts run`)
    await world.call(({ platform, endRoute }) =>
      deleteEndpoint(
        { EndpointName: serving[0] as string },
        { ...serviceContext(platform, account, region), endRoute },
      ),
    )
    await world.runUntil(10 * minute)
    const next = (await named('InService')).filter(name => !serving.includes(name))
    assert.ok(next.length > 0, 'nobody came after the one that went')
    await world.runUntil(29 * minute)
    assert.deepEqual(await named('Failed'), [], 'nobody fails before the time is over')
    await world.runUntil(32 * minute)
    const failed = (await rows()).filter(({ status }) => status === 'Failed')
    assert.deepEqual(failed.map(({ name }) => name).toSorted(), waiting.filter(name => !next.includes(name)).toSorted())
    for (const { failureReason } of failed)
      assert.match(
        failureReason ?? '',
        /^Unable to provision requested ML compute capacity due to InsufficientInstance/,
      )
  })

  it('keeps every promise on a server that is killed at any step', async () => {
    for (const seed of seeds) {
      const { violations, options } = await simulate(seed, { change: drawn => ({ ...drawn, endpoints: 8 }) })
      assert.deepEqual(violations, [], `seed ${seed}, ${JSON.stringify(options)}`)
    }
  })
})
