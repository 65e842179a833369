import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { EngineError, EngineUnavailable } from '../driver/engine-client.ts'
import { NotIsolated } from '../driver/proven-driver.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { createRoutingTable } from '../runtime/routing-table.ts'
import type { Platform } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import type { LogPumps } from '../workload/log-pump.ts'
import { decideOwnTrouble } from './own-trouble.ts'
import { endpointReconciler } from './serving/endpoint.reconcile.ts'
import { type EndpointRow, endpoints } from './serving/endpoint.ts'
import { HostLost, type ModelHosts } from './serving/model-host.ts'
import { transformJobReconciler } from './transform/transform-job.reconcile.ts'
import { transformJobs } from './transform/transform-job.ts'
import type { TransformJobRow } from './transform/transform-job-row.ts'

const refusal = new EngineError('POST /containers/create', 500, 'no space left for containers')
const away = new EngineUnavailable('connect ENOENT', new Error())
const open = new NotIsolated({ isolated: false, escaped: ['internet'] })
const given = 'InternalServerError: the container engine refused: no space left for containers (tried 13 times)'

for (const [what, tries, error, step] of [
  ['the first error', undefined, refusal, { do: 'try again', tries: 1 }],
  ['the twelfth', 11, refusal, { do: 'try again', tries: 12 }],
  ['the thirteenth', 12, refusal, { do: 'give up', reason: given }],
  ['one more, should there be one', 13, refusal, { do: 'give up', reason: given.replace('13', '14') }],
  ['an engine that is away', undefined, away, { do: 'wait' }],
  ['an engine that is away after twelve errors', 12, away, { do: 'wait' }],
  ['a machine that is not closed', 12, open, { do: 'wait' }],
  [
    'a full disk',
    12,
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    { do: 'give up', reason: 'InternalServerError: the disk of this installation is full (tried 13 times)' },
  ],
  ['what is no Error', 12, 'odd', { do: 'give up', reason: 'InternalServerError: odd (tried 13 times)' }],
] as const)
  test(`${what}: ${step.do}`, () => assert.deepEqual(decideOwnTrouble({ tries }, error), step))

/** Reconcilers over a store, before an engine that refuses every container with `error`. */
async function house(error: Error) {
  const store = await openTestStore()
  const removed: string[] = []
  const hosts = {
    start: () => Promise.reject(error),
    removeAttempt: async (arn: string, attempt: number) => void removed.push(`${arn} ${attempt}`),
  } as unknown as ModelHosts
  const pumps = {} as LogPumps
  const platform = {
    ...{ store, log: pino({ level: 'silent' }) },
    driver: { list: async () => [], observe: async () => undefined },
    iam: { assumeForService: async () => ({}) },
    objects: {
      checkWritable: async () => {},
      list: async function* () {
        yield { key: 'in', size: 1, etag: '', lastModified: new Date(0) }
      },
    },
    workspace: { marks: async () => new Set() },
    market: { usageStopped: async () => {} },
  } as unknown as Platform
  return {
    ...{ store, removed },
    endpoint: endpointReconciler(
      ...([platform, hosts, pumps, createRoutingTable()] as const),
      { leases: { idleFor: () => 0, failed() {}, forget() {} }, idleMs: 1 },
      { of: () => [] },
    ),
    transform: transformJobReconciler(platform, { hosts, pumps } as never),
  }
}

const place = { account: '123456789012', region: 'us-east-1', parent: '', created: 1, modified: 1 }
const model = { containers: [], executionRole: 'arn:aws:iam::123456789012:role/R', invocation: 'Serial', name: 'm' }

const endpointRow = {
  ...{ ...place, arn: 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/e', name: 'e', status: 'Creating' },
  target: {
    configName: 'c',
    variants: [{ name: 'v', instanceType: 'ml.m5.large', weight: 1, startupTimeoutSeconds: 1, model }],
    hosts: [{ variant: 'v', index: 0, attempt: 1, memoryPart: 1 }],
  },
  lastAttempt: 1,
} as unknown as EndpointRow

const transformRow = {
  ...{ ...place, arn: 'arn:aws:sagemaker:us-east-1:123456789012:transform-job/t', name: 't', status: 'InProgress' },
  ...{ model, attempt: 1, admission: { at: 1, memoryPart: 1 } },
  request: {
    TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://in/' } } },
    TransformOutput: { S3OutputPath: 's3://out/' },
    TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
  },
} as unknown as TransformJobRow

/** How often the work failed before it was given up, as the queue would do it. */
async function failures(reconcile: Reconciler, arn: string, most: number): Promise<number> {
  for (let count = 0; count < most; count++) {
    const outcome = await reconcile(arn, new AbortController().signal).catch((error: Error) => error)
    if (!(outcome instanceof Error)) return count
  }
  return most
}

test('an endpoint whose containers the engine refuses fails after twelve tries more, with the reason', async () => {
  const { store, endpoint } = await house(refusal)
  await store.transaction(tx => endpoints.insert(tx, endpointRow))
  assert.equal(await failures(endpoint, endpointRow.arn, 20), 12)
  const row = await endpoints.get(store, endpointRow.arn)
  assert.deepEqual([row?.status, row?.failureReason, row?.tries], ['Failed', given, undefined])
  await store.close()
})

test('an update whose containers the engine refuses leaves what serves', async () => {
  const { store, endpoint } = await house(refusal)
  const live = { ...endpointRow.target, hosts: [] }
  await store.transaction(tx => endpoints.insert(tx, { ...endpointRow, status: 'Updating', live } as EndpointRow))
  assert.equal(await failures(endpoint, endpointRow.arn, 20), 12)
  const row = await endpoints.get(store, endpointRow.arn)
  assert.deepEqual([row?.status, row?.failureReason, row?.target], ['InService', given, undefined])
  await store.close()
})

test('a transform job whose containers the engine refuses fails after twelve tries more, with the reason', async () => {
  const { store, transform } = await house(refusal)
  await store.transaction(tx => transformJobs.insert(tx, transformRow))
  assert.equal(await failures(transform, transformRow.arn, 20), 12)
  const row = await transformJobs.get(store, transformRow.arn)
  assert.deepEqual([row?.status, row?.failureReason], ['Failed', given])
  await store.close()
})

test('an engine that is away is waited for as long as it takes', async () => {
  const { store, endpoint, transform } = await house(away)
  await store.transaction(async tx => {
    await endpoints.insert(tx, endpointRow)
    await transformJobs.insert(tx, transformRow)
  })
  assert.equal(await failures(endpoint, endpointRow.arn, 30), 30)
  assert.equal(await failures(transform, transformRow.arn, 30), 30)
  assert.equal((await endpoints.get(store, endpointRow.arn))?.status, 'Creating')
  assert.equal((await transformJobs.get(store, transformRow.arn))?.status, 'InProgress')
  await store.close()
})

test('an attempt of a transform job that lost its container gives back its files, and the next begins', async () => {
  const { store, transform, removed } = await house(new HostLost('gone'))
  await store.transaction(tx => transformJobs.insert(tx, transformRow))
  assert.equal(await failures(transform, transformRow.arn, 1), 0)
  assert.equal((await transformJobs.get(store, transformRow.arn))?.attempt, 2)
  assert.deepEqual(removed, [`${transformRow.arn} 1`])
  await store.close()
})
