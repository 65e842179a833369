import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import Big from 'big.js'
import { pino } from 'pino'
import { createCommittedJournal } from '../../runtime/committed-journal.ts'
import { countIn } from '../../runtime/metering-journal.ts'
import type { InferenceCount } from '../../service/market.ts'
import { openLosingWay } from '../../store/lost-commit.fixture.ts'
import { dropDatabase, ownDatabase, testServer } from '../../store/own-database.fixture.ts'
import { openPostgresStore } from '../../store/postgres.ts'
import type { Store } from '../../store/store.ts'
import { buyer, type MarketFixture, openMarketFixture, other } from '../market.fixture.ts'
import { buy, changeCatalog, entitledArn, onOffer, openShop, rates, usagePricing } from '../market-story.fixture.ts'
import { reconcileCharges } from './reconciliation.ts'

const unlessPostgres = { skip: testServer ? false : 'there is no PostgreSQL' }
const hour = 3_600_000
const day = 24 * hour
const byRequest = (Price: string) =>
  usagePricing([...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price }] as typeof rates)

async function openMeter(price = '0.001', store?: Store) {
  const house = await openMarketFixture(store)
  const { offer } = await openShop(house, byRequest(price))
  const agreement = await buy(house, offer)
  const productArn = await entitledArn(house, agreement)
  let number = 0
  const counted = (units: bigint, more: Partial<InferenceCount> = {}) => ({
    ...{ account: buyer, region: 'us-east-1', productArn, resourceArn: 'endpoint/1', units, time: house.clock.time },
    ...more,
  })
  const count = (...counts: InferenceCount[]) =>
    house.store.transaction(tx => house.market.inferencesCounted(tx, { journal: 'a', number: ++number }, counts))
  return { house, offer, agreement, counted, count }
}

const chargesOf = async (house: MarketFixture): Promise<string[]> => {
  const { items } = await house.as(buyer)('agreement', 'ListAgreementCharges', {})
  return items.map(({ amount }: { amount: string }) => amount)
}

describe('inferences', () => {
  it('of any number are charged exactly, invoiced and recounted', async () => {
    const { house, counted, count } = await openMeter('1')
    const most = BigInt(Number.MAX_SAFE_INTEGER)
    for (let times = 0; times < 3; times++) assert.deepEqual(await count(counted(most)), [])
    await count(counted(10n ** 25n))
    house.clock.time += 1000
    const exact = `${10n ** 25n + 3n * most}.00`
    assert.deepEqual(await chargesOf(house), [exact])
    house.clock.time += 60 * day
    while ((await house.settle()).length > 0);
    assert.deepEqual(await chargesOf(house), [exact])
    const { differences, invoiced, open } = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([differences, invoiced, open], [[], exact, '0'])
  })

  it('are on the bill before they are answered, where no disk keeps them', async () => {
    const { house, counted } = await openMeter('1')
    const count = countIn(house.store, house.market)
    const journal = createCommittedJournal({ count, log: pino({ level: 'silent' }) })
    const { account, region, productArn, resourceArn } = counted(1n)
    const recorded = Array.from({ length: 20 }, () => journal.record({ account, region, productArn, resourceArn }, 1))
    await Promise.all(recorded)
    // Nothing of the journal is closed, folded or read again.
    const facts = await house.store.db.selectFrom('market_inference_fact').select('units').execute()
    assert.deepEqual(
      facts.map(({ units }) => units),
      ['20'],
    )
  })

  it('are on the bill once, and answered, when the answer to their commit is lost', unlessPostgres, async t => {
    const url = await ownDatabase(testServer as string, randomUUID())
    const way = await openLosingWay(url)
    const store = await openPostgresStore(way.url)
    t.after(async () => {
      await store.close()
      way.close()
      await dropDatabase(url)
    })
    const { house, counted } = await openMeter('1', store)
    const journal = createCommittedJournal({ count: countIn(store, house.market), log: pino({ level: 'silent' }) })
    const { account, region, productArn, resourceArn } = counted(1n)
    way.lose(2)
    for (let group = 0; group < 3; group++)
      await Promise.all([1, 2].map(units => journal.record({ account, region, productArn, resourceArn }, units)))
    const facts = await store.db.selectFrom('market_inference_fact').select('units').execute()
    assert.deepEqual(
      facts.map(({ units }) => units),
      ['9'],
    )
  })

  it('that nobody can be charged for are told one by one, and the others are counted', async () => {
    const { house, counted, count } = await openMeter()
    const refused = await count(
      counted(1n, { account: other }),
      counted(5n),
      counted(2n, { productArn: 'arn:aws:sagemaker:us-east-1:865070037744:model-package/none' }),
    )
    assert.deepEqual(
      refused.map(reason => reason.replace(/arn:\S+/, 'it')),
      ['1 inferences of endpoint/1: no agreement on it', '2 inferences of endpoint/1: no agreement on it'],
    )
    house.clock.time += 1000
    assert.deepEqual(await chargesOf(house), ['0.005'])
  })

  it('are kept as one fact an hour, each resource for itself, and one sum a month', async () => {
    const { house, counted, count } = await openMeter()
    const begin = Date.parse('2026-12-31T22:00:00Z')
    for (let minute = 0; minute < 180; minute++)
      await count(
        counted(1n, { time: begin + minute * 60_000 }),
        counted(2n, { time: begin, resourceArn: 'endpoint/2' }),
      )
    const facts = await house.store.db.selectFrom('market_inference_fact').selectAll().orderBy('at').execute()
    assert.deepEqual(facts.map(({ at, resource_arn, units }) => [(at - begin) / hour, resource_arn, units]).sort(), [
      [0, 'endpoint/1', '60'],
      [0, 'endpoint/2', '360'],
      [1, 'endpoint/1', '60'],
      [2, 'endpoint/1', '60'],
    ])
    const months = await house.store.db.selectFrom('market_inference_month').selectAll().orderBy('month').execute()
    assert.deepEqual(
      months.map(({ month, units }) => [new Date(month).toISOString().slice(0, 7), units]),
      [
        ['2026-12', '480'],
        ['2027-01', '60'],
      ],
    )
    house.clock.time = begin + 400 * day
    assert.deepEqual(await chargesOf(house), ['0.48', '0.06'])
  })

  it('pay the price of their own moment when it changes in the middle of an hour, told early or late', async () => {
    const { house, offer, counted, count } = await openMeter('0.01')
    house.clock.time += day + hour / 2
    const changed = house.clock.time
    await count(counted(3n, { time: changed - 1 }))
    const { Status } = await changeCatalog(house, [onOffer('UpdatePricingTerms', byRequest('0.001'), offer)])
    assert.equal(Status, 'SUCCEEDED')
    const effective = (
      await house.store.db
        .selectFrom('market_rate')
        .select('effective')
        .where('price', '=', '0.001')
        .executeTakeFirstOrThrow()
    ).effective
    await count(
      counted(5n, { time: effective }),
      counted(4n, { time: effective - 1 }),
      counted(7n, { time: effective + 1 }),
    )
    house.clock.time = effective + hour
    assert.deepEqual(await chargesOf(house), [Big('0.01').times(7).plus(Big('0.001').times(12)).toFixed()])
    assert.deepEqual((await reconcileCharges(house.store, house.clock.time)).differences, [])
  })
})
