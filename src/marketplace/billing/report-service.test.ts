import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import { buy, contractPricing, openShop, privateOffer, rates, trialOf, usagePricing } from '../market-story.fixture.ts'

async function report(house: MarketFixture, reportType: string, month: number): Promise<Record<string, string>[]> {
  const input = { reportType, billingPeriod: { year: 2026, month }, destination: { bucket: seller } }
  const { key } = await house.as(seller)('reports', 'CreateReport', input)
  const [head = '', ...lines] = (house.files.get(`${seller}/${key}`) ?? '').trim().split('\r\n')
  const names = head.split(',')
  return lines.map(line => Object.fromEntries(line.split(',').map((cell, at) => [names[at] ?? '', cell])))
}

test('a seller reads who came, who left, and what became of trials, by account', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house, usagePricing(rates, [trialOf()]))
  const left = await buy(house, offer)
  house.clock.time += 1000
  await buy(house, offer, { account: other })
  house.clock.time += 5 * 86_400_000
  await house.as(buyer)('agreement', 'CancelAgreement', { agreementId: left })
  house.clock.time = Date.parse('2026-12-31T12:00:00Z')
  await house.settle()
  const subscribers = (await report(house, 'SELLER_SUBSCRIBERS', 11)).map((row: Answer) => [
    row.customer_account_id,
    row.change,
    row.status,
  ])
  assert.deepEqual(subscribers, [
    [buyer, 'NEW', 'CANCELLED'],
    [buyer, 'CANCELLED', 'CANCELLED'],
    [other, 'NEW', 'ACTIVE'],
  ])
  assert.deepEqual(await report(house, 'SELLER_SUBSCRIBERS', 12), [])
  const trials = async (month: number) => {
    const [row] = await report(house, 'SELLER_TRIALS', month)
    return [row?.new, row?.current, row?.converted, row?.non_converted]
  }
  assert.deepEqual(await trials(11), ['2', '1', '0', '1'])
  assert.deepEqual(await trials(12), ['0', '0', '1', '0'])
})

test('a seller reads what contracts cost beside their use, in the month in which it falls due', async () => {
  const house = await openMarketFixture()
  const { product } = await openShop(house)
  await buy(house, await privateOffer(house, product, contractPricing('12.34')))
  const rows = await report(house, 'SELLER_FEES', 11)
  assert.deepEqual(
    rows.map(row => [row.customer_account_id, row.fee_description, row.start_date, row.end_date, row.amount]),
    [[buyer, 'Contract paid on acceptance', '2026-11-20T12:00:00.000Z', '2026-12-20T12:00:00.000Z', '12.34']],
  )
  assert.deepEqual(await report(house, 'SELLER_FEES', 12), [])
})
