import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { SessionPlace } from '../runtime/sessions.ts'
import { createKnownSessions } from './known-sessions.ts'
import { LinkBroken } from './link.ts'

const key = { endpoint: 'one', id: 'a' }
const place: SessionPlace = { logStream: 'first', expires: 1 }

/** A control plane that answers when it is told to. */
function world() {
  const asked: { readonly name: string; readonly answer: PromiseWithResolvers<never> }[] = []
  const sessions = createKnownSessions(() => ({
    ask(name: string) {
      const answer = Promise.withResolvers<never>()
      asked.push({ name, answer })
      return answer.promise
    },
  }))
  const names = () => asked.map(({ name }) => name)
  const answer = async (at: number, given?: unknown) => {
    if (given instanceof Error) asked[at]?.answer.reject(given)
    else asked[at]?.answer.resolve(given as never)
    await new Promise(setImmediate)
  }
  return { sessions, names, answer }
}

it('a session is asked for once, and not known any more when it is closed', async () => {
  const { sessions, names, answer } = world()
  const found = sessions.find(key)
  await answer(0, place)
  assert.deepEqual(await found, place)
  assert.deepEqual(sessions.find(key), place)
  sessions.forget(key)
  const again = sessions.find(key)
  await answer(1, undefined)
  assert.equal(await again, undefined)
  assert.deepEqual(names(), ['findSession', 'findSession'])
})

it('one that is closed while it is asked for is asked for again', async () => {
  const { sessions, answer } = world()
  const found = sessions.find(key)
  sessions.forget(key)
  await answer(0, place)
  await answer(1, undefined)
  assert.equal(await found, undefined)
})

it('one that began while the control plane was away is known here, and told when that comes again', async () => {
  const { sessions, names, answer } = world()
  const opened = sessions.open(key, place, ['second'])
  await answer(0, new LinkBroken())
  assert.deepEqual(sessions.find(key), place)
  assert.equal(await opened, true)
  const told = sessions.tellAgain()
  await answer(1, new LinkBroken())
  await told
  const heard = sessions.tellAgain()
  await answer(2, true)
  await heard
  await sessions.tellAgain()
  assert.deepEqual(names(), ['openSession', 'openSession', 'openSession'])
})

it('one that the control plane does not take has not begun', async () => {
  const { sessions, answer } = world()
  const opened = sessions.open(key, place, ['second'])
  await Promise.all([assert.rejects(opened, /the disk is full/), answer(0, new Error('the disk is full'))])
  const found = sessions.find(key)
  await answer(1, undefined)
  assert.equal(await found, undefined)
})

it("one by another instance's id has not begun", async () => {
  const { sessions, answer } = world()
  const opened = sessions.open(key, place, ['second'])
  await answer(0, false)
  assert.equal(await opened, false)
  const found = sessions.find(key)
  await answer(1, { ...place, logStream: 'second' })
  assert.deepEqual(await found, { ...place, logStream: 'second' })
})

it('one that is closed while the control plane is away is closed', async () => {
  const { sessions, names, answer } = world()
  const opened = sessions.open(key, place, ['second'])
  await answer(0, true)
  await opened
  const closed = sessions.close(key)
  await answer(1, new LinkBroken())
  await closed
  await sessions.tellAgain()
  const found = sessions.find(key)
  await answer(2, undefined)
  assert.equal(await found, undefined)
  assert.deepEqual(names(), ['openSession', 'closeSession', 'findSession'])
})

it('one that began while the control plane was away, by an id that another instance took meanwhile, is that one', async () => {
  const { sessions, answer } = world()
  const opened = sessions.open(key, place, ['second'])
  await answer(0, new LinkBroken())
  await opened
  const told = sessions.tellAgain()
  await answer(1, false)
  await told
  const found = sessions.find(key)
  await answer(2, { ...place, logStream: 'second' })
  assert.deepEqual(await found, { ...place, logStream: 'second' })
})
