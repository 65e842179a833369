import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newListing, newProduct, pageChanges, releaseChanges } from './listing-values.ts'

const listed = {
  arn: 'arn:aws:sagemaker:us-east-1:111111111111:algorithm/trees',
  ...{ training: ['ml.m5.large'], realtime: ['ml.m5.large'], transform: ['ml.c5.xlarge'] },
}
const values = {
  ...newListing(listed),
  ...{ title: 'Trees <small>', highlights: 'One\n\n Two ', keywords: 'a, b', accounts: '222222222222\n' },
  prices: { 'ml.m5.large.a.t': '1', 'ml.m5.large.m.i.r': ' 2 ', 'ml.c5.xlarge.m.i.b': '3' },
}
const ids = { product: 'prod-1', offer: 'offer-1' }
/** The one change of a page. */
const detailsOf = (page: keyof typeof pageChanges, changed: Partial<typeof values> = {}) => {
  const [only, ...others] = pageChanges[page]({ ...values, ...changed }, listed, ids)
  assert.deepEqual(others, [])
  return JSON.parse(only?.Details ?? '{}')
}

describe('a listing', () => {
  it('begins as a product with its public offer, in one set of changes', () => {
    const [made, offered] = newProduct('Trees <small>', [{ Key: 'team', Value: 'forest' }])
    assert.deepEqual(JSON.parse(made?.Details ?? ''), { ProductTitle: 'Trees <small>' })
    assert.deepEqual(made?.EntityTags, [{ Key: 'team', Value: 'forest' }])
    const details = JSON.parse(offered?.Details ?? '')
    assert.equal(details.ProductId, '$product.Entity.Identifier')
    assert.doesNotMatch(details.Name, /[<>]/)
  })

  it('is one change a page', () => {
    assert.deepEqual(detailsOf('information').Highlights, ['One', 'Two'])
    const [option] = detailsOf('version').DeliveryOptions
    const details = option.Details.SageMakerAlgorithmDeliveryOptionDetails
    assert.equal(details.SageMakerAlgorithmArn, listed.arn)
    assert.deepEqual(details.RecommendedInstanceTypes, {
      ...{ Training: 'ml.m5.large', RealtimeInference: 'ml.m5.large', BatchTransform: 'ml.c5.xlarge' },
    })
    assert.deepEqual(detailsOf('allowlist').PositiveTargeting.BuyerAccounts, ['222222222222'])
  })

  it('ends with both released', () => {
    const changes = releaseChanges(values, listed, ids)
    const types = ['UpdateTargeting', 'UpdateInformation', 'ReleaseProduct', 'ReleaseOffer']
    assert.deepEqual(
      changes.map(({ ChangeType }) => ChangeType),
      types,
    )
    assert.doesNotMatch(JSON.parse(changes[1]?.Details ?? '').Description, /[<>]/)
  })

  it('has a price for each use of each instance type, and grants the same in a trial', () => {
    const { PricingModel, Terms } = detailsOf('pricing', { hasTrial: true, trialDays: '7', trialHours: '5' })
    assert.equal(PricingModel, 'Usage')
    assert.deepEqual(Terms[0].RateCards[0].RateCard[1], { DimensionKey: 'ml.m5.large.m.i.r', Price: '2' })
    assert.equal(Terms[1].Duration, 'P7D')
    assert.deepEqual(Terms[1].Grants[2], { DimensionKey: 'ml.c5.xlarge.m.i.b', MaxQuantity: 5 })
  })

  it('may charge requests in the place of real-time hours, and keeps the rates that it had', () => {
    const prices = { ...values.prices, 'inference.count.m.i.c': '0.01', 'ml.old.large.a.t': '5' }
    const ratesOf = (isByRequest: boolean) => {
      const { Terms } = detailsOf('pricing', { prices, isByRequest })
      return Terms[0].RateCards[0].RateCard.map(({ DimensionKey }: { DimensionKey: string }) => DimensionKey)
    }
    const rest = ['ml.c5.xlarge.m.i.b', 'ml.old.large.a.t']
    assert.deepEqual(ratesOf(true), ['ml.m5.large.a.t', 'inference.count.m.i.c', ...rest])
    assert.deepEqual(ratesOf(false), ['ml.m5.large.a.t', 'ml.m5.large.m.i.r', ...rest])
  })

  it('may be free, and have an agreement of the seller’s own', () => {
    assert.deepEqual(detailsOf('pricing', { model: 'Free' }), { PricingModel: 'Free', Terms: [] })
    const [term] = detailsOf('eula', { eula: 'custom', eulaUrl: 'https://a/b.pdf' }).Terms
    assert.deepEqual(term.Documents, [{ Type: 'CustomEula', Url: 'https://a/b.pdf' }])
  })
})
