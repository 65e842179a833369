import { setTimeout as sleep } from 'node:timers/promises'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { region } from '../demo/clients.ts'
import { type Credentials, type ServerProcess, startServer } from '../demo/server-process.ts'
import type { Bench, Figure } from './bench.ts'
import { EventHouse, openPost, type Post, perCall } from './event-house.ts'
import { temporaryDirectory } from './place.ts'
import { processMs, rested } from './process-time.ts'

const perSecond = 1_000
const receivers = 10
const deadReceivers = 100
const rounds = 3

/**
 * Events through topics to ten endpoints: each event to one of them, each to all of them, and the latter beside a hundred that take requests and answer
 * none; and an idle minute.
 */
export const eventsBench: Bench = {
  name: 'events',
  async run({ full, socket }) {
    const place = await temporaryDirectory()
    const env = { MODELMART_ALLOW_OUTGOING: '127.0.0.0/8', MODELMART_CHECK_ANSWERS: 'no' }
    const server = await startServer({ data: place.path, engineSocket: socket, env })
    const post = await openPost(receivers + 1)
    try {
      const account = await server.account('events')
      const house = new EventHouse(server, account)
      const endpoints = post.urls.slice(0, receivers).map((url, index) => `${url}/r${index}`)
      for (const [index, endpoint] of endpoints.entries()) await house.listen(shared(index), shared(index), [endpoint])
      await house.listen('alive', 'alive', endpoints)
      const idleMs = await idleMinute(server, account, full ? 60 : 10)
      const seconds = full ? 20 : 4
      const measure = async (way: Way) => {
        const runs: Run[] = []
        for (let round = 0; round < rounds; round++) runs.push(await send({ server, house, post }, seconds, way))
        return runs
      }
      await send({ server, house, post }, 2, toAll)
      const toOne = await measure(toOneOfThem)
      const alone = await measure(toAll)
      await listenInVain(house, post)
      const [toOneBeside, toAllBeside] = [await measure(toOneOfThem), await measure(toAll)]
      const [one, all] = [`${sent} to one of ${receivers} endpoints each`, `${sent} to all of ${receivers} endpoints`]
      return [
        ...figures(one, toOne),
        ...besideDead(one, toOneBeside, toOne),
        ...figures(all, alone),
        ...besideDead(all, toAllBeside, alone),
        {
          work: 'Idle, with rules, topics and alarms, of a processor a minute',
          unit: 'ms',
          ours: [idleMs],
          judged: 'value',
        },
      ]
    } finally {
      post.close()
      await server.stop()
      await place.remove()
    }
  },
}

const sent = `${perSecond.toLocaleString('en-US')} events a second`
const of = (runs: readonly Run[], name: keyof Run) => runs.map(run => run[name])

/** What a way came to, and what of it the receivers took of one processor: they must not be what is full. */
const figures = (work: string, runs: readonly Run[]): Figure[] => [
  {
    ...{ work: `${work}, accepted and received`, unit: '/s', judged: 'value', atLeast: 0.97 * perSecond },
    ours: of(runs, 'perSecond'),
  },
  {
    ...{ work: `${work}, from commit to receipt, p99`, unit: 'ms', judged: 'value', atMost: 1000 },
    ours: of(runs, 'p99'),
  },
  { work: `${work}, the server's processors`, unit: 'ms/s', judged: 'value', ours: of(runs, 'serverMs') },
  { work: `${work}, the receivers' processor`, unit: 'ms/s', judged: 'value', ours: of(runs, 'postMs') },
]

/** What a hundred endpoints that answer nothing change for those that answer. */
const besideDead = (work: string, beside: readonly Run[], alone: readonly Run[]): Figure[] => {
  const dead = `${work}, beside ${deadReceivers} that answer nothing`
  return [
    {
      ...{ work: dead, against: 'without them', unit: '/s', judged: 'ratio', atLeast: 0.9 },
      ...{ ours: of(beside, 'perSecond'), theirs: of(alone, 'perSecond') },
    },
    {
      ...{ work: `${dead}, p99`, against: 'without them', unit: 'ms', judged: 'ratio', atMost: 1.1 },
      ...{ ours: of(beside, 'p99'), theirs: of(alone, 'p99') },
    },
  ]
}

/** Whose a call's events are, and how many get each. */
interface Way {
  readonly source: (call: number) => string
  readonly copies: number
}

const shared = (index: number) => `shared${index}`
const toOneOfThem: Way = { source: call => shared(call % receivers), copies: 1 }
const toAll: Way = { source: () => 'alive', copies: receivers }

interface Run {
  readonly perSecond: number
  readonly p99: number
  /** Of the processors, in a second. */
  readonly serverMs: number
  readonly postMs: number
}

interface Sides {
  readonly server: ServerProcess
  readonly house: EventHouse
  readonly post: Post
}

/** Sends at the rate for a while, whether or not the server keeps up, and waits until everything is received. */
async function send({ server, house, post }: Sides, seconds: number, { source, copies }: Way): Promise<Run> {
  await post.begin()
  const count = perSecond * seconds
  const used = () => Promise.all([processMs(server.pid), processMs(post.pid)])
  const before = await used()
  const start = performance.now()
  const calls: Promise<void>[] = []
  for (let sent = 0; sent < count; sent += perCall) {
    const early = start + (1000 * sent) / perSecond - performance.now()
    if (early > 0) await sleep(early)
    calls.push(house.put(source(calls.length)))
  }
  await Promise.all(calls)
  while ((await post.count()).received < count * copies) await sleep(20)
  const whole = (performance.now() - start) / 1000
  const [serverMs, postMs] = (await used()).map((ms, index) => (ms - (before[index] ?? 0)) / whole)
  const told = await post.told()
  // The last are on their way for a while, as any are; longer than the goal lets them is a lack of speed.
  const taken = Math.max(seconds, whole - Math.min(told.p50, 1000) / 1000)
  return { perSecond: count / taken, p99: told.p99, serverMs: serverMs as number, postMs: postMs as number }
}

/** Endpoints that get events of their own, and are tried again and again. */
async function listenInVain(house: EventHouse, post: Post): Promise<void> {
  await house.listen(
    'dead',
    'dead',
    Array.from({ length: deadReceivers }, (_, index) => `${post.urls.at(-1)}/dead${index}`),
  )
  for (let calls = 0; calls < 3; calls++) await house.put('dead')
}

/** What a minute costs in which nothing happens: an alarm is looked at once. */
async function idleMinute(server: ServerProcess, credentials: Credentials, seconds: number): Promise<number> {
  const cloudwatch = new CloudWatch({ endpoint: server.url, region, credentials })
  for (let index = 0; index < 10; index++)
    await cloudwatch.putMetricAlarm({
      ...{ AlarmName: `idle-${index}`, Namespace: 'Bench', MetricName: 'Nothing', Statistic: 'Sum', Period: 60 },
      ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
    })
  await rested(server.pid)
  const before = await processMs(server.pid)
  await sleep(seconds * 1000)
  return ((await processMs(server.pid)) - before) * (60 / seconds)
}
