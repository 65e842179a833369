import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { type Clock, clock, systemClock, useClock } from '../ground/clock.ts'
import { testServer } from '../store/own-database.fixture.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createRequestLimits, type Spent, spendIn } from './rate-limit.ts'
import { shareRates } from './shared-rates.ts'

const rates = { perAccount: 100, perAddress: 1000 }
const of = (limit: string, holder: string, count: number): Spent => ({ limit, holder, count })

/** A server whose timer the test lets end, and that writes down what it says. */
function alone() {
  const timers: (() => void)[] = []
  const after: Clock['after'] = (_, callback) => {
    timers.push(callback)
    return { [Symbol.dispose]() {} }
  }
  const use = useClock({ ...systemClock, after })
  const said: unknown[][] = []
  const heard: Spent[] = []
  let hear: (said: readonly unknown[]) => void = () => assert.fail()
  const say = async (items: readonly unknown[]) => void said.push([...items])
  const talk = (_: string, listener: typeof hear) => {
    hear = listener
    return { say, close: async () => {} }
  }
  const shared = shareRates({ talk }, spent => heard.push(spent))
  return {
    ...{ said, heard, shared, hear: (all: unknown[]) => hear(all) },
    tick: () => timers.shift()?.(),
    [Symbol.dispose]: () => use[Symbol.dispose](),
  }
}

describe('what a server lets through', () => {
  it('is said in sums now and then, and nothing while nothing comes', () => {
    using one = alone()
    one.tick()
    for (const count of [5, 7]) one.shared?.tell(of('accounts', '1', count))
    one.shared?.tell(of('addresses', '1', 1))
    for (let ticks = 0; ticks < 3; ticks++) one.tick()
    assert.deepEqual(one.said, [
      [
        ['accounts', '1', 12],
        ['addresses', '1', 1],
      ],
    ])
  })

  it('is bounded, however many come', () => {
    using one = alone()
    for (let holder = 0; holder < 11_000; holder++) one.shared?.tell(of('addresses', `${holder}`, 1))
    one.shared?.tell(of('addresses', '9999', 1))
    for (let ticks = 0; ticks < 20; ticks++) one.tick()
    assert.deepEqual(
      one.said.map(({ length }) => length),
      Array(10).fill(1000),
    )
    assert.deepEqual(one.said.at(-1)?.at(-1), ['addresses', '9999', 2])
  })

  it('is heard of others, and what makes no sense is not', () => {
    using one = alone()
    one.hear([null, 1, ['accounts'], ['accounts', '1', '5'], ['accounts', '1', -5], ['accounts', '1', 5]])
    assert.deepEqual(one.heard, [of('accounts', '1', 5)])
    const limits = createRequestLimits(rates)
    spendIn(limits, of('constructor', '1', 5))
  })
})

it('servers of one database hold an account, and an operation, to one rate', { timeout: 120_000 }, async t => {
  if (!testServer) return t.skip('there is no PostgreSQL: npm test -- --store postgres')
  const path = `rates-${clock.now()}-${process.pid}`
  const still = useClock({ ...systemClock, elapsed: () => 0 })
  const stores = await Promise.all([1, 2].map(() => openTestStore(path)))
  const heard: Spent[] = []
  const servers = stores.map((store, index) => {
    const limits = createRequestLimits(rates, spent => shared?.tell(spent))
    const shared = shareRates(store, spent => {
      spendIn(limits, spent)
      if (index === 1) heard.push(spent)
    })
    return { limits, shared }
  })
  const takes = [
    (server: number) => servers[server]?.limits.accounts.take('1') ?? false,
    (server: number) =>
      servers[server]?.limits.operations.take('CloudTrail', 'LookupEvents', '1', 'us-east-1') ?? false,
  ]
  const through = (server: number) =>
    takes.map(take => Array.from({ length: 2000 }, () => take(server)).filter(Boolean).length)
  // Until the other one listens.
  while (heard.length === 0) {
    servers[0]?.shared?.tell(of('accounts', 'somebody', 1))
    await sql`select pg_sleep(0.05)`.execute(stores[0]?.db as never)
  }
  assert.deepEqual(through(0), [1000, 2])
  const told = () => heard.filter(({ holder }) => holder !== 'somebody').reduce((sum, { count }) => sum + count, 0)
  while (told() < 1002) await sql`select pg_sleep(0.05)`.execute(stores[0]?.db as never)
  assert.deepEqual(through(1), [0, 0])
  for (const { shared } of servers) await shared?.close()
  for (const store of stores) await store.close()
  still[Symbol.dispose]()
})
