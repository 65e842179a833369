import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clock, systemClock, useClock } from './clock.ts'

test('a simulation gives the whole process another clock, until it is over', () => {
  {
    using _ = useClock({ ...systemClock, now: () => 42 })
    assert.equal(clock.now(), 42)
  }
  assert.ok(clock.now() > 42)
})

test('a timer that is disposed does not call, and a sleep ends with its signal', async () => {
  let called = 0
  clock.after(1, () => called++)[Symbol.dispose]()
  clock.every(1, () => called++)[Symbol.dispose]()
  const gone = AbortSignal.abort(new Error('gone'))
  await assert.rejects(clock.sleep(60_000, gone))
  await clock.sleep(5)
  assert.equal(called, 0)
})
