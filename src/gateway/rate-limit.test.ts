import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Clock, systemClock, useClock } from '../ground/clock.ts'
import { load } from '../model/load.ts'
import { createRateLimit, createRequestLimits, networkOf, type Spent, spendIn, throttled } from './rate-limit.ts'

let time = 0
let clock: Disposable
before(() => {
  const still: Clock = { ...systemClock, elapsed: () => time }
  clock = useClock(still)
})
after(() => clock[Symbol.dispose]())

/** How many of many requests get through now. */
const taken = (take: () => boolean, of = 1000): number => Array.from({ length: of }, take).filter(Boolean).length

describe('a rate', () => {
  it('lets a burst through, then so many a second, for each holder apart', () => {
    const limit = createRateLimit(10, 50)
    assert.equal(
      taken(() => limit.take('a')),
      50,
    )
    time += 2500
    assert.equal(
      taken(() => limit.take('a')),
      25,
    )
    assert.equal(
      taken(() => limit.take('b')),
      50,
    )
    time += 3_600_000
    assert.equal(
      taken(() => limit.take('a')),
      50,
    )
  })

  it('is one for all processes that tell each other what they let through', () => {
    const rates = { perAccount: 100, perAddress: 1000 }
    const all = [0, 1, 2].map(of =>
      createRequestLimits(rates, spent => {
        for (const limits of all) if (limits !== all[of]) spendIn(limits, spent)
      }),
    )
    const through = (which: (call: number) => number) => {
      let call = 0
      return taken(() => all[which(call++) % 3]?.accounts.take('a') ?? false, 3000)
    }
    assert.equal(
      through(call => call),
      1000,
    )
    time += 1000
    assert.equal(
      through(() => 1),
      100,
    )
    time += 1000
    assert.equal(
      through(call => call),
      100,
    )
    assert.equal(
      taken(() => all[0]?.accounts.take('b') ?? false, 2000),
      1000,
    )
    assert.equal(
      taken(() => all[2]?.accounts.take('b') ?? false, 2000),
      0,
    )
  })

  it('tells of what it lets through by a hundredth of what a second lets through', () => {
    const told: Spent[] = []
    const { accounts, addresses } = createRequestLimits({ perAccount: 1000, perAddress: 50 }, spent => told.push(spent))
    taken(() => accounts.take('a'), 25)
    taken(() => addresses.take('b'), 2)
    assert.deepEqual(told, [
      { limit: 'accounts', holder: 'a', count: 10 },
      { limit: 'accounts', holder: 'a', count: 10 },
      { limit: 'addresses', holder: 'b', count: 1 },
      { limit: 'addresses', holder: 'b', count: 1 },
    ])
  })

  it('of 0 is none', () => {
    const limit = createRateLimit(0)
    assert.equal(
      taken(() => limit.take('a')),
      1000,
    )
  })

  it('of one operation does not touch the others', () => {
    const { operations: limits } = createRequestLimits({ perAccount: 0, perAddress: 0 })
    const look = (region: string) => taken(() => limits.take('CloudTrail', 'LookupEvents', '1', region), 5)
    assert.deepEqual([look('us-east-1'), look('eu-west-1'), look('us-east-1')], [2, 2, 0])
    for (const [service, operation, most] of [
      ['Marketplace Catalog', 'StartChangeSet', 50],
      ['Marketplace Agreement', 'AcceptAgreementRequest', 30],
      ['Marketplace Discovery', 'SearchListings', 100],
    ] as const)
      assert.equal(
        taken(() => limits.take(service, operation, '1', 'us-east-1'), 120),
        most,
        operation,
      )
    assert.equal(
      taken(() => limits.take('IAM', 'GetUser', '1', 'us-east-1')),
      1000,
    )
  })
})

it('an address of version 6 stands for its /64', () => {
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2:ffff::1'))
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
})

it('who asks too often is told so in the words of the service', () => {
  const told = (style: 'json' | 'query' | 's3', model?: Parameters<typeof load>[0]) => {
    const { code, status } = throttled(style, model && load(model))
    return [code, status]
  }
  assert.deepEqual(told('json', 'sagemaker'), ['ThrottlingException', 400])
  assert.deepEqual(told('json', 'marketplace-catalog'), ['ThrottlingException', undefined])
  assert.deepEqual(told('query', 'iam'), ['Throttling', 400])
  assert.deepEqual(told('s3', 's3'), ['SlowDown', 503])
})
