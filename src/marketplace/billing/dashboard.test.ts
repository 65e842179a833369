import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listingId } from '../identifier.ts'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import { buy, entitledArn, openShop, rates, runInstances, trialOf, usagePricing } from '../market-story.fixture.ts'

const november = { year: 2026, month: 11 }
const december = { year: 2026, month: 12 }
const account = (number: number) => String(400_000_000_000 + number)
const day = 86_400_000

const ofSeller = (house: MarketFixture, productId: string, billingPeriod = november): Promise<Answer> =>
  house.as(seller)('reports', 'GetSellerDashboard', { productId, billingPeriod })

async function openProduct(pricing?: object) {
  const house = await openMarketFixture()
  const shop = await openShop(house, pricing)
  const product = shop.product.split('@')[0] as string
  const look = (viewer: string) => {
    const ask = house.as(viewer)
    return {
      search: () => ask('discovery', 'SearchListings', { searchText: 'iris' }),
      visit: () => ask('discovery', 'GetListing', { listingId: listingId(product) }),
      configure: () => ask('discovery', 'ListFulfillmentOptions', { productId: product }),
    }
  }
  return { house, product, offer: shop.offer, look }
}

describe('a seller’s dashboard', () => {
  it('is the way from a search to use, and tells no step that fewer than five accounts took', async () => {
    const { house, product, offer, look } = await openProduct()
    for (let number = 0; number < 8; number++) await look(account(number)).search()
    await look(account(0)).search()
    for (let number = 0; number < 5; number++) await look(account(number)).visit()
    for (let number = 0; number < 4; number++) await look(account(number)).configure()
    for (let again = 0; again < 9; again++) await look(account(0)).configure()
    // Its own seller does not count.
    await look(seller).visit()
    await look(seller).configure()
    await buy(house, offer)
    assert.deepEqual((await ofSeller(house, product)).funnel, [
      { step: 'IMPRESSIONS', times: 5, accounts: 5 },
      { step: 'VISITS', times: 5, accounts: 5, conversion: '100.0' },
      { step: 'SUBSCRIPTIONS' },
      { step: 'CONFIGURATIONS' },
      { step: 'LAUNCHES' },
    ])
    await look(account(7)).configure()
    const { funnel } = await ofSeller(house, product)
    assert.deepEqual(funnel[3], { step: 'CONFIGURATIONS', times: 10, accounts: 5 })
    const next = (await ofSeller(house, product, december)).funnel
    assert.deepEqual(
      next.map(({ step, ...told }: Answer) => told),
      Array(5).fill({}),
    )
  })

  it('has revenue, usage, trials and churn by the numbers of the reports', async () => {
    const { house, product, offer } = await openProduct(usagePricing(rates, [trialOf()]))
    const left = await buy(house, offer)
    const arn = await entitledArn(house, left)
    await runInstances(house, arn, 'arn:one', 3_600_000)
    await buy(house, offer, { account: other })
    const first = await ofSeller(house, product)
    assert.deepEqual(
      [first.revenue, first.trials, first.subscribers],
      ['0', { new: 2, current: 2, converted: 0, nonConverted: 0 }, { active: 2, new: 2, cancelled: 0 }],
    )
    assert.deepEqual(first.usage, [
      { dimension: 'ml.m5.large.a.t', unit: 'minutes', quantity: '60', freeQuantity: '60', amount: '0' },
    ])
    house.clock.time += 20 * day
    await house.settle()
    await runInstances(house, arn, 'arn:two', 3_600_000)
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId: left })
    const second = await ofSeller(house, product, december)
    assert.equal(second.revenue, '0.6')
    assert.deepEqual(second.trials, { new: 0, current: 0, converted: 2, nonConverted: 0 })
    assert.deepEqual(second.subscribers, { active: 1, new: 0, cancelled: 1, churn: '50.0' })
  })

  it('is for the seller of the product', async () => {
    const { house, product } = await openProduct()
    const theirs = house.as(buyer)('reports', 'GetSellerDashboard', { productId: product, billingPeriod: november })
    await assert.rejects(theirs, { code: 'ValidationException', message: /There is no product/ })
  })
})

it('a buyer’s dashboard is what was spent on which product, and which agreements end', async () => {
  const { house, product, offer } = await openProduct()
  const agreementId = await buy(house, offer)
  await runInstances(house, await entitledArn(house, agreementId), 'arn:one', 7_200_000)
  const ask = (who: string) => house.as(who)('reports', 'GetBuyerDashboard', { billingPeriod: november })
  const { spend, totalAmount, agreements } = await ask(buyer)
  assert.equal(totalAmount, '1.2')
  assert.deepEqual(
    spend.map((each: Answer) => [each.productId, each.seller, each.amount, each.usage[0].quantity]),
    [[product, 'Seller 111', '1.2', '120']],
  )
  const none = { renewingWithin30Days: 0, renewingWithin60Days: 0, endingWithin30Days: 0, endingWithin60Days: 0 }
  assert.deepEqual(agreements, { active: 1, ...none })
  assert.deepEqual((await ask(other)).spend, [])
})
