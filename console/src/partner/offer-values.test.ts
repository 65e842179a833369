import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isDayToCome, isUpliftRange, newOffer, type OfferValues, offerChanges, offerLike } from './offer-values.ts'

const listed = { arn: '', training: [], realtime: ['ml.m5.large'], transform: ['ml.c5.xlarge'] }
const prices = { 'ml.m5.large.m.i.r': '1', 'ml.c5.xlarge.m.i.b': '2' }
const values: OfferValues = {
  ...{ ...newOffer, product: 'prod-a', name: 'For you', description: 'As said', expires: '2099-12-31', prices },
  ...{ model: 'Contract', days: '30', upfront: '0', installments: '2099-12-31 10.50', refund: 'None.' },
  ...{ buyers: '111111111111\n222222222222', renews: true, renewals: '2' },
}
const detailsOf = (all: ReturnType<typeof offerChanges>, type: string) =>
  JSON.parse(all.find(({ ChangeType }) => ChangeType === type)?.Details ?? 'null')

it('a private offer is one set of changes, and the offer that comes of it the same form again', () => {
  const changes = offerChanges(values, listed)
  const { Terms: pricing } = detailsOf(changes, 'UpdatePricingTerms')
  assert.equal(pricing[1].Duration, 'P30D')
  assert.deepEqual(pricing[1].Grants.length, 2)
  const [renewal] = detailsOf(changes, 'UpdateRenewalTerms').Terms
  assert.deepEqual(renewal, {
    ...{ Type: 'RenewalTerm', MaxRenewals: 2 },
    PriceIncrease: { Type: 'FixedPercentage', Value: '0' },
  })
  const terms = ['UpdateValidityTerms', 'UpdatePaymentScheduleTerms', 'UpdateLegalTerms', 'UpdateSupportTerms']
  const offer = {
    ...{ ProductId: 'prod-a', Name: 'For you', Description: 'As said', PricingModel: 'Contract' },
    Terms: [...pricing, renewal, ...terms.flatMap(type => detailsOf(changes, type).Terms)],
    Rules: [
      { Type: 'TargetingRule', ...detailsOf(changes, 'UpdateTargeting') },
      { Type: 'AvailabilityRule', AvailabilityEndDate: '2099-12-31T23:59:59.999Z' },
    ],
  }
  assert.deepEqual(offerLike(offer), { ...values, name: '' })
})

it('a renewal may rise within a range, until a deadline', () => {
  const ranged = { ...values, uplift: 'range', leastRaise: '1', mostRaise: '9', raise: '2.50', adjustmentDays: '7' }
  const Terms = detailsOf(offerChanges(ranged, listed), 'UpdateRenewalTerms').Terms
  assert.deepEqual(Terms, [
    {
      ...{ Type: 'RenewalTerm', MaxRenewals: 2, AdjustmentDeadline: 'P7D' },
      PriceIncrease: { Type: 'PercentageRange', MinValue: '1', MaxValue: '9', DefaultValue: '2.50' },
    },
  ])
  const { uplift, leastRaise, mostRaise, raise, adjustmentDays } = offerLike({ Terms })
  assert.deepEqual([uplift, leastRaise, mostRaise, raise, adjustmentDays], ['range', '1', '9', '2.50', '7'])
  assert.equal(isUpliftRange('1', '2.50', '9'), true)
  for (const [least, usual, most] of [
    ['9', '9', '9'],
    ['1', '10', '9'],
    ['2', '1', '9'],
    ['1', '50', '101'],
    ['1', 'two', '9'],
    ['1', '2.555', '9'],
  ] as const)
    assert.equal(isUpliftRange(least, usual, most), false, `${least} ${usual} ${most}`)
})

it('prices by usage have neither a fee, nor installments, nor a renewal', () => {
  const changes = offerChanges({ ...values, model: 'Usage' }, listed)
  assert.equal(detailsOf(changes, 'UpdatePricingTerms').Terms.length, 1)
  for (const type of ['UpdateRenewalTerms', 'UpdatePaymentScheduleTerms']) assert.equal(detailsOf(changes, type), null)
})

it('an offer ends on a day that is not over', () => {
  assert.equal(isDayToCome('2099-12-31'), true)
  assert.equal(isDayToCome('2020-12-31'), false)
  assert.equal(isDayToCome('tomorrow'), false)
})
