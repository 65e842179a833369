import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { ContainerKey, Driver, LogLine } from '../driver/driver.ts'
import type { LogEvent, LogSink, LogStreamName } from '../service/logs.ts'
import { createLogPumps } from './log-pump.ts'

const key: ContainerKey = { arn: 'arn:job', attempt: 1, host: 'algo-1' }
const stream: LogStreamName = { account: '1', region: 'r', group: 'g', stream: 's' }

const lineOf = (index: number): LogLine => ({
  time: new Date(index),
  stream: 'stdout',
  text: `line ${index}`,
  cursor: String(index),
})

/** A container of so many lines; the engine goes away where `breaks` says, once each. `following` counts open streams. */
function engine(count: number, breaks: Set<number> = new Set(), pauseMs = 0) {
  const state = { following: 0 }
  const logs: Driver['logs'] = async function* (_key, cursor, signal) {
    state.following++
    try {
      for (let index = cursor === undefined ? 0 : Number(cursor) + 1; index < count; index++) {
        if (breaks.delete(index)) throw new Error('the engine is away')
        if (pauseMs) await sleep(pauseMs, undefined, { signal })
        if (signal.aborted) return
        yield lineOf(index)
      }
    } finally {
      state.following--
    }
  }
  const observe: Driver['observe'] = async observed => ({ key: observed, status: 'running' })
  return { driver: { logs, observe } as Driver, state }
}

/** Keeps events with their cursor; the store is away where `breaks` says, once each, counting appends. */
function sinkOf(breaks: Set<number> = new Set()) {
  const kept: LogEvent[] = []
  let cursor: string | undefined
  let appends = 0
  const sink: LogSink = {
    async append(_stream, events, next) {
      if (breaks.delete(appends++)) throw new Error('the store is away')
      kept.push(...events)
      cursor = next
    },
    cursor: async () => cursor,
    tail: async () => kept,
  }
  return { sink, kept, texts: () => kept.map(({ message }) => message) }
}

const expected = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`)

test('every line is kept once and in order, though engine and store go away in between', () =>
  fc.assert(
    fc.asyncProperty(
      fc.nat(40),
      fc.option(fc.nat(40)),
      fc.option(fc.nat(1)),
      async (count, engineBreak, storeBreak) => {
        const { driver, state } = engine(count, new Set(engineBreak === null ? [] : [engineBreak]))
        const { sink, texts } = sinkOf(new Set(storeBreak === null ? [] : [storeBreak]))
        const pumps = createLogPumps(driver, sink)
        pumps.follow(key, stream)
        await pumps.drained(key)
        assert.deepEqual(texts(), expected(count))
        assert.equal(state.following, 0)
      },
    ),
    { numRuns: 8 },
  ))

test('a stream whose lines could not be kept is closed before the next is opened', async () => {
  const { driver, state } = engine(4, new Set(), 150)
  const { sink, texts } = sinkOf(new Set([1]))
  const pumps = createLogPumps(driver, sink)
  pumps.follow(key, stream)
  await pumps.drained(key)
  assert.deepEqual(texts(), expected(4))
  assert.equal(state.following, 0)
})

test('a flood is kept in few batches, a trickle line by line', async () => {
  const batches = async (count: number, pauseMs: number) => {
    const sizes: number[] = []
    const { sink, texts } = sinkOf()
    const pumps = createLogPumps(engine(count, new Set(), pauseMs).driver, sink)
    pumps.follow(key, stream, async lines => void sizes.push(lines.length))
    await pumps.drained(key)
    assert.deepEqual(texts(), expected(count))
    return sizes
  }
  assert.deepEqual(await batches(9000, 0), [4000, 4000, 1000])
  assert.deepEqual(await batches(3, 150), [1, 1, 1])
})

test('a flood of long lines does not fill the memory', async () => {
  const sizes: number[] = []
  const { sink, texts } = sinkOf()
  const long = async function* () {
    for (let index = 0; index < 20; index++) yield { ...lineOf(index), text: 'x'.repeat(1 << 20) }
  }
  const driver = { ...engine(0).driver, logs: long } as Driver
  const pumps = createLogPumps(driver, sink)
  pumps.follow(key, stream, async lines => void sizes.push(lines.length))
  await pumps.drained(key)
  assert.equal(texts().length, 20)
  assert.deepEqual(sizes, [4, 4, 4, 4, 4])
})

test('a container is followed once, however often it is asked for', async () => {
  const { sink, texts } = sinkOf()
  const pumps = createLogPumps(engine(5, new Set(), 5).driver, sink)
  for (let time = 0; time < 3; time++) pumps.follow(key, stream)
  await pumps.drained(key)
  assert.deepEqual(texts(), expected(5))
})

test('stopping ends what is under way, and another pump goes on behind the last line', async () => {
  const { sink, texts } = sinkOf()
  const { driver, state } = engine(30, new Set(), 20)
  const first = createLogPumps(driver, sink)
  first.follow(key, stream)
  while (texts().length < 4) await sleep(1)
  await first.stop()
  assert.equal(state.following, 0)
  assert.ok(texts().length < 30)
  const second = createLogPumps(driver, sink)
  second.follow(key, stream)
  await second.drained(key)
  assert.deepEqual(texts(), expected(30))
})
