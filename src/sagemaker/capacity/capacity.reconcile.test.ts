import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { systemClock, useClock } from '../../ground/clock.ts'
import type { Platform } from '../../service/context.ts'
import { openTestStore } from '../../store/store.fixture.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { trainingJobs } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { capacityReconciler } from './capacity.reconcile.ts'
import { readRows } from './capacity-rows.ts'

const gib = 1024 ** 3
const many = 4_000
const arnOf = (n: number) => `arn:aws:sagemaker:r:a:training-job/${String(n).padStart(5, '0')}`
const waiting = 'Waiting for capacity: the machine is taken by jobs that came before and by endpoints.'

const job = (n: number, message = waiting): TrainingJobRow =>
  ({
    ...{ arn: arnOf(n), account: 'a', region: 'r', name: String(n), parent: '', created: n, modified: n },
    ...{ status: 'InProgress', hyperParameters: { secret: 'x'.repeat(1000) } },
    request: { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 } },
    transitions: [
      { Status: 'Starting', StartTime: n, StatusMessage: 'before' },
      { Status: 'Starting', StartTime: n, StatusMessage: message },
    ],
  }) as never

async function insertMany({ db }: Store, rows: readonly TrainingJobRow[]): Promise<void> {
  const columns = rows.map(row => {
    const { arn, account, region, name, parent, status, created, modified } = row
    const document = JSON.stringify(row)
    return { ...{ arn, account, region, name, parent, status, created, modified }, kind: 'training-job', document }
  })
  for (let at = 0; at < columns.length; at += 100)
    await db
      .insertInto('resource')
      .values(columns.slice(at, at + 100))
      .execute()
}

/** A machine with room for eight `ml.m5.large`, over a store. */
const lookAt = (store: Store) => {
  const platform = { store, driver: { info: async () => ({ cpus: 4, memoryBytes: 16 * gib, gpus: 0 }) } }
  return capacityReconciler(platform as unknown as Platform, () => 16 * gib)
}
const signal = new AbortController().signal

test('a look at thousands of jobs gives up its turn all the while, and keeps little of each', async () => {
  const store = await openTestStore()
  await insertMany(
    store,
    Array.from({ length: many }, (_, n) => job(n)),
  )
  let elapsed = 0
  using _ = useClock({ ...systemClock, elapsed: () => (elapsed += 0.1) })
  let looks = 0
  let isOver = false
  const reading = readRows(store.db).finally(() => {
    isOver = true
  })
  for (; !isOver; looks++) await tick()
  const { jobs } = await reading
  assert.equal(jobs.length, many)
  assert.deepEqual(
    jobs.slice(0, 20).map(({ row }) => row.arn),
    Array.from({ length: 20 }, (_, n) => arnOf(n)),
  )
  assert.ok(!JSON.stringify(jobs).includes('secret'))
  assert.ok(looks > many / 100, `the process looked ${looks} times at what had arrived`)
  await store.close()
})

test('what changes while it looks is passed over: a job that was stopped does not go in', async () => {
  const store = await openTestStore()
  await insertMany(
    store,
    Array.from({ length: 30 }, (_, n) => job(n, 'just made')),
  )
  const stopped = (tx: Transaction) => trainingJobs.update(tx, arnOf(1), { status: 'Stopping' })
  const transaction: Store['transaction'] = async work => {
    await store.transaction(stopped)
    return store.transaction(work)
  }
  assert.deepEqual(await lookAt({ ...store, transaction })('machine', signal), { after: 5000 })
  const rows = await Promise.all(Array.from({ length: 30 }, (_, n) => trainingJobs.get(store, arnOf(n))))
  assert.equal(rows[1]?.admission, undefined)
  assert.ok(rows.slice(2, 8).every(row => row?.admission?.memoryPart === 1))
  assert.deepEqual(
    rows.slice(10).map(row => row?.transitions.map(({ StatusMessage }) => StatusMessage)),
    Array.from({ length: 20 }, () => ['before', waiting]),
  )
  await store.close()
})
