import { setTimeout as sleep } from 'node:timers/promises'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { region } from '../demo/clients.ts'
import { installationName, openInstallation } from '../src/cli/installation.ts'
import { reconcileCharges } from '../src/marketplace/billing/reconciliation.ts'
import { openEngineView } from '../test/e2e/engine-view.ts'
import { makeParty, type Party } from '../test/e2e/party.ts'
import { openReplicas, type ReplicasWorld, replicaCount } from '../test/e2e/replicas-world.ts'
import { serverLog } from '../test/e2e/world.ts'
import type { Seller } from './actor.ts'
import { openCaller } from './api.bench.ts'
import type { Bench, Figure } from './bench.ts'
import { subscribeToProbe } from './probe-product.ts'
import { beginLoad, jobEnd, spoiled, type Truth } from './replicas-load.ts'
import { alternate } from './rounds.ts'
import type { Stage } from './stage.ts'

/** From one kill to the next. */
const everyMs = 12_000
/** Until whoever keeps servers running starts the killed one again. */
const downMs = 2000

/**
 * Three servers behind a balancer that knows nothing, under a mixed load, of which one is killed again and again, the one that works every second time: what
 * was lost, run twice or charged wrongly, and how long it took until another one worked. Ten minutes when full.
 */
export const replicasBench: Bench = {
  name: 'replicas',
  async run(stage) {
    const world = await openReplicas({ engineSocket: stage.socket })
    try {
      return [...(await controlPlane(world)), ...(await measure(world, stage))]
    } catch (error) {
      process.stderr.write(`The servers complained:\n${await serverLog(world.data)}\n`)
      throw error
    } finally {
      await world.close()
    }
  },
}

const rounds = 3

/** What it costs a server that it is one of several, and what three do together. */
async function controlPlane(world: ReplicasWorld): Promise<Figure[]> {
  const alone = await world.alone()
  const works = world.servers[(await world.works()) ?? 0]?.url ?? world.url
  const { credentials } = world.clients()
  try {
    const [one, three, single] = [
      await openCaller(works, credentials),
      await openCaller(world.url, credentials, 'of-three'),
      await openCaller(alone.url, await alone.account('someone')),
    ]
    const taken = await alternate(rounds, {
      ...{ create: one.create, threeCreate: three.create, aloneCreate: single.create },
      ...{ describe: one.describe, threeDescribe: three.describe, aloneDescribe: single.describe },
    })
    const of = (work: string, ours: number[], against: string, theirs: number[]): Figure => ({
      work: `${work}, on PostgreSQL, 16 connections`,
      ...{ ours, against, theirs, unit: '/s', judged: 'ratio' },
    })
    return [
      of('CreateModelPackageGroup, the one of three that works', taken.create, 'one alone', taken.aloneCreate),
      of('DescribeModelPackageGroup, the one of three that works', taken.describe, 'one alone', taken.aloneDescribe),
      of('CreateModelPackageGroup, three servers', taken.threeCreate, 'one of them', taken.create),
      of('DescribeModelPackageGroup, three servers', taken.threeDescribe, 'one of them', taken.describe),
    ]
  } finally {
    await alone.stop()
  }
}

async function measure(world: ReplicasWorld, stage: Stage): Promise<Figure[]> {
  const engine = { engine: 'docker', socket: stage.socket.replace('unix://', '') } as const
  const opened = await openInstallation({ data: world.data })
  const view = await openEngineView(engine, await installationName(opened))
  const [seller, buyer] = [
    await makeParty(world, engine, 'seller', stage.image),
    await makeParty(world, engine, 'buyer', stage.image),
  ]
  const probe = await subscribeToProbe(actorOf(seller), actorOf(buyer), stage.engine)
  const load = beginLoad({ seller, buyer, endpointName: probe.endpointName })
  const times = await killAgainAndAgain(world, buyer, stage.full ? 600_000 : 25_000)
  const truth = await load.end()
  for (const name of truth.jobs) await jobEnd(seller, name)
  // The journals' files are counted every other second.
  await sleep(5000)
  const [{ units = 0 } = {}] = await world.query<{ units: number }>(
    'select sum(units::bigint)::int as units from market_inference_fact',
  )
  const found = {
    lost: await lostGroups(world, truth),
    spoiled: await spoiled(seller, truth.objects),
    differences: (await reconcileCharges(opened.store, Date.now())).differences.length,
    twice: [...view.starts].filter(([key, count]) => key.includes('training-job/job-') && count > 1).length,
    again: [...view.starts.keys()].filter(key => /training-job\/job-\S+ [2-9]/.test(key)).length,
    failed: await failedJobs(seller, truth),
    units,
  }
  await probe.remove()
  await view.close()
  await opened.store.close()
  return figures(truth, found, times)
}

