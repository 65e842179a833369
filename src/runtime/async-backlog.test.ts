import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Db } from '../store/database.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { type AsyncInvocation, asyncBacklog } from './async-backlog.ts'

const account = '111122223333'
const one = { arn: 'endpoint/one', account }
const two = { arn: 'endpoint/two', account }
const request = (expires: number, inline = ''): AsyncInvocation => ({
  ...{ inferenceId: 'i', input: { inline }, outputLocation: 's3://b/ö.out', expires, timeoutMs: 1 },
})

async function counted(db: Db) {
  const row = db.selectFrom('storage_usage').select('bytes').where('service', '=', 'sagemaker')
  return (await row.where('account', '=', account).executeTakeFirst())?.bytes
}

async function recounted(db: Db) {
  const rows = await db.selectFrom('async_invocation').select('request').execute()
  return rows.reduce((sum, { request }) => sum + Buffer.byteLength(request), 0)
}

it('what waits is counted as it comes, changes and goes', async () => {
  const store = await openTestStore()
  const { db } = store
  const add = (endpoint = one, inline = '') =>
    store.transaction(tx => asyncBacklog.add(tx, endpoint, 1, request(9, inline)))
  for (const inline of ['', 'a'.repeat(1000), 'b']) await add(one, inline)
  await add(two)
  const holds = async (first: number, second: number) => {
    assert.equal(await asyncBacklog.count(store, 'endpoint/one'), first)
    assert.equal(await asyncBacklog.count(store, 'endpoint/two'), second)
    assert.equal(await counted(db), await recounted(db))
  }
  await holds(3, 1)
  const [first] = await asyncBacklog.next(store, 'endpoint/one', 0, 1)
  assert.ok(first)
  const content = 'c'.repeat(5000)
  const settled = { kind: 'answer', download: 1, model: 1, upload: 1, content } as const
  const before = (await counted(db)) ?? 0
  await store.transaction(tx => asyncBacklog.settle(tx, first, settled))
  assert.ok(((await counted(db)) ?? 0) > before + 5000)
  await holds(3, 1)
  await store.transaction(tx => asyncBacklog.remove(tx, first.sequence))
  await holds(2, 1)
  await store.transaction(tx => asyncBacklog.clear(tx, 'endpoint/two', 10))
  await holds(2, 0)
  await store.transaction(tx => asyncBacklog.clear(tx, 'endpoint/one', 10))
  await holds(0, 0)
  assert.equal(await counted(db), 0)
  assert.deepEqual(await db.selectFrom('async_backlog').selectAll().execute(), [])
  await store.close()
})

it('what is too old is found by its end, of those that came after the given one', async () => {
  const store = await openTestStore()
  const ends = [50, 10, 40, 20, 30]
  for (const expires of ends)
    await store.transaction(tx => asyncBacklog.add(tx, { arn: 'endpoint/one', account }, 1, request(expires)))
  const sequences = (await asyncBacklog.next(store, 'endpoint/one', 0, 9)).map(({ sequence }) => sequence)
  const old = async (after: number, now: number, limit = 9) =>
    (await asyncBacklog.expired(store, 'endpoint/one', after, now, limit)).map(({ invocation }) => invocation.expires)
  assert.deepEqual(await old(0, 40), [10, 20, 30])
  assert.deepEqual(await old(0, 41, 2), [10, 20])
  assert.deepEqual(await old(sequences[2] ?? 0, 40), [20, 30])
  assert.equal(await asyncBacklog.firstExpiry(store, 'endpoint/one', 0), 10)
  assert.equal(await asyncBacklog.firstExpiry(store, 'endpoint/one', sequences[3] ?? 0), 30)
  assert.equal(await asyncBacklog.firstExpiry(store, 'endpoint/two', 0), undefined)
  await store.close()
})
