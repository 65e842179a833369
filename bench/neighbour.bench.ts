import { randomUUID } from 'node:crypto'
import type { Bench, Figure } from './bench.ts'
import { type Flood, startFlood } from './flood.ts'
import { load } from './load.ts'
import { alternate } from './rounds.ts'
import type { Stage } from './stage.ts'
import { createSigner, type Plain } from './wire-request.ts'

const rounds = 3
const seconds = 1
/** At once, of the account that asks many things. */
const many = 200

/**
 * How long one account waits for a Describe beside what another does, as much of it at once as it may, against the same in a quiet server.
 * The client that is measured has the machine's processors before the others' (`flood.ts`), and the server has them as usual.
 */
export const neighbourBench: Bench = {
  name: 'neighbour',
  async run(stage) {
    const { url } = await stage.server()
    const { credentials } = (await stage.buyer()).clients
    const neighbour = createSigner(url, 'sagemaker', credentials)
    const named = { ModelPackageGroupName: 'neighbour' }
    await load(url, { requests: [await neighbour(call('CreateModelPackageGroup', named))], connections: 1, count: 1 })
    const describe = [await neighbour(call('DescribeModelPackageGroup', named))]
    const p99 = async (): Promise<number> => (await load(url, { requests: describe, connections: 1, seconds })).p99Ms
    const floods = await floodsOf(stage)

    const beside = (flood: () => Promise<Flood>) => async (): Promise<number> => {
      const attack = await startFlood(url, await flood())
      try {
        return await p99()
      } finally {
        await attack.end()
      }
    }
    const works = Object.fromEntries(Object.entries(floods).map(([what, flood]) => [what, beside(flood)]))
    const { quiet = [], ...taken } = await alternate<string>(rounds, { quiet: p99, ...works })
    return Object.entries(taken).map(
      ([what, ours]): Figure => ({
        work: `DescribeModelPackageGroup, p99, beside another account’s ${what}`,
        ...{ against: 'in a quiet server', unit: 'ms', judged: 'ratio', atMost: 3, ours, theirs: quiet },
      }),
    )
  },
}

/** What the other account has made, and what it does, by name. */
async function floodsOf(stage: Stage): Promise<Record<string, () => Promise<Flood>>> {
  const { url } = await stage.server()
  const { clients, bucket } = await stage.seller()
  const { credentials, logs } = clients
  const sagemaker = createSigner(url, 'sagemaker', credentials)
  const s3 = createSigner(url, 's3', credentials)
  const group = async () => sagemaker(call('CreateModelPackageGroup', { ModelPackageGroupName: `g-${randomUUID()}` }))
  const groups = (count: number) => Promise.all(Array.from({ length: count }, group))
  await load(url, { requests: await groups(2000), connections: 20, count: 2000 })
  await logs.createLogGroup({ logGroupName: 'lines' })
  await logs.createLogStream({ logGroupName: 'lines', logStreamName: 's' })
  for (let batch = 0; batch < 10; batch++) {
    const logEvents = Array.from({ length: 1000 }, () => ({ timestamp: Date.now(), message: 'x'.repeat(500) }))
    await logs.putLogEvents({ logGroupName: 'lines', logStreamName: 's', logEvents })
  }
  const repeated = async (request: Promise<Buffer>, connections = many) => ({
    ...{ requests: [await request], connections, isRepeated: true },
  })
  const filter = call('FilterLogEvents', { logGroupName: 'lines', filterPattern: '%x*x*y%' }, 'Logs_20140328')
  const xml = Buffer.from(`<Delete>${'<Object><Key>k</Key></Object>'.repeat(300_000)}</Delete>`)
  return {
    [`${many} lists and groups that it makes`]: async () => {
      const list = await sagemaker(call('ListModelPackageGroups', { MaxResults: 100 }))
      const requests = (await groups(1500)).flatMap(create => [list, list, list, create])
      return { requests, connections: many, isRepeated: false }
    },
    [`${many} lists that find nothing among 2,000`]: () =>
      repeated(sagemaker(call('ListModelPackageGroups', { NameContains: 'nothing' }))),
    [`${many} searches`]: () => repeated(sagemaker(call('Search', { Resource: 'ModelPackageGroup', MaxResults: 100 }))),
    '20 uploads of a megabyte': () =>
      repeated(s3({ method: 'PUT', path: `/${bucket}/flood`, body: Buffer.alloc(1 << 20) }), 20),
    '4 requests of 9 MB of XML': () => repeated(s3({ method: 'POST', path: `/${bucket}?delete=`, body: xml }), 4),
    '20 patterns over 10,000 lines': () => repeated(createSigner(url, 'logs', credentials)(filter), 20),
  }
}

const call = (operation: string, input: object, target = 'SageMaker'): Plain => ({
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${operation}` },
  body: Buffer.from(JSON.stringify(input)),
})
