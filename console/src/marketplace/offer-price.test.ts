import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { durationWords, offerPrice } from './offer-price.ts'

const rate = (dimensionKey: string, price: string) => ({ dimensionKey, price, displayName: '', unit: 'HostHrs' })
const usage = (...rateCard: ReturnType<typeof rate>[]) => [
  { usageBasedPricingTerm: { id: 't', currencyCode: 'USD', rateCards: [{ rateCard }] } },
]

describe('the prices of an offer', () => {
  it('are a row for each instance type', () => {
    const terms = usage(
      rate('ml.m5.large.a.t', '0.1'),
      rate('ml.m5.large.m.i.b', '0.05'),
      rate('ml.c5.xlarge.m.i.r', '1'),
    )
    assert.deepEqual(offerPrice(terms), {
      currency: 'USD',
      rows: [
        { instanceType: 'ml.m5.large', training: '0.1', batch: '0.05' },
        { instanceType: 'ml.c5.xlarge', realtime: '1' },
      ],
    })
  })

  it('may be by the request', () => {
    for (const key of ['m.i.c', 'inference.count.m.i.c'])
      assert.deepEqual(offerPrice(usage(rate(key, '0.001'))), { currency: 'USD', rows: [], perRequest: '0.001' })
  })

  it('are none where nothing is paid by use', () => {
    assert.equal(offerPrice([{ supportTerm: { id: 't', refundPolicy: 'None.' } }]), undefined)
  })

  it('last as long as words say', () => {
    assert.equal(durationWords('P14D'), '14 days')
    assert.equal(durationWords('P1Y'), '1 year')
    assert.equal(durationWords('PT5H'), 'PT5H')
    assert.equal(durationWords(undefined), undefined)
  })
})
