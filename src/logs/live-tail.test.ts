import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type Clock, systemClock, useClock } from '../ground/clock.ts'
import { createLiveTails, type Tail } from './live-tail.ts'

const stream = { account: '111122223333', region: 'us-east-1', group: 'app', stream: 'one' }
const tail: Tail = {
  account: stream.account,
  groups: [{ account: stream.account, region: stream.region, group: 'app' }],
  wants: () => true,
  matches: async messages => messages.map(() => true),
}

/** The timers that were set, called by the tests: one a session that ticks, one that ends it. */
let [ticks, ends, clock] = [new Set<() => void>(), new Set<() => void>(), {} as Disposable]
const kept = (set: Set<() => void>, callback: () => void): Disposable => {
  set.add(callback)
  return { [Symbol.dispose]: () => void set.delete(callback) }
}
beforeEach(() => {
  const hand: Clock = {
    ...systemClock,
    every: (_, callback) => kept(ticks, callback),
    after: (_, callback) => kept(ends, callback),
  }
  clock = useClock(hand)
})
afterEach(() => {
  clock[Symbol.dispose]()
  ticks = new Set()
  ends = new Set()
})

const tails = () => createLiveTails(async ({ events }) => events.length)
const write = (to: ReturnType<typeof tails>, ...messages: string[]) =>
  to.writeChunks({ stream, events: messages.map(message => ({ time: 1, message })), create: false })

async function second() {
  await new Promise(resolve => setImmediate(resolve))
  for (const tick of ticks) tick()
}

test('a client that is slow is shown the newest ten seconds', async () => {
  const all = tails()
  const updates = all.start(tail, new AbortController().signal)[Symbol.asyncIterator]()
  for (let number = 0; number < 12; number++) {
    await write(all, String(number))
    await second()
  }
  const shown: (string | undefined)[] = []
  for (let number = 0; number < 10; number++)
    shown.push((await updates.next()).value?.sessionUpdate.sessionResults?.[0]?.message)
  assert.deepEqual(shown, ['2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
})

test('a session ends with its time, with the server, and with its client, and is forgotten', async () => {
  const all = tails()
  const control = new AbortController()
  const start = (signal = new AbortController().signal) => all.start(tail, signal)[Symbol.asyncIterator]()
  const old = start()
  for (const end of ends) end()
  await assert.rejects(old.next(), { code: 'SessionTimeoutException', message: /three hours/ })
  const left = start(control.signal)
  assert.equal(all.open(stream.account), 1)
  control.abort()
  assert.equal((await left.next()).done, true)
  const last = start()
  const next = last.next()
  all.close()
  await assert.rejects(next, { code: 'SessionStreamingException', message: /being stopped/ })
  assert.equal(all.open(stream.account), 0)
  assert.equal(ticks.size + ends.size, 0)
})

test('of what a slow pattern has not looked at, some is left out, and told', async () => {
  const all = tails()
  const slow = Promise.withResolvers<void>()
  const matches = async (messages: readonly string[]) => {
    await slow.promise
    return messages.map(() => true)
  }
  const updates = all.start({ ...tail, matches }, new AbortController().signal)[Symbol.asyncIterator]()
  const many = Array.from({ length: 5001 }, () => 'x')
  await write(all, ...many)
  await write(all, 'too many')
  slow.resolve()
  await second()
  const { value } = await updates.next()
  assert.equal(value?.sessionUpdate.sessionMetadata?.sampled, true)
  assert.ok(value?.sessionUpdate.sessionResults?.every(({ message }: { message?: string }) => message === 'x'))
  await write(all, 'seen again')
  await second()
  const after = (await updates.next()).value?.sessionUpdate
  assert.deepEqual([after?.sessionMetadata?.sampled, after?.sessionResults?.[0]?.message], [false, 'seen again'])
})

test('a client that never reads holds two million characters, whatever is written, and is told that some is left out', async () => {
  const all = tails()
  const control = new AbortController()
  const updates = all.start(tail, control.signal)[Symbol.asyncIterator]()
  const message = 'x'.repeat(200_000)
  for (let number = 0; number < 12; number++) {
    await write(all, ...Array.from({ length: 20 }, () => message))
    await second()
  }
  control.abort()
  const held: { characters: number; sampled: boolean | undefined }[] = []
  for (let next = await updates.next(); !next.done; next = await updates.next()) {
    const { sessionResults = [], sessionMetadata } = next.value.sessionUpdate
    const characters = sessionResults.reduce((sum, shown) => sum + (shown.message?.length ?? 0), 0)
    held.push({ characters, sampled: sessionMetadata?.sampled })
  }
  assert.ok(held.length > 0)
  assert.ok(held.reduce((sum, { characters }) => sum + characters, 0) <= 2 ** 21)
  assert.ok(held.every(({ sampled }) => sampled))
})
