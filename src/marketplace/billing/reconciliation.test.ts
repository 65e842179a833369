import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Big from 'big.js'
import { buyer, type MarketFixture, openMarketFixture } from '../market.fixture.ts'
import {
  buy,
  entitledArn,
  openShop,
  privateOffer,
  rates,
  runInstances,
  trialOf,
  usagePricing,
} from '../market-story.fixture.ts'
import { reconcileCharges } from './reconciliation.ts'

const day = 86_400_000
const hour = 3_600_000

/** Trial with a quota, contract, requests, a price that falls: months of usage under each, invoiced. */
async function openHistory() {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house, usagePricing(rates, [trialOf(2)]))
  const first = await buy(house, offer)
  const arn = await entitledArn(house, first)
  await runInstances(house, arn, 'job/1', 3 * hour + 1, { instances: 2 })
  house.clock.time += 20 * day
  await runInstances(house, arn, 'endpoint/1', 40 * day, { dimension: 'ml.m5.large.m.i.r' })
  await house.settle()
  const byRequest = [...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: '0.00123' }]
  const own = await privateOffer(house, product, usagePricing(byRequest))
  const second = await buy(house, own, { more: { intent: 'REPLACE', sourceAgreementIdentifier: first } })
  const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'endpoint/2' }
  await house.store.transaction(tx =>
    house.market.inferencesCounted(tx, { journal: 'a', number: 1 }, [
      { ...subject, units: 12_345n, time: house.clock.time },
    ]),
  )
  house.clock.time += 60 * day
  while ((await house.settle()).length > 0);
  return { house, first, second }
}

const differencesOf = async (house: MarketFixture) =>
  (await reconcileCharges(house.store, house.clock.time)).differences

describe('reconciliation', () => {
  it('finds that every charge follows from the facts', async () => {
    const { house } = await openHistory()
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual(found.differences, [])
    assert.deepEqual([found.agreements, found.facts], [2, 3])
    // 6.0167 instance hours of training of which 2 are free, 40 days at 0.25 an hour, and the requests.
    const minutes = 2 * 181 - 120
    const expected = Big(minutes).times('0.6').div(60).plus(Big(960).times('0.25')).plus(Big(12_345).times('0.00123'))
    assert.equal(Big(found.charged).minus(expected).abs().lt('0.0000001'), true, `${found.charged} ${expected}`)
    assert.equal(found.open, Big(found.charged).minus(found.invoiced).toFixed())
    assert.ok(Big(found.open).abs().lt('0.01'))
  })

  it('tells an invoice that a fact no longer stands for, and one that does not add up', async () => {
    const { house, first } = await openHistory()
    await house.store.db
      .updateTable('market_running')
      .set({ instances: 1 })
      .where('resource_arn', '=', 'job/1')
      .execute()
    const [lost] = await differencesOf(house)
    assert.match(lost ?? '', /is invoiced as 362 units, .* facts come to 181 units/)
    await house.store.db
      .updateTable('market_running')
      .set({ instances: 2 })
      .where('resource_arn', '=', 'job/1')
      .execute()
    assert.deepEqual(await differencesOf(house), [])
    await house.store.db
      .updateTable('market_invoice')
      .set({ amount: '999.99' })
      .where('agreement', '=', first)
      .execute()
    assert.match((await differencesOf(house)).join(), /its invoices come to .*, their lines to/)
  })

  it('finds no difference in an invoice line that the next invoice has given back', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house, usagePricing(rates))
    const productArn = await entitledArn(house, await buy(house, offer))
    const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'job/ended' }
    const started = house.clock.time
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 1, new Date(started)))
    house.clock.time += 20 * day
    while ((await house.settle()).length > 0);
    const { invoiced } = await reconcileCharges(house.store, house.clock.time)
    assert.ok(Big(invoiced).gt(0), invoiced)
    // It had ended as it began, which is known only now: a minute.
    await house.store.transaction(tx => house.market.usageStopped(tx, subject.resourceArn, new Date(started)))
    house.clock.time += 31 * day
    while ((await house.settle()).length > 0);
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([found.differences, found.charged, found.invoiced], [[], '0.01', '0.01'])
  })

  it('takes a late fact for open until the next invoice', async () => {
    const { house } = await openHistory()
    const { started, product_arn } = await house.store.db
      .selectFrom('market_running')
      .select(['started', 'product_arn'])
      .where('resource_arn', '=', 'endpoint/1')
      .executeTakeFirstOrThrow()
    const subject = { account: buyer, region: 'us-east-1', productArn: product_arn, resourceArn: 'job/late' }
    await house.store.transaction(async tx => {
      await house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 1, new Date(started))
      await house.market.usageStopped(tx, 'job/late', new Date(started + 10 * hour))
    })
    const before = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual(before.differences, [])
    assert.ok(Big(before.open).minus(6).abs().lt('0.01'), before.open)
    house.clock.time += 31 * day
    await house.settle()
    const after = await reconcileCharges(house.store, house.clock.time)
    assert.ok(Big(after.open).abs().lt('0.01'), after.open)
  })
})
