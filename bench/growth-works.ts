import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { openIamFixture, policy } from '../src/iam/iam.fixture.ts'
import { openMetrics } from '../src/metrics/metrics.fixture.ts'
import { sweepLifecycles } from '../src/s3/lifecycle-sweep.ts'
import { openS3Fixture } from '../src/s3/s3.fixture.ts'
import { capacityReconciler } from '../src/sagemaker/capacity/capacity.reconcile.ts'
import { trainingJobs } from '../src/sagemaker/training/training-job.ts'
import type { TrainingJobRow } from '../src/sagemaker/training/training-job-row.ts'
import type { Platform } from '../src/service/context.ts'
import type { ListFilter } from '../src/store/resources.ts'
import { openTestStore } from '../src/store/store.fixture.ts'

/** One size of one work. */
interface Grown extends AsyncDisposable {
  ask(): Promise<unknown>
  /** Before each time it is asked, and not measured. */
  prepare?(): Promise<unknown>
}

/** What takes less than a clock tells is asked so often. */
async function hundredTimes(work: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < 100; time++) await work()
}

export interface Growth {
  readonly work: string
  /** What there is of that number. */
  readonly of: string
  /** Grown by 1, 10 and 100; divided by `shortBy` unless the bench is run in full. */
  readonly size: number
  readonly shortBy?: number
  /** So many times as large an answer at 100 times the size. */
  readonly answer: number
  open(size: number): Promise<Grown>
}

const account = '111122223333'
const region = 'us-east-1'
const day = 86_400_000

/** Rows of finished jobs, a few of them running, in one account. */
async function openJobs(count: number) {
  const store = await openTestStore(':memory:')
  await store.transaction(async tx => {
    for (let index = 0; index < count; index++) {
      const name = `job-${index}`
      const times = { created: index, modified: index }
      const row = {
        ...{ arn: `arn:aws:sagemaker:${region}:${account}:training-job/${name}`, account, region, name, ...times },
        ...{ parent: `group-${index % 10}`, status: index % (count / 5) === 0 ? 'InProgress' : 'Completed' },
        request: { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 } },
        ...{ transitions: [], admission: { at: 0, memoryPart: 1 } },
      }
      await trainingJobs.insert(tx, row as unknown as TrainingJobRow)
    }
  })
  return store
}

const listing = (work: string, filter: (count: number) => Partial<ListFilter>): Growth => ({
  ...{ work: `A hundred lists of jobs ${work}`, of: 'jobs', size: 1000, shortBy: 10, answer: 1 },
  async open(count) {
    const store = await openJobs(count)
    const asked: ListFilter = { account, region, sortBy: 'created', descending: true, limit: 10, ...filter(count) }
    return {
      ask: () => hundredTimes(() => trainingJobs.list(store, asked)),
      [Symbol.asyncDispose]: () => store.close(),
    }
  },
})

const capacity: Growth = {
  ...{ work: 'A hundred rounds of capacity', of: 'jobs ever made', size: 1000, shortBy: 10, answer: 1 },
  async open(count) {
    const store = await openJobs(count)
    const driver = { info: async () => ({ cpus: 2, memoryBytes: 2 ** 34, gpus: 0 }) }
    const round = capacityReconciler({ store, driver, now: () => new Date() } as unknown as Platform)
    const ask = () => hundredTimes(async () => round('machine', new AbortController().signal))
    return { ask, [Symbol.asyncDispose]: () => store.close() }
  },
}

async function openBucket(count: number) {
  const house = await openS3Fixture()
  const { ask } = house.owner
  await ask('CreateBucket', { Bucket: 'growth' })
  const put = (key: number) => ask('PutObject', { Bucket: 'growth', Key: `k/${key}`, Body: Buffer.from('x') })
  const fill = async () => {
    for (let begun = 0; begun < count; begun += 100)
      await Promise.all(Array.from({ length: Math.min(100, count - begun) }, (_, index) => put(begun + index)))
  }
  await fill()
  return { ...house, ask, fill, [Symbol.asyncDispose]: () => house.close() }
}

