import { join } from 'node:path'
import { createLogs } from '../src/logs/log-sink.ts'
import { capacityReconciler } from '../src/sagemaker/capacity/capacity.reconcile.ts'
import { serviceContext } from '../src/sagemaker/service-context.ts'
import { trainingJobs } from '../src/sagemaker/training/training-job.ts'
import type { Platform } from '../src/service/context.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Store } from '../src/store/store.ts'
import { beginTraining } from '../test/simulation/job-story.ts'
import { withoutFaults } from '../test/simulation/options.ts'
import { account, openWorld, region } from '../test/simulation/world.ts'
import { endedJob } from './listed-jobs.ts'
import { temporaryDirectory } from './place.ts'

/** What a training job costs the thread of a server, in its milliseconds. */
export interface JobCosts {
  /** Transactions from the call that makes it until it has ended. */
  readonly writes: number
  /** One of them, of many at once. */
  readonly writeMs: number
  /** Ten lines of a log, of many logs at once. */
  readonly linesMs: number
  /** One look at who may start, beside so many jobs that run. */
  passMs(running: number): number
}

const sizes = [1_000, 4_000] as const
const [warmUps, rounds, atOnce, lines] = [10, 9, 500, 10]
const owner = { account, role: `arn:aws:iam::${account}:role/Worker`, bucket: 'jobs' }
const nodes = { cpus: 8_000, memoryBytes: 64_000 * 1024 ** 3, gpus: 0 }
const info = { engine: 'kubernetes', version: 'none', cpus: 8, memoryBytes: 64 * 1024 ** 3, gpus: 0, together: nodes }

export async function jobCosts(): Promise<JobCosts> {
  const place = await temporaryDirectory()
  const store = await openSqliteStore(join(place.path, 'metadata.sqlite'))
  try {
    const [fewer, more] = [await passBeside(store, sizes[0]), await passBeside(store, sizes[1])]
    const each = (more - fewer) / (sizes[1] - sizes[0])
    return {
      ...{ writes: await writesOfOne(), writeMs: await writing(store), linesMs: await logging(store) },
      passMs: running => Math.max(0, fewer + each * (running - sizes[0])),
    }
  } finally {
    await store.close()
    await place.remove()
  }
}

/** Median milliseconds of the processor for a look beside so many jobs that run. */
async function passBeside(store: Store, running: number): Promise<number> {
  await store.transaction(async tx => {
    for (let index = 0; index < running; index++) {
      const begun = { status: 'InProgress', admission: { at: Date.now(), memoryPart: 1 } } as const
      const job = { ...endedJob(owner, index), ...begun }
      if (!(await trainingJobs.get(tx, job.arn))) await trainingJobs.insert(tx, job)
    }
  })
  const look = capacityReconciler({ store, driver: { info: async () => info } } as unknown as Platform)
  return median(rounds, () => look('machine', new AbortController().signal))
}

const writing = async (store: Store): Promise<number> =>
  (await median(rounds, () =>
    Promise.all(
      Array.from({ length: atOnce }, (_, index) =>
        store.transaction(async tx => {
          await trainingJobs.update(tx, endedJob(owner, index).arn, { attempt: 2 })
          await tx.enqueue('training-job', endedJob(owner, index).arn)
        }),
      ),
    ),
  )) / atOnce

async function logging(store: Store): Promise<number> {
  const logs = createLogs({ store, now: () => new Date() })
  let cursor = 0
  const append = async () => {
    cursor++
    await Promise.all(
      Array.from({ length: atOnce }, (_, index) => {
        const stream = { account, region, group: '/aws/sagemaker/TrainingJobs', stream: `listed-${index}/algo-1` }
        const events = Array.from({ length: lines }, (_, line) => ({
          time: new Date(),
          message: `epoch ${cursor} step ${line}: loss=0.1234`,
        }))
        return logs.append(stream, events, String(cursor).padStart(12, '0'))
      }),
    )
  }
  return (await median(rounds, append)) / atOnce
}

/** Counted in the simulation: a job of one host on a server where nothing fails. */
async function writesOfOne(): Promise<number> {
  let writes = 0
  const counted = (platform: Platform): Platform => ({
    ...platform,
    store: {
      ...platform.store,
      transaction: work => {
        writes++
        return platform.store.transaction(work)
      },
    },
  })
  const none = {
    trainingJobs: 0,
    transformJobs: 0,
    tuningJobs: 0,
    endpoints: 0,
    asyncEndpoints: 0,
    algorithms: 0,
    packages: 0,
  }
  const nothing = {
    objects: 0,
    products: 0,
    connections: 0,
    watched: 0,
    listens: false,
    records: false,
    horizonMs: 1000,
  }
  const change = (drawn: Parameters<typeof withoutFaults>[0]) => ({ ...withoutFaults(drawn), ...none, ...nothing })
  await using world = await openWorld(1, { change, platform: counted })
  world.plans.set('job', {
    lines: 0,
    durationMs: 60_000,
    exit: 0,
    ignoresTerm: false,
    healthyAfterMs: undefined,
    errorRate: 0,
  })
  await world.runUntil(1000)
  writes = 0
  await world.call(({ platform }) =>
    beginTraining(serviceContext(platform, account, region), 'job', { hosts: 1, retries: 0, sold: false }),
  )
  await world.runUntil(200_000)
  return writes
}

async function median(count: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  // What is compiled while it runs is no cost of a server that has run for long.
  for (let round = 0; round < warmUps; round++) await work()
  for (let round = 0; round < count; round++) {
    const { user, system } = process.cpuUsage()
    await work()
    const now = process.cpuUsage()
    taken.push((now.user + now.system - user - system) / 1000)
  }
  return taken.toSorted((a, b) => a - b)[Math.floor(count / 2)] as number
}
