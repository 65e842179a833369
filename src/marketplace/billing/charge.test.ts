import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, openMarketFixture } from '../market.fixture.ts'
import { buy, entitledArn, openShop, rates, usagePricing } from '../market-story.fixture.ts'

const day = 86_400_000

/** A buyer of one product who has asked it in three months: charges of an odd amount, a whole one, and one of cents. */
async function openCharges() {
  const house = await openMarketFixture()
  const byRequest = [...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: '0.001' }] as typeof rates
  const { offer } = await openShop(house, usagePricing(byRequest))
  const agreement = await buy(house, offer)
  const productArn = await entitledArn(house, agreement)
  const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'endpoint/1' }
  const begin = house.clock.time
  const counts = [1n, 2000n, 10n].map((units, month) => ({ ...subject, units, time: begin + month * 31 * day }))
  await house.store.transaction(tx => house.market.inferencesCounted(tx, { journal: 'a', number: 1 }, counts))
  house.clock.time = begin + 70 * day
  const ask = house.as(buyer)
  return {
    ...{ house, agreement },
    list: (input: object = {}): Promise<Answer> => ask('agreement', 'ListAgreementCharges', input),
    order: (...purchaseOrders: object[]): Promise<Answer> =>
      ask('agreement', 'UpdatePurchaseOrders', { purchaseOrders }),
  }
}

describe('charges', () => {
  it('have two decimals at least, and as many as it takes', async () => {
    const { list, agreement } = await openCharges()
    const { items, nextToken } = await list()
    assert.deepEqual(
      items.map(({ amount }: Answer) => amount),
      ['0.001', '2.00', '0.01'],
    )
    assert.equal(nextToken, undefined)
    for (const item of items)
      assert.deepEqual([item.revision, item.agreementId, item.currencyCode], [1, agreement, 'USD'])
  })

  it('are paged one after another, each once, of one agreement or of all', async () => {
    const { list, agreement } = await openCharges()
    for (const asked of [{}, { agreementId: agreement }])
      for (const maxResults of [1, 2, 3]) {
        const found: string[] = []
        let nextToken: string | undefined
        let pages = 0
        do {
          const page: Answer = await list({ ...asked, maxResults, ...(nextToken && { nextToken }) })
          assert.ok(page.items.length <= maxResults)
          found.push(...page.items.map(({ amount }: Answer) => amount))
          nextToken = page.nextToken
          pages++
        } while (nextToken)
        assert.deepEqual(found, ['0.001', '2.00', '0.01'])
        assert.equal(pages, Math.ceil(3 / maxResults))
      }
  })

  it('are of purchase agreements in this catalog, and there are no others', async () => {
    const { list } = await openCharges()
    assert.equal((await list({ agreementType: 'PurchaseAgreement' })).items.length, 3)
    assert.deepEqual((await list({ agreementType: 'Other' })).items, [])
    await assert.rejects(list({ catalog: 'Elsewhere' }))
  })

  it('keep their own purchase order until it is changed or taken away', async () => {
    const { list, order, agreement } = await openCharges()
    const orders = async () =>
      (await list()).items.map(({ purchaseOrderReference: reference }: Answer) => reference ?? '').join()
    const [first, second] = (await list()).items.map(({ id }: Answer) => id)
    const of = (chargeId: string, purchaseOrderReference?: string) => ({
      ...{ chargeId, agreementId: agreement, chargeRevision: 1 },
      ...(purchaseOrderReference && { purchaseOrderReference }),
    })
    await order(of(first, 'one'), of(second, 'two'))
    assert.equal(await orders(), 'one,two,')
    await order(of(second, 'three'))
    assert.equal(await orders(), 'one,three,')
    await order(of(first))
    assert.equal(await orders(), ',three,')
    await assert.rejects(order(of(first, 'four'), of('ch-none', 'five')), /has no charge ch-none/)
    assert.equal(await orders(), ',three,')
    await assert.rejects(order({ ...of(first, 'six'), chargeRevision: 2 }), /is at revision 1/)
  })
})
