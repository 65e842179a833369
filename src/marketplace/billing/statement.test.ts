import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { findAgreement } from '../agreement/agreement.ts'
import { buyer, openMarketFixture } from '../market.fixture.ts'
import { buy, entitledArn, openShop, rates, trialOf, usagePricing } from '../market-story.fixture.ts'
import { monthStart } from './billing-month.ts'
import { reconcileCharges } from './reconciliation.ts'
import { monthUsageLines, ratesFor, usageLines } from './statement.ts'

const hour = 3_600_000
const day = 24 * hour
const training = 'ml.m5.large.a.t'

describe('usage of months, of parts of months, of short runs and of long ones', () => {
  it('comes to what a count minute by minute finds, whenever one looks', async () => {
    const run = fc.record({
      started: fc.integer({ min: -5 * day, max: 100 * day }),
      length: fc.oneof(
        fc.integer({ min: 0, max: 3 * hour }),
        fc.integer({ min: 0, max: 2 * day }),
        fc.integer({ min: 29 * day, max: 70 * day }),
        fc.constant(31 * day),
      ),
      instances: fc.integer({ min: 1, max: 4 }),
    })
    const property = fc.asyncProperty(
      fc.array(run, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 200 * day }), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (runs, looks, trial) => {
        const house = await openMarketFixture()
        const { offer } = await openShop(house, usagePricing(undefined, trial ? [trialOf(50)] : []))
        const productArn = await entitledArn(house, await buy(house, offer))
        const begin = house.clock.time
        for (const [index, { started, length, instances }] of runs.entries()) {
          const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: `job/${index}` }
          await house.store.transaction(async tx => {
            await house.market.usageStarted(tx, subject, training, instances, new Date(begin + started))
            if (index % 4 < 3)
              await house.market.usageStopped(tx, subject.resourceArn, new Date(begin + started + length))
          })
        }
        for (const look of looks.sort((one, other) => one - other)) {
          const { differences } = await reconcileCharges(house.store, begin + look)
          assert.deepEqual(differences, [])
        }
        await house.store.close()
      },
    )
    await fc.assert(property, { numRuns: 15 })
  })

  it('of one month is that month of the whole bill, however a trial goes on, at the edges of months too', async () => {
    const begin = Date.UTC(2026, 10, 20, 12)
    const edges = [11, 12, 13].map(month => Date.UTC(2026, month, 1) - begin)
    const edge = fc.constantFrom(...edges)
    const run = fc.record({
      started: fc.oneof(fc.integer({ min: 0, max: 60 * day }), edge),
      stopped: fc.oneof(fc.integer({ min: 0, max: 100 * day }), edge),
    })
    const property = fc.asyncProperty(
      fc.array(run, { minLength: 1, maxLength: 4 }),
      fc.oneof(fc.integer({ min: 0, max: 100 * day }), edge),
      fc.constantFrom(0, 20, 700),
      async (runs, look, hours) => {
        const house = await openMarketFixture()
        const { offer } = await openShop(house, usagePricing(undefined, hours > 0 ? [trialOf(hours)] : []))
        const agreementId = await buy(house, offer)
        const productArn = await entitledArn(house, agreementId)
        assert.equal(house.clock.time, begin)
        for (const [index, { started, stopped }] of runs.entries()) {
          const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: `job/${index}` }
          await house.store.transaction(async tx => {
            await house.market.usageStarted(tx, subject, training, 1, new Date(begin + started))
            await house.market.usageStopped(tx, subject.resourceArn, new Date(begin + Math.max(started, stopped)))
          })
        }
        const { db } = house.store
        const agreement = await findAgreement(db, agreementId)
        assert.ok(agreement)
        const whole = await usageLines(db, agreement, begin + look)
        const rates = await ratesFor(db, agreement)
        for (const month of [10, 11, 12, 13, 14].map(number => Date.UTC(2026, number, 1)))
          assert.deepEqual(
            await monthUsageLines(db, agreement, month, begin + look, rates),
            whole.filter(line => monthStart(line.month) === month),
          )
        await house.store.close()
      },
    )
    await fc.assert(property, { numRuns: 25 })
  })
})

it('what ended as it began has begun a minute, and so has what is said to have ended before', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house)
  const agreementId = await buy(house, offer)
  const productArn = await entitledArn(house, agreementId)
  for (const [resourceArn, later] of [
    ['job/quick', 0],
    ['job/quicker', -30],
  ] as const) {
    const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn }
    const at = house.now().getTime()
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, training, 2, new Date(at)))
    await house.store.transaction(tx => house.market.usageStopped(tx, resourceArn, new Date(at + later)))
  }
  house.clock.time += day
  const agreement = await findAgreement(house.store.db, agreementId)
  assert.ok(agreement)
  const lines = await usageLines(house.store.db, agreement, house.clock.time)
  assert.deepEqual(
    lines.map(({ dimension, units }) => [dimension, units]),
    [[training, 4n]],
  )
})

