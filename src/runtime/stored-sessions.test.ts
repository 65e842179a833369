import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openTestStore } from '../store/store.fixture.ts'
import type { SessionKey } from './sessions.ts'
import { createStoredSessions, storedSessions } from './stored-sessions.ts'

const later = Date.now() + 60_000
const key = (id: string, endpoint = 'one'): SessionKey => ({ endpoint, id })
const place = (logStream: string, expires = later) => ({ logStream, expires })

it('sessions are found until they are closed, and what is over goes with the next one', async () => {
  const store = await openTestStore()
  const forgotten: SessionKey[] = []
  const sessions = createStoredSessions(store, async closed => {
    assert.equal(await sessions.find(closed), undefined)
    forgotten.push(closed)
  })
  assert.ok(await sessions.open(key('a'), place('first'), ['other']))
  assert.ok(await sessions.open(key('a', 'two'), place('second'), ['other']))
  assert.ok(await sessions.open(key('over'), place('first', 1), ['other']))
  assert.deepEqual(await sessions.find(key('a')), place('first'))
  assert.deepEqual(await sessions.find(key('a', 'two')), place('second'))
  assert.deepEqual(await sessions.find(key('over')), place('first', 1))

  // A worker that has not heard whether it was taken tells it again.
  assert.ok(await sessions.open(key('a'), place('third', later + 1), ['other']))
  assert.deepEqual(await sessions.find(key('a')), place('third', later + 1))
  assert.equal(await sessions.find(key('over')), undefined)

  // Another instance takes it only when nobody serves it any more.
  assert.equal(await sessions.open(key('a'), place('fourth'), ['other', 'third']), false)
  assert.deepEqual(await sessions.find(key('a')), place('third', later + 1))
  assert.ok(await sessions.open(key('a'), place('fourth'), []))
  assert.deepEqual(await sessions.find(key('a')), place('fourth'))

  await sessions.close(key('a'))
  assert.deepEqual(forgotten, [key('a')])
  assert.deepEqual(await sessions.find(key('a', 'two')), place('second'))
  await store.transaction(tx => storedSessions.clear(tx, 'two'))
  assert.equal(await sessions.find(key('a', 'two')), undefined)
  await store.close()
})

it('an endpoint holds so many: the one that would end first makes room, and is forgotten', async () => {
  const store = await openTestStore()
  const forgotten: string[] = []
  const sessions = createStoredSessions(store, async ({ id }) => void forgotten.push(id))
  const rows = Array.from({ length: 10_000 }, (_, index) => ({
    ...{ endpoint: 'one', id: `s${index}`, log_stream: 'first', expires: later + index },
  }))
  await store.transaction(async ({ db }) => {
    for (let from = 0; from < rows.length; from += 500)
      await db
        .insertInto('endpoint_session')
        .values(rows.slice(from, from + 500))
        .execute()
  })
  assert.ok(await sessions.open(key('s5'), place('first', later + 5), []))
  assert.deepEqual(forgotten, [], 'one that is there takes no more room')
  assert.ok(await sessions.open(key('more'), place('first', later + 20_000), []))
  assert.ok(await sessions.open(key('more', 'two'), place('first'), []))
  assert.deepEqual(forgotten, ['s0'])
  assert.equal(await sessions.find(key('s0')), undefined)
  assert.deepEqual(await sessions.find(key('s1')), place('first', later + 1))
  await store.close()
})
