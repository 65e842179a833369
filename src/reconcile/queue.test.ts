import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestStore } from '../store/store.fixture.ts'
import { claim, complete, freeServer, nextDue } from './queue.ts'
import { liveAlone } from './server-life.ts'

const room = { free: 10, held: new Map<string, number>() }

test('what is due now is had now, by one only, and nobody waits for it any more', async () => {
  const store = await openTestStore()
  await liveAlone(store)
  const now = Date.now()
  for (const key of ['b', 'a'])
    await store.transaction(tx => tx.enqueue('thing', key, new Date(now - Number(key === 'b'))))
  assert.equal(await nextDue(store.db, now), undefined)
  const { leases } = await claim(store, now, room)
  assert.deepEqual(
    leases.map(({ key }) => key),
    ['b', 'a'],
  )
  assert.deepEqual(await claim(store, now, room), { leases: [], isMore: false })
  for (const lease of leases) await complete(store.db, lease)
  assert.deepEqual(await store.db.selectFrom('work').selectAll().execute(), [])
  await store.close()
})

test('what was claimed while the answer was lost is free again, but for what is known', async () => {
  const store = await openTestStore()
  await liveAlone(store)
  const now = Date.now()
  await store.transaction(tx => tx.enqueue('thing', 'known', new Date(now)))
  const { leases } = await claim(store, now, room)
  await store.transaction(tx => tx.enqueue('thing', 'lost', new Date(now)))
  await claim(store, now, room)
  await freeServer(store.db, store.server, { but: leases.map(({ id }) => id) })
  assert.deepEqual(
    (await claim(store, now, room)).leases.map(({ key }) => key),
    ['lost'],
  )
  await store.close()
})

test('a server takes what another held that is gone', async () => {
  const store = await openTestStore()
  await liveAlone(store)
  const now = Date.now()
  await store.transaction(tx => tx.enqueue('thing', 'a', new Date(now)))
  assert.equal((await claim(store, now, room)).leases.length, 1)
  const next = { db: store.db, server: 'the next' }
  await liveAlone(next)
  assert.equal((await claim(next, now, room)).leases.length, 1)
  await store.close()
})