describe('requests that were answered at the edges of a time', () => {
  it('count from its beginning on, and not at its end; what a trial grants of them is counted one by one', async () => {
    const house = await openMarketFixture()
    const priced = [...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: '0.5' }]
    const Grants = priced.map(({ DimensionKey }) => ({ DimensionKey, MaxQuantity: 6 }))
    const trial = { Type: 'FreeTrialPricingTerm', Duration: 'P14D', Grants }
    const { offer, product } = await openShop(house, usagePricing(priced, [trial]))
    const { db } = house.store
    const found = await findAgreement(db, await buy(house, offer))
    assert.ok(found)
    const begin = house.clock.time
    // As one that follows another.
    const agreement = { ...found, covers_from: begin }
    const next = Date.UTC(2026, 11, 1)
    const look = begin + 5 * hour
    const facts = [
      { at: begin - 1, units: 100 },
      { at: begin, units: 5 },
      { at: begin + 2 * hour, units: 7 },
      { at: look, units: 11 },
      { at: next, units: 3 },
      { at: next + 20 * day, units: 1000 },
    ]
    const what = { account: buyer, product, resource_arn: 'endpoint/1', product_arn: 'a', region: 'us-east-1' }
    for (const { at, units } of facts)
      await db
        .insertInto('market_inference_fact')
        .values({ ...what, at, units: `${units}` })
        .execute()
    for (const [month, units] of [
      [Date.UTC(2026, 10, 1), '123'],
      [next, '1003'],
    ] as const)
      await db.insertInto('market_inference_month').values({ account: buyer, product, month, units }).execute()
    const pricing = await ratesFor(db, agreement)
    const told = (lines: Awaited<ReturnType<typeof usageLines>>) =>
      lines.map(({ units, freeUnits, amount }) => [Number(units), Number(freeUnits), amount])
    const whole = async (until: number) => told(await usageLines(db, agreement, until))
    assert.deepEqual(await whole(begin), [])
    assert.deepEqual(await whole(begin + 1), [[5, 5, '0']])
    assert.deepEqual(await whole(look), [[12, 6, '3']])
    assert.deepEqual(await whole(look + 1), [[23, 6, '8.5']])
    assert.deepEqual(await whole(next), [[23, 6, '8.5']])
    const half = next + 10 * day
    assert.deepEqual(await whole(half), [
      [23, 6, '8.5'],
      [3, 0, '1.5'],
    ])
    const inMonth = async (month: number, until: number) =>
      told(await monthUsageLines(db, agreement, month, until, pricing))
    assert.deepEqual(await inMonth(Date.UTC(2026, 10, 1), look + 1), [[23, 6, '8.5']])
    assert.deepEqual(await inMonth(next, half), [[3, 0, '1.5']])
    assert.deepEqual(await inMonth(next, next), [])
    const { terms } = agreement.document
    const paying = terms.filter(term => term.Type !== 'FreeTrialPricingTerm')
    const without = { ...agreement, document: { ...agreement.document, terms: paying } }
    assert.deepEqual(told(await monthUsageLines(db, without, Date.UTC(2026, 10, 1), look + 1, pricing)), [
      [23, 0, '11.5'],
    ])
    await house.store.close()
  })
})

it('a trial of six hours is free for so many, and for no minute more', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house, usagePricing(rates, [trialOf(6)]))
  const bought = await buy(house, offer)
  const [productArn, begin] = [await entitledArn(house, bought), house.clock.time]
  const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'job/1' }
  await house.store.transaction(async tx => {
    await house.market.usageStarted(tx, subject, training, 1, new Date(begin))
    await house.market.usageStopped(tx, subject.resourceArn, new Date(begin + 10 * hour))
  })
  const agreement = await findAgreement(house.store.db, bought)
  assert.ok(agreement)
  const lines = await usageLines(house.store.db, agreement, begin + day)
  assert.deepEqual(
    lines.map(({ units, freeUnits, amount }) => [units, freeUnits, amount]),
    [[600n, 360n, '2.4']],
  )
  await house.store.close()
})

describe('prices of an offer that stands beside the public one', () => {
  it('are its own, and the public one’s for instance types that it does not price; none twice, and no hours of who pays by the request', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house, usagePricing())
    const { db } = house.store
    const agreement = await findAgreement(db, await buy(house, offer))
    assert.ok(agreement)
    const pricesOf = async (id: string) =>
      (await ratesFor(db, { ...agreement, offer: id })).map(({ dimension, price }) => `${dimension} ${price}`).sort()
    const everybody = await pricesOf(offer)
    assert.equal(new Set(everybody).size, everybody.length)
    assert.ok(everybody.length > 1)
    const [first = ''] = everybody
    const price = { announced: 0, effective: 0 }
    const named = first.split(' ')[0] as string
    await db
      .insertInto('market_rate')
      .values({ ...price, offer: 'offer-own', dimension: named, price: '77' })
      .execute()
    const hourly = everybody.filter(text => /^ml\./.test(text) && text !== first)
    assert.deepEqual(await pricesOf('offer-own'), [`${named} 77`, ...hourly].sort())
    const alone = await ratesFor(db, { ...agreement, offer: 'offer-own', product: 'prod-without-a-public-offer' })
    assert.deepEqual(
      alone.map(({ dimension }) => dimension),
      [named],
    )
    await db
      .insertInto('market_rate')
      .values({ ...price, offer: 'offer-requests', dimension: 'inference.count.m.i.c', price: '1' })
      .execute()
    const withoutRealtime = everybody.filter(text => /^ml\..*\.(t|b) /.test(text))
    assert.ok(withoutRealtime.length < everybody.length)
    assert.deepEqual(await pricesOf('offer-requests'), ['inference.count.m.i.c 1', ...withoutRealtime].sort())
    await house.store.close()
  })
})