const actorOf = (party: Party): Seller => ({ clients: party, ...party })

/** Kills one after another, and returns the milliseconds until what is in the memory of the one that works was answered by another one. */
async function killAgainAndAgain(world: ReplicasWorld, { credentials }: Party, ms: number): Promise<number[]> {
  // It asks again by itself: a client's own pauses would be measured too.
  const logs = new CloudWatchLogs({ endpoint: world.url, region, credentials, maxAttempts: 1 })
  const times: number[] = []
  const stream = { logGroupName: 'kills', logStreamName: 'all' }
  await logs.createLogGroup(stream)
  await logs.createLogStream(stream)
  const end = performance.now() + ms
  for (let kills = 0; performance.now() < end; kills++) {
    await sleep(everyMs - downMs)
    const works = (await world.works()) ?? 0
    const victim = kills % 2 === 0 ? works : (works + 1) % replicaCount
    const killed = performance.now()
    world.kill(victim)
    const told = () => logs.putLogEvents({ ...stream, logEvents: [{ timestamp: Date.now(), message: 'goes on' }] })
    while (
      !(await told().then(
        () => true,
        () => false,
      ))
    );
    if (victim === works) times.push(performance.now() - killed)
    await sleep(downMs)
    await world.startAgain(victim)
  }
  return times
}

async function lostGroups(world: ReplicasWorld, { groups }: Truth): Promise<number> {
  const rows = await world.query<{ name: string }>(`select name from resource where kind = 'model-package-group'`)
  const kept = new Set(rows.map(({ name }) => name))
  return [...groups].filter(name => !kept.has(name)).length
}

async function failedJobs({ sagemaker }: Party, { jobs }: Truth): Promise<number> {
  let failed = 0
  for (const TrainingJobName of jobs) {
    const { TrainingJobStatus } = await sagemaker.describeTrainingJob({ TrainingJobName })
    if (TrainingJobStatus !== 'Completed') failed++
  }
  return failed
}

interface Found {
  readonly lost: number
  readonly spoiled: number
  readonly differences: number
  readonly twice: number
  readonly again: number
  readonly failed: number
  readonly units: number
}

function figures(truth: Truth, found: Found, times: readonly number[]): Figure[] {
  const { groups, objects, jobs, answered, asked, unread } = truth
  const none = { judged: 'value', atMost: 0 } as const
  const work = `Three servers, one killed every ${everyMs / 1000} s`
  return [
    { work: `${work}: until another one worked`, unit: 'ms', ours: times, judged: 'value', atMost: 10_000 },
    { work: `${groups.size} groups: lost`, unit: 'groups', ours: [found.lost], ...none },
    { work: 'The same: not known to the next server', unit: 'groups', ours: [unread], ...none },
    { work: `${objects.size} objects in parts: lost or changed`, unit: 'objects', ours: [found.spoiled], ...none },
    { work: `${jobs.size} training jobs: not completed`, unit: 'jobs', ours: [found.failed], ...none },
    { work: 'The same: containers started twice', unit: 'containers', ours: [found.twice], ...none },
    { work: 'The same: further attempts', unit: 'attempts', ours: [found.again], ...none },
    {
      work: `${answered} answers to ${asked} metered requests: not charged`,
      ...{ unit: 'requests', ours: [Math.max(answered - found.units, 0)], ...none },
    },
    {
      work: 'The same: charged more often than asked',
      ...{ unit: 'requests', ours: [Math.max(found.units - asked, 0)], ...none },
    },
    {
      work: 'The same: charges that do not follow from the facts',
      unit: 'charges',
      ours: [found.differences],
      ...none,
    },
  ]
}
