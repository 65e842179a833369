import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clock } from '../../src/ground/clock.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { deleteEndpoint } from '../../src/sagemaker/serving/endpoint.ts'
import { stopTrainingJob } from '../../src/sagemaker/training/training-job.ts'
import { describeTrainingJob } from '../../src/sagemaker/training/training-job-view.ts'
import { describeTransformJob, stopTransformJob } from '../../src/sagemaker/transform/transform-job.ts'
import type { Context, Platform } from '../../src/service/context.ts'
import { beginTraining, beginTransform } from './job-story.ts'
import { type SimulationOptions, withoutFaults } from './options.ts'
import type { ProgramPlan } from './programs.ts'
import { deploy } from './serving-story.ts'
import { account, openWorld, region, type World } from './world.ts'

const second = 1000
const minute = 60 * second
/** The program ends by itself after so long. */
const ranMs = 92 * second
const plan: ProgramPlan = {
  ...{ lines: 1, durationMs: ranMs, exit: 0, ignoresTerm: false, errorRate: 0 },
  healthyAfterMs: undefined,
}

/** Nothing happens in it by itself. */
const still = (drawn: SimulationOptions): SimulationOptions => ({
  ...withoutFaults(drawn),
  ...{ trainingJobs: 0, transformJobs: 0, endpoints: 0, updates: 0, invocations: 0, tuningJobs: 0 },
  ...{ algorithms: 0, packages: 0, objects: 0, interventions: 0, monthEnds: false },
})

/** Each line takes five minutes to be kept. */
const slowLogs = (platform: Platform): Platform => ({
  ...platform,
  logs: {
    ...platform.logs,
    async append(...lines) {
      await clock.sleep(5 * minute)
      return platform.logs.append(...lines)
    },
  },
})

const started = second

/** A world in which a server has started, and a client has asked it for something. */
async function after(work: (ctx: Context) => Promise<unknown>, platform?: (platform: Platform) => Platform) {
  const world = await openWorld(1, { change: still, ...(platform && { platform }) })
  world.plans.set('job', plan)
  world.objects.set('in/job/1', Buffer.from('a'))
  await world.runUntil(started)
  await ask(world, work)
  return world
}

async function ask<T>(world: World, work: (ctx: Context) => Promise<T>): Promise<T | undefined> {
  return world.call(({ platform }) => work(serviceContext(platform, account, region)))
}

/** How long each charged time was, in milliseconds. Each begins when its containers start. */
async function charged({ store }: World): Promise<number[]> {
  const rows = await store.db.selectFrom('market_running').select(['started', 'stopped']).orderBy('started').execute()
  return rows.map(({ started, stopped }) => stopped - started)
}

const jobs = {
  training: {
    begin: (ctx: Context) => beginTraining(ctx, 'job', { hosts: 1, retries: 3, sold: true }),
    stop: (ctx: Context) => stopTrainingJob({ TrainingJobName: 'job' }, ctx),
    /** Seconds that its owner is told to have used. */
    told: async (ctx: Context) => (await describeTrainingJob({ TrainingJobName: 'job' }, ctx)).BillableTimeInSeconds,
  },
  transform: {
    begin: (ctx: Context) => beginTransform(ctx, 'job', true),
    stop: (ctx: Context) => stopTransformJob({ TransformJobName: 'job' }, ctx),
    async told(ctx: Context) {
      const { TransformStartTime, TransformEndTime } = await describeTransformJob({ TransformJobName: 'job' }, ctx)
      return (Number(TransformEndTime) - Number(TransformStartTime)) / second
    },
  },
}

for (const [kind, { begin, stop, told }] of Object.entries(jobs))
  describe(`the buyer of a ${kind} job`, () => {
    it('pays for the container’s time, not for that in which its lines are kept', async () => {
      await using world = await after(begin, slowLogs)
      await world.runUntil(30 * minute)
      assert.deepEqual(await charged(world), [ranMs])
      assert.equal(await ask(world, told), ranMs / second)
    })

    it('pays for no time of an engine that was away when the container ended', async () => {
      await using world = await after(begin)
      await world.runUntil(minute)
      world.strike.engineAway(10 * minute)
      await world.runUntil(30 * minute)
      assert.deepEqual(await charged(world), [ranMs])
      assert.equal(await ask(world, told), ranMs / second)
    })

    it('pays until the container ended, though the job was given up later while the engine was away', async () => {
      await using world = await after(begin)
      await world.runUntil(minute)
      world.strike.engineAway(10 * minute)
      await world.runUntil(5 * minute)
      await ask(world, stop)
      await world.runUntil(30 * minute)
      assert.deepEqual(await charged(world), [ranMs])
      assert.equal(await ask(world, told), ranMs / second)
    })

    it('pays for each attempt by itself when an engine that starts anew ends the first, whose lines are kept late', async () => {
      await using world = await after(begin, slowLogs)
      await world.runUntil(started + minute)
      world.strike.engineRestarts()
      await world.runUntil(30 * minute)
      assert.deepEqual(await charged(world), [minute, ranMs])
    })
  })

describe('the buyer of an endpoint’s model', () => {
  it('pays until the container has ended, not while its lines are kept', async () => {
    await using world = await after(async () => {}, slowLogs)
    world.sold.add('e1')
    deploy(world, 'e1', (_what, _kind, _name, work) => {
      void world.call(server => work(serviceContext(server.platform, account, region), server))
    })
    world.plans.set('e1', { ...plan, durationMs: 10 ** 12, healthyAfterMs: 0 })
    await world.runUntil(started + minute)
    await world.call(({ platform, endRoute }) =>
      deleteEndpoint({ EndpointName: 'e1' }, { ...serviceContext(platform, account, region), endRoute }),
    )
    await world.runUntil(30 * minute)
    assert.deepEqual(await charged(world), [minute])
  })
})
