import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { createListMemory, type ListRoom } from './list-memory.ts'

/** A list of so many pieces of 100 bytes, made as a bucket is listed: a piece now and a piece then. */
const pieces = (count: number) => async (room: ListRoom) => {
  for (let piece = 0; piece < count; piece++) {
    await turn()
    room.grow(100, 's3://b/d/')
  }
  return count
}

test('two jobs of an account wait for each other, and another account for neither', async () => {
  const memory = createListMemory(2000)
  const first = await memory.hold('a', pieces(8))
  let isIn = false
  const second = memory.hold('a', pieces(8)).then(held => {
    isIn = true
    return held
  })
  while (memory.refusals() === 0) await turn()
  const other = await memory.hold('b', pieces(3))
  assert.deepEqual([other.list, isIn, memory.used()], [3, false, 1100])
  first[Symbol.dispose]()
  assert.equal((await second).list, 8)
  other[Symbol.dispose]()
  ;(await second)[Symbol.dispose]()
  assert.deepEqual([memory.used(), memory.refusals()], [0, 1])
})

test('two that list at once and have no room together both come to theirs', { timeout: 5000 }, async () => {
  const memory = createListMemory(2000)
  const done: number[] = []
  const job = async (count: number) => {
    using held = await memory.hold('a', pieces(count))
    await turn()
    done.push(held.list)
  }
  await Promise.all([job(10), job(9), job(8), job(7)])
  assert.deepEqual(done.toSorted(), [10, 7, 8, 9])
  assert.equal(memory.used(), 0)
})

test('who waits is next: short lists that come later keep out no long one', async () => {
  const memory = createListMemory(2000)
  const first = await memory.hold('a', pieces(5))
  const order: number[] = []
  const long = memory.hold('a', pieces(10)).then(held => {
    order.push(held.list)
    return held
  })
  while (memory.refusals() === 0) await turn()
  const short = memory.hold('a', pieces(1)).then(held => {
    order.push(held.list)
    return held
  })
  for (let turns = 0; turns < 20; turns++) await turn()
  assert.deepEqual(order, [])
  first[Symbol.dispose]()
  ;(await long)[Symbol.dispose]()
  ;(await short)[Symbol.dispose]()
  assert.deepEqual(order, [10, 1])
})

test('a list that can never have room fails with the limit, waits for nobody and holds nothing', async () => {
  const memory = createListMemory(2000)
  await assert.rejects(memory.hold('a', pieces(11)), {
    code: 'ClientError',
    message: /^There is more under s3:\/\/b\/d\/ than can be known at once: .* takes 1000 bytes .* 10 of them fill it/,
  })
  assert.equal(memory.used(), 0)
})

test('who is stopped waits no longer, first in line or behind, and keeps up nobody', async () => {
  const memory = createListMemory(2000)
  const first = await memory.hold('a', pieces(10))
  const stopping = [new AbortController(), new AbortController()]
  const waiting = stopping.map(({ signal }) => memory.hold('a', pieces(10), signal))
  const last = memory.hold('a', pieces(3))
  while (memory.refusals() === 0) await turn()
  for (const stop of stopping) stop.abort(new Error('stopped'))
  for (const { reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[])
    assert.equal(reason?.message, 'stopped')
  first[Symbol.dispose]()
  ;(await last)[Symbol.dispose]()
  assert.equal(memory.used(), 0)
})

test('what fails for another reason gives back its room, and lets others in', async () => {
  const memory = createListMemory(2000)
  const failing = memory.hold('a', async room => {
    await pieces(6)(room)
    while (memory.refusals() === 0) await turn()
    throw new Error('the bucket is gone')
  })
  while (memory.used() < 600) await turn()
  const waiting = memory.hold('a', pieces(9))
  await assert.rejects(failing, { message: 'the bucket is gone' })
  ;(await waiting)[Symbol.dispose]()
  assert.equal(memory.used(), 0)
})

test('whatever jobs of whatever accounts come, each has its list in the end, and no more is held than there is', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ account: fc.constantFrom('a', 'b', 'c'), count: fc.nat(10), turns: fc.nat(5) }), {
        maxLength: 12,
      }),
      async jobs => {
        const memory = createListMemory(2000)
        const lists = await Promise.all(
          jobs.map(async ({ account, count, turns }) => {
            for (let left = turns; left > 0; left--) await turn()
            using held = await memory.hold(account, pieces(count))
            assert.ok(memory.used() <= memory.total)
            for (let left = turns; left > 0; left--) await turn()
            return held.list
          }),
        )
        assert.deepEqual(
          lists,
          jobs.map(({ count }) => count),
        )
        assert.equal(memory.used(), 0)
      },
    ),
    { numRuns: 200, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
  ))
