import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestStore } from '../store/store.fixture.ts'
import { claim, nextDue } from './queue.ts'

const room = { free: 10, held: new Map<string, number>() }

test('what is due now is had now, when its lease ends now too, and nobody waits for it any more', async () => {
  const store = await openTestStore()
  const now = Date.now()
  await store.transaction(tx => tx.enqueue('thing', 'a', new Date(now)))
  await store.db.updateTable('work').set({ leased_until: now, lease: 'of a dead worker' }).execute()
  assert.equal(await nextDue(store.db, now), undefined)
  assert.deepEqual(
    (await claim(store.db, now, room)).map(({ key }) => key),
    ['a'],
  )
  assert.deepEqual(await claim(store.db, now, room), [])
  await store.close()
})
