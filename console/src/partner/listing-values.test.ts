import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listingChanges, newListing } from './listing-values.ts'

const listed = {
  arn: 'arn:aws:sagemaker:us-east-1:111111111111:algorithm/trees',
  ...{ training: ['ml.m5.large'], realtime: ['ml.m5.large'], transform: ['ml.c5.xlarge'] },
}
const values = {
  ...newListing(listed),
  ...{ title: 'Trees <small>', highlights: 'One\n\n Two ', keywords: 'a, b', accounts: '222222222222\n' },
  prices: { 'ml.m5.large.a.t': '1', 'ml.m5.large.m.i.r': ' 2 ', 'ml.c5.xlarge.m.i.b': '3' },
}
const detailsOf = (changes: ReturnType<typeof listingChanges>, type: string, entity = 'Machine') => {
  const found = changes.find(each => each.ChangeType === type && each.Entity?.Type?.startsWith(entity))
  return JSON.parse(found?.Details ?? '{}')
}

describe('a listing', () => {
  it('is one set of changes: a product with its version, and its public offer', () => {
    const changes = listingChanges(values, listed)
    assert.deepEqual(detailsOf(changes, 'UpdateInformation').Highlights, ['One', 'Two'])
    const [option] = detailsOf(changes, 'AddDeliveryOptions').DeliveryOptions
    const details = option.Details.SageMakerAlgorithmDeliveryOptionDetails
    assert.equal(details.SageMakerAlgorithmArn, listed.arn)
    assert.deepEqual(details.RecommendedInstanceTypes, {
      ...{ Training: 'ml.m5.large', RealtimeInference: 'ml.m5.large', BatchTransform: 'ml.c5.xlarge' },
    })
    assert.deepEqual(detailsOf(changes, 'UpdateTargeting').PositiveTargeting.BuyerAccounts, ['222222222222'])
    assert.doesNotMatch(detailsOf(changes, 'UpdateInformation', 'Offer').Name, /[<>]/)
  })

  it('has a price for each use of each instance type, and grants the same in a trial', () => {
    const changes = listingChanges({ ...values, hasTrial: true, trialDays: '7', trialHours: '5' }, listed)
    const { PricingModel, Terms } = detailsOf(changes, 'UpdatePricingTerms', 'Offer')
    assert.equal(PricingModel, 'Usage')
    assert.deepEqual(Terms[0].RateCards[0].RateCard[1], { DimensionKey: 'ml.m5.large.m.i.r', Price: '2' })
    assert.equal(Terms[1].Duration, 'P7D')
    assert.deepEqual(Terms[1].Grants[2], { DimensionKey: 'ml.c5.xlarge.m.i.b', MaxQuantity: 5 })
  })

  it('may charge requests in the place of real-time hours, and keeps the rates that it had', () => {
    const prices = { ...values.prices, 'inference.count.m.i.c': '0.01', 'ml.old.large.a.t': '5' }
    const ratesOf = (isByRequest: boolean) => {
      const { Terms } = detailsOf(
        listingChanges({ ...values, prices, isByRequest }, listed),
        'UpdatePricingTerms',
        'Offer',
      )
      return Terms[0].RateCards[0].RateCard.map(({ DimensionKey }: { DimensionKey: string }) => DimensionKey)
    }
    const rest = ['ml.c5.xlarge.m.i.b', 'ml.old.large.a.t']
    assert.deepEqual(ratesOf(true), ['ml.m5.large.a.t', 'inference.count.m.i.c', ...rest])
    assert.deepEqual(ratesOf(false), ['ml.m5.large.a.t', 'ml.m5.large.m.i.r', ...rest])
  })

  it('may be free, and have an agreement of the seller’s own', () => {
    const changes = listingChanges({ ...values, model: 'Free', eula: 'custom', eulaUrl: 'https://a/b.pdf' }, listed)
    assert.deepEqual(detailsOf(changes, 'UpdatePricingTerms', 'Offer'), { PricingModel: 'Free', Terms: [] })
    const [term] = detailsOf(changes, 'UpdateLegalTerms', 'Offer').Terms
    assert.deepEqual(term.Documents, [{ Type: 'CustomEula', Url: 'https://a/b.pdf' }])
  })
})
