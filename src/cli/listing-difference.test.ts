import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deliveryDifferences, informationDifferences, offerDifferences } from './listing-difference.ts'

const information = {
  ProductTitle: 'Trees',
  ShortDescription: 'Grows trees.',
  Highlights: ['small'],
  SupportDescription: 'Ask.',
  AdditionalResources: [],
  LogoUrl: 'https://example.com/logo.png',
  VideoUrls: ['https://example.com/film'],
}
const live = {
  Description: { ProductTitle: 'Trees', ShortDescription: 'Grows trees.', Highlights: ['small'], Visibility: 'Public' },
  PromotionalResources: {
    LogoUrl: 'https://example.com/logo.png',
    Videos: [{ Type: 'Link', Title: 'Trees', Url: 'https://example.com/film' }],
    AdditionalResources: [],
  },
  SupportInformation: { Description: 'Ask.' },
}

test('what is live as the folder says it is no difference', () => {
  assert.deepEqual(informationDifferences(information, live), [])
})

test('each member that the folder says otherwise is told, with what is live', () => {
  const names = Object.keys(information)
  fc.assert(
    fc.property(fc.subarray(names), chosen => {
      const wanted = Object.fromEntries(
        Object.entries(information).map(([name, value]) => [name, chosen.includes(name) ? 'other' : value]),
      )
      const told = informationDifferences(wanted, live).map(({ what }) => what.replace('Information.', ''))
      assert.deepEqual(told.sort(), chosen.sort())
    }),
  )
})

test('of a delivery option the members count that the folder has; a list counts whole', () => {
  const version = {
    DeliveryOptions: [
      {
        Instructions: {
          Usage: 'Ask it.',
          InputProperties: { Description: 'CSV', Limitations: '6 MB', Parameters: [{ Name: 'a' }] },
        },
        RecommendedInstanceTypes: { BatchTransform: 'ml.m5.large', RealtimeInference: 'ml.m5.large' },
      },
    ],
  }
  const same = { UsageInstructions: 'Ask it.', InputProperties: { Description: 'CSV' } }
  assert.deepEqual(deliveryDifferences(same, version), [])
  const more = { InputProperties: { Parameters: [{ Name: 'a' }, { Name: 'b' }] }, RecommendedInstanceTypes: {} }
  assert.deepEqual(
    deliveryDifferences(more, version).map(({ what }) => what),
    ['Delivery.InputProperties'],
  )
})

test('prices are numbers, in any order, and a term that the offer lacks is a difference', () => {
  const rates = (...pairs: [string, string][]) => ({
    Type: 'UsageBasedPricingTerm',
    CurrencyCode: 'USD',
    RateCards: [{ RateCard: pairs.map(([DimensionKey, Price]) => ({ DimensionKey, Price })) }],
  })
  const support = { Type: 'SupportTerm', RefundPolicy: 'None.' }
  const wanted = (...pairs: [string, string][]) => ({
    ...{ PricingTerms: { Terms: [rates(...pairs)] }, LegalTerms: { Terms: [] }, SupportTerms: { Terms: [support] } },
  })
  const offer = { Terms: [rates(['ml.m5.large.m.i.r', '0.1'], ['m.i.c', '2'])] }
  const what = (of: ReturnType<typeof wanted>) => offerDifferences(of, offer).map(one => one.what)
  assert.deepEqual(what(wanted(['m.i.c', '2.00'], ['ml.m5.large.m.i.r', '0.10'])), ['Offer.SupportTerms.SupportTerm'])
  assert.deepEqual(what(wanted(['m.i.c', '2.01'], ['ml.m5.large.m.i.r', '0.10'])), [
    'Offer.PricingTerms.UsageBasedPricingTerm',
    'Offer.SupportTerms.SupportTerm',
  ])
})
