import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Answer, buyer, openMarketFixture, seller } from '../market.fixture.ts'
import { buy, entitledArn, openShop, rates, runInstances, trialOf, usagePricing } from '../market-story.fixture.ts'

const hour = 3_600_000

test('a buyer reads what a trial grants, what of it is used, and when it ends; nobody else does', async () => {
  const house = await openMarketFixture()
  after(() => house.store.close())
  const { offer } = await openShop(house, usagePricing(rates, [trialOf(2)]))
  const agreementId = await buy(house, offer)
  const begun = house.clock.time
  const ask = (account: string, id = agreementId): Promise<Answer> =>
    house.as(account)('usage', 'GetFreeTrial', { agreementId: id })
  const training = async () => {
    const { grants } = await ask(buyer)
    return grants.find(({ dimensionKey }: Answer) => dimensionKey === 'ml.m5.large.a.t')
  }
  const { endsAt, grants } = await ask(buyer)
  assert.equal(new Date(endsAt).getTime(), begun + 14 * 24 * hour)
  assert.deepEqual(
    grants.map(({ dimensionKey }: Answer) => dimensionKey),
    rates.map(({ DimensionKey }) => DimensionKey),
  )
  assert.deepEqual(await training(), { dimensionKey: 'ml.m5.large.a.t', unit: 'hours', used: 0, granted: 2 })
  const arn = await entitledArn(house, agreementId)
  await runInstances(house, arn, 'arn:one', 0.5 * hour)
  assert.equal((await training()).used, 0.5)
  await runInstances(house, arn, 'arn:two', 5 * hour)
  assert.equal((await training()).used, 2)
  for (const refused of [ask(seller), ask(buyer, 'agmt-none')])
    await assert.rejects(refused, { code: 'ResourceNotFoundException' })
})

test('a trial without a bound tells none, an agreement without a trial no end', async () => {
  const house = await openMarketFixture()
  after(() => house.store.close())
  const first = await openShop(house, usagePricing(rates, [trialOf()]))
  const unlimited = await house.as(buyer)('usage', 'GetFreeTrial', { agreementId: await buy(house, first.offer) })
  assert.deepEqual(Object.keys(unlimited.grants[0]).sort(), ['dimensionKey', 'unit', 'used'])
  const plain = await openMarketFixture()
  after(() => plain.store.close())
  const second = await openShop(plain)
  assert.deepEqual(await plain.as(buyer)('usage', 'GetFreeTrial', { agreementId: await buy(plain, second.offer) }), {
    grants: [],
  })
})
