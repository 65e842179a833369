import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, buyer, openMarketFixture } from '../market.fixture.ts'
import { buy, entitledArn, openShop, passUntil, rates, trialOf, usagePricing } from '../market-story.fixture.ts'
import { refundConversion } from './conversion-refund.ts'
import { reconcileCharges } from './reconciliation.ts'

test('what was used in the seven days after a trial is given back, to the cent and the second, once', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house, usagePricing(rates, [trialOf()]))
  const agreementId = await buy(house, offer)
  const subject = {
    ...{ account: buyer, region: 'us-east-1', resourceArn: 'endpoint/1' },
    productArn: await entitledArn(house, agreementId),
  }
  const refund = () => refundConversion(house.store, agreementId, house.clock.time)
  await assert.rejects(refund(), /Nothing was charged/)
  // The trial ends at noon of 4 December, the seven days at noon of the 11th: an endpoint from before to a minute after that.
  await passUntil(house, '2026-12-01T00:00:00Z')
  await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, house.now()))
  await passUntil(house, '2026-12-11T12:01:00Z')
  await house.store.transaction(tx => house.market.usageStopped(tx, 'endpoint/1', house.now()))
  await assert.rejects(refund(), /not invoiced yet: try again from 2027-01-01/)
  await passUntil(house, '2027-01-01T00:00:01Z')
  // 168 hours at 0.25; the invoice has the minute more.
  assert.equal(await refund(), '42.00')
  await assert.rejects(refund(), /was refunded with ba-/)
  const { items } = await house.as(buyer)('agreement', 'ListAgreementCharges', { agreementId })
  assert.deepEqual(
    items.map((item: Answer) => item.amount),
    ['42.00416667', '-42.00'],
  )
  const found = await reconcileCharges(house.store, house.clock.time)
  assert.deepEqual([found.differences, found.refunded], [[], '42.00'])
  await assert.rejects(refundConversion(house.store, 'agmt-none', house.clock.time), /There is no agreement/)
})

test('an agreement without a trial has no conversion to give back', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house)
  const agreementId = await buy(house, offer)
  await assert.rejects(refundConversion(house.store, agreementId, house.clock.time), /Nothing was charged/)
})