const lifecycle: Growth = {
  ...{ work: 'Lifecycle sweep with nothing due', of: 'objects', size: 1000, shortBy: 10, answer: 100 },
  async open(count) {
    const house = await openBucket(count)
    const rule = { ID: 'r', Status: 'Enabled', Filter: { Prefix: 'k/' }, Expiration: { Days: 30 } }
    const input = { Bucket: 'growth', LifecycleConfiguration: { Rules: [rule] } }
    await house.ask('PutBucketLifecycleConfiguration', input)
    return { ...house, ask: () => sweepLifecycles({ store: house.store, now: () => new Date() }) }
  },
}

const deletion: Growth = {
  ...{ work: 'DeleteObjects', of: 'keys', size: 10, answer: 100 },
  async open(count) {
    const house = await openBucket(count)
    const Objects = Array.from({ length: count }, (_, key) => ({ Key: `k/${key}` }))
    return {
      ...house,
      prepare: house.fill,
      ask: () => house.ask('DeleteObjects', { Bucket: 'growth', Delete: { Objects } }),
    }
  },
}

const bigObject: Growth = {
  ...{ work: 'PutObject', of: 'KiB', size: 512, answer: 100 },
  async open(kibibytes) {
    const house = await openBucket(0)
    const chunk = randomBytes(64 * 1024)
    const chunks = Array.from({ length: kibibytes / 64 }, () => chunk)
    const body = () => Object.assign(Readable.from(chunks, { objectMode: false }), { trailers: {} })
    return { ...house, ask: () => house.ask('PutObject', { Bucket: 'growth', Key: 'big', Body: body() }) }
  },
}

const metricData: Growth = {
  ...{ work: 'GetMetricData over a day', of: 'queries', size: 5, answer: 100 },
  async open(count) {
    const house = await openMetrics()
    const start = house.clock.now.getTime()
    const points = Array.from({ length: 288 }, (_, index) => new Date(start - index * 300_000))
    for (let begun = 0; begun < points.length; begun += 100) {
      const MetricData = points.slice(begun, begun + 100).map(Timestamp => ({ MetricName: 'm', Timestamp, Value: 1 }))
      await house.call('PutMetricData', { Namespace: 'growth', MetricData })
    }
    await house.metrics.flush()
    const MetricStat = { Metric: { Namespace: 'growth', MetricName: 'm' }, Period: 300, Stat: 'Average' }
    const MetricDataQueries = Array.from({ length: count }, (_, index) => ({ Id: `q${index}`, MetricStat }))
    const span = { StartTime: new Date(start - day), EndTime: new Date(start) }
    const ask = () => house.call('GetMetricData', { MetricDataQueries, ...span })
    return { ask, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() }
  },
}

/** Each request is another user's, and no two have the same policy: of few users what was read is remembered, of many not all. */
const policies: Growth = {
  ...{ work: 'A hundred requests', of: 'users with a policy each', size: 40, answer: 4 },
  async open(count) {
    const house = await openIamFixture()
    const users: Awaited<ReturnType<typeof house.userNamed>>[] = []
    for (let index = 0; index < count; index++) {
      const UserName = `user-${index}`
      users.push(await house.userNamed(UserName))
      const PolicyDocument = policy('iam:GetUser', `arn:aws:iam::*:user/user-${index}`)
      await house.root.iam('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
    }
    let next = 0
    const ask = async () => {
      for (let request = 0; request < 100; request++, next++)
        await users[next % count]?.iam('GetUser', { UserName: `user-${next % count}` })
    }
    return { ask, [Symbol.asyncDispose]: () => house.store.close() }
  },
}

const after = (count: number): Pick<ListFilter, 'after'> => ({
  after: [count / 2, `arn:aws:sagemaker:${region}:${account}:training-job/job-${count / 2}`],
})

export const growths: readonly Growth[] = [
  lifecycle,
  listing('by time, a page in the midst', count => after(count)),
  listing('by time, a page in the midst within times', count => ({
    ...after(count),
    createdBefore: new Date(count),
    createdAfter: new Date(1),
  })),
  listing('by status', () => ({ status: 'InProgress', limit: 5 })),
  listing('by parent', () => ({ parent: 'group-3' })),
  listing('by name', () => ({ sortBy: 'name', descending: false })),
  capacity,
  metricData,
  deletion,
  policies,
  bigObject,
]
