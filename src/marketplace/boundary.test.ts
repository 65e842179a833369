import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from './market.fixture.ts'
import {
  algorithmArn,
  buy,
  certifiedAlgorithm,
  changeCatalog,
  contractPricing,
  entitledArn,
  entitledArns,
  onOffer,
  onProduct,
  openOfferSet,
  openPackageShop,
  openShop,
  privateOffer,
  rates,
  runInstances,
  trialOf,
  usagePricing,
  version,
} from './market-story.fixture.ts'

const [second, minute, day] = [1000, 60_000, 86_400_000]

const charged = async (house: MarketFixture): Promise<string[]> =>
  (await house.as(buyer)('agreement', 'ListAgreementCharges', {})).items.map((item: Answer) => item.amount)

const statusOf = async (house: MarketFixture, agreementId: string): Promise<string> =>
  (await house.as(buyer)('agreement', 'DescribeAgreement', { agreementId })).status

test('a minute that is over a second before the end of a trial is free, one that begins a second after is paid', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house, usagePricing(rates, [trialOf()]))
  const ends = house.clock.time + 14 * day
  const arn = await entitledArn(house, await buy(house, offer))
  house.clock.time = ends - minute - second
  await runInstances(house, arn, 'job/1', minute)
  assert.deepEqual(await charged(house), ['0.00'])
  house.clock.time = ends + second
  await runInstances(house, arn, 'job/2', minute)
  house.clock.time += second
  // One charge a month: what was free and what is paid.
  assert.deepEqual(await charged(house), ['0.01'])
})

test('a higher price holds from the first second of its month', async () => {
  const house = await openMarketFixture()
  const priced = (Price: string) => usagePricing(rates.map(rate => ({ ...rate, Price })))
  const { offer } = await openShop(house, priced('0.60'))
  const arn = await entitledArn(house, await buy(house, offer))
  house.clock.time += second
  const raised = await changeCatalog(house, [onOffer('UpdatePricingTerms', priced('6.00'), offer)])
  assert.equal(raised.Status, 'SUCCEEDED')
  // Announced on 20 November: 90 days end on 18 February.
  house.clock.time = Date.parse('2027-02-28T23:58:59Z')
  await runInstances(house, arn, 'job/1', minute)
  assert.deepEqual(await charged(house), ['0.01'])
  house.clock.time = Date.parse('2027-03-01T00:00:00Z')
  await runInstances(house, arn, 'job/2', minute)
  house.clock.time += second
  assert.deepEqual(await charged(house), ['0.01', '0.10'])
})

test('no price changes until the second in which an increase begins', async () => {
  const house = await openMarketFixture()
  const priced = (Price: string) => usagePricing(rates.map(rate => ({ ...rate, Price })))
  const { offer } = await openShop(house, priced('1'))
  const set = async (price: string) =>
    (await changeCatalog(house, [onOffer('UpdatePricingTerms', priced(price), offer)])).Status
  house.clock.time += second
  assert.equal(await set('2'), 'SUCCEEDED')
  house.clock.time = Date.parse('2027-02-28T23:59:59Z')
  assert.equal(await set('1.5'), 'FAILED')
  house.clock.time += second
  assert.equal(await set('1.5'), 'SUCCEEDED')
})

test('a private offer can be accepted until 23:59:59 of its last day, and an agreement lasts as long', async () => {
  const house = await openMarketFixture()
  const { product } = await openShop(house)
  const offer = await privateOffer(
    house,
    product,
    usagePricing(),
    [
      onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-12-10' }),
      onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementEndDate: '2026-12-20' }] }),
    ],
    [buyer, other],
  )
  house.clock.time = Date.parse('2026-12-10T23:59:59Z')
  const agreement = await buy(house, offer)
  house.clock.time += second
  await assert.rejects(buy(house, offer, { account: other }))
  house.clock.time = Date.parse('2026-12-20T23:59:59Z')
  await house.settle()
  assert.equal(await statusOf(house, agreement), 'ACTIVE')
  house.clock.time += second
  await house.settle()
  assert.equal(await statusOf(house, agreement), 'REPLACED')
})

test('a buyer may change the renewal until a second before the lockout, and a contract ends a second after its last', async () => {
  const house = await openMarketFixture()
  const { product } = await openShop(house)
  const renewal = { Type: 'RenewalTerm', LockoutPeriod: 'P5D', PriceIncrease: { Type: 'FixedPercentage', Value: '0' } }
  const offer = await privateOffer(house, product, contractPricing('10'), [
    onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P30D' }] }),
    onOffer('UpdateRenewalTerms', { Terms: [renewal] }),
  ])
  const ends = house.clock.time + 30 * day
  const agreementId = await buy(house, offer, { renew: true })
  const arn = await entitledArn(house, agreementId)
  const ask = house.as(buyer)
  const { acceptedTerms } = await ask('agreement', 'GetAgreementTerms', { agreementId })
  const { id } = acceptedTerms.find((term: Answer) => term.renewalTerm).renewalTerm
  const choose = async (enableAutoRenew: boolean) => {
    const requestedTerms = [{ id, configuration: { renewalTermConfiguration: { enableAutoRenew } } }]
    const request = { intent: 'AMEND', sourceAgreementIdentifier: agreementId, requestedTerms }
    const { agreementRequestId } = await ask('agreement', 'CreateAgreementRequest', request)
    await ask('agreement', 'AcceptAgreementRequest', { agreementRequestId })
  }
  house.clock.time = ends - 5 * day - second
  await choose(false)
  house.clock.time += second
  await assert.rejects(choose(true), /was decided/)
  house.clock.time = ends - second
  await house.settle()
  assert.equal(await statusOf(house, agreementId), 'ACTIVE')
  house.clock.time = ends
  await house.settle()
  assert.equal(await statusOf(house, agreementId), 'REPLACED')
  // What follows is paid by the contract's own usage rates, and lasts.
  await house.market.requireSubscription(buyer, arn)
  await runInstances(house, arn, 'job/1', minute)
  house.clock.time += second
  assert.deepEqual((await charged(house)).sort(), ['0.01', '10.00'])
})

test('a seller’s wish to end an agreement is granted in the second in which seven days are over', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house)
  const agreementId = await buy(house, offer)
  await house.as(seller)('agreement', 'SendAgreementCancellationRequest', {
    ...{ agreementId, reasonCode: 'PRODUCT_DISCONTINUED', description: 'It is over.' },
  })
  const asked = house.clock.time
  house.clock.time = asked + 7 * day - second
  await house.settle()
  assert.equal(await statusOf(house, agreementId), 'ACTIVE')
  house.clock.time = asked + 7 * day
  await house.settle()
  assert.equal(await statusOf(house, agreementId), 'CANCELLED')
})

test('who accepts in the second before a restriction has the product, and nobody after', async () => {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house)
  const agreement = await buy(house, offer)
  house.clock.time += second
  await changeCatalog(house, [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)])
  await assert.rejects(buy(house, offer, { account: other }))
  await house.market.requireSubscription(buyer, await entitledArn(house, agreement))
})

test('a month is invoiced in the first second of the next one', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house)
  const agreementId = await buy(house, offer)
  await runInstances(house, await entitledArn(house, agreementId), 'job/1', minute)
  const invoices = async () => {
    await house.settle()
    const asked = { agreementId, groupBy: 'INVOICE_ID' }
    const told = await house.as(buyer)('agreement', 'ListAgreementInvoiceLineItems', asked)
    return told.agreementInvoiceLineItemGroupSummaries.length
  }
  house.clock.time = Date.parse('2026-11-30T23:59:59Z')
  assert.equal(await invoices(), 0)
  house.clock.time += second
  assert.equal(await invoices(), 1)
})

test('a request for an agreement can be accepted for an hour, and not in the second after', async () => {
  const house = await openMarketFixture()
  const { offer } = await openShop(house)
  const request = async (account: string) => {
    const ask = house.as(account)
    const { agreementProposalId } = await ask('discovery', 'GetOffer', { offerId: offer })
    const { offerTerms } = await ask('discovery', 'GetOfferTerms', { offerId: offer })
    const requestedTerms = offerTerms.map((term: Answer) => ({ id: (Object.values(term)[0] as Answer).id }))
    const input = { intent: 'NEW', agreementProposalIdentifier: agreementProposalId, requestedTerms }
    const { agreementRequestId } = await ask('agreement', 'CreateAgreementRequest', input)
    return () => ask('agreement', 'AcceptAgreementRequest', { agreementRequestId })
  }
  const [inTime, late] = [await request(buyer), await request(other)]
  house.clock.time += 60 * minute - second
  await inTime()
  house.clock.time += second
  await assert.rejects(late(), { fields: { reason: 'INVALID_AGREEMENT_REQUEST_ID' } })
})

test('a trial entitles until the second before its end', async () => {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house, usagePricing(rates, [trialOf()]))
  const ends = house.clock.time + 14 * day
  await buy(house, offer)
  const found = await house.as(seller)('catalog', 'DescribeEntity', { Catalog: 'AWSMarketplace', EntityId: product })
  const { ProductCode } = found.DetailsDocument.Description
  const entitled = async () =>
    (await house.as(seller)('entitlement', 'GetEntitlements', { ProductCode })).Entitlements.length
  house.clock.time = ends - second
  assert.equal(await entitled(), rates.length)
  house.clock.time = ends
  assert.equal(await entitled(), 0)
})

test('a set of offers is there until 23:59:59 of their last day', async () => {
  const house = await openMarketFixture()
  const sold = [await openPackageShop(house, 'Oaks'), await openPackageShop(house, 'Elms')]
  const members = sold.map(product => ({ product, ends: '2026-12-10' }))
  const set = await openOfferSet(house, members)
  const options = async (status: string) => {
    const filters = [
      { filterType: 'PURCHASE_OPTION_TYPE', filterValues: ['OFFERSET'] },
      { filterType: 'VISIBILITY_SCOPE', filterValues: ['PRIVATE'] },
      { filterType: 'AVAILABILITY_STATUS', filterValues: [status] },
    ]
    const { purchaseOptions } = await house.as(buyer)('discovery', 'ListPurchaseOptions', { filters })
    return purchaseOptions.map((option: Answer) => option.purchaseOptionId)
  }
  house.clock.time = Date.parse('2026-12-10T23:59:59Z')
  assert.deepEqual([await options('AVAILABLE'), await options('EXPIRED')], [[set], []])
  house.clock.time += second
  assert.deepEqual([await options('AVAILABLE'), await options('EXPIRED')], [[], [set]])
})

test('an installment of the first of a month is on that month’s invoice', async () => {
  const house = await openMarketFixture()
  const { product } = await openShop(house)
  const Schedule = [
    { ChargeDate: '2026-11-20', ChargeAmount: '1.00' },
    { ChargeDate: '2026-12-01', ChargeAmount: '2.00' },
  ]
  const { PricingModel, Terms } = contractPricing('3')
  const free = Terms.map(term => ({ ...term, ...('Price' in term && { Price: '0' }) }))
  const offer = await privateOffer(house, product, { PricingModel, Terms: free }, [
    onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P30D' }] }),
    onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-11-25' }),
    onOffer('UpdatePaymentScheduleTerms', { Terms: [{ Type: 'PaymentScheduleTerm', CurrencyCode: 'USD', Schedule }] }),
  ])
  const agreementId = await buy(house, offer)
  const invoices = async (time: string) => {
    house.clock.time = Date.parse(time)
    await house.settle()
    const asked = { agreementId, groupBy: 'INVOICE_ID' }
    const told = await house.as(buyer)('agreement', 'ListAgreementInvoiceLineItems', asked)
    return told.agreementInvoiceLineItemGroupSummaries.map((each: Answer) => each.pricingCurrencyAmount.amount)
  }
  // Of the second in which November's invoice is made, it is December's.
  assert.deepEqual(await invoices('2026-12-01T00:00:00Z'), ['1.00'])
  assert.deepEqual(await invoices('2027-01-01T00:00:00Z'), ['1.00', '2.00'])
})

test('an increase whose ninety days end with a month begins with the next one; announced a second later, a month later', async () => {
  const begins = async (announced: string) => {
    const house = await openMarketFixture()
    const priced = (Price: string) => usagePricing(rates.map(rate => ({ ...rate, Price })))
    const { offer } = await openShop(house, priced('1'))
    house.clock.time = Date.parse(announced)
    await changeCatalog(house, [onOffer('UpdatePricingTerms', priced('2'), offer)])
    const told = await house.store.db.selectFrom('market_rate').select('effective').where('offer', '=', offer).execute()
    return new Date(Math.max(...told.map(({ effective }) => Number(effective)))).toISOString()
  }
  assert.equal(await begins('2026-12-01T00:00:00Z'), '2027-03-01T00:00:00.000Z')
  assert.equal(await begins('2026-12-01T00:00:01Z'), '2027-04-01T00:00:00.000Z')
})

test('a change set is listed until the second in which its end is ninety days ago', async () => {
  const house = await openMarketFixture()
  await openShop(house)
  const listed = async () =>
    (await house.as(seller)('catalog', 'ListChangeSets', { Catalog: 'AWSMarketplace' })).ChangeSetSummaryList.length
  const ended = house.clock.time
  house.clock.time = ended + 90 * day - second
  assert.ok((await listed()) > 0)
  house.clock.time += second
  assert.equal(await listed(), 0)
})

test('a version is theirs who accepted in the second before its restriction, and nobody else’s', async () => {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house)
  const next = `${algorithmArn}-2`
  await house.escrow.certify(next, certifiedAlgorithm)
  await changeCatalog(house, [onProduct('AddDeliveryOptions', version('2.0', next), product)])
  const found = await house.as(seller)('catalog', 'DescribeEntity', { Catalog: 'AWSMarketplace', EntityId: product })
  const old = found.DetailsDocument.Versions[0].DeliveryOptions[0].Id
  const before = await buy(house, offer)
  house.clock.time += second
  const restricted = await changeCatalog(house, [
    onProduct('RestrictDeliveryOptions', { DeliveryOptionIds: [old] }, product),
  ])
  assert.equal(restricted.Status, 'SUCCEEDED')
  const after = await buy(house, offer, { account: other })
  const had = await entitledArns(house, before)
  assert.equal(had.length, 2)
  assert.equal((await entitledArns(house, after, other)).length, 1)
  for (const arn of had) await house.market.requireSubscription(buyer, arn)
  const [theirs] = await entitledArns(house, after, other)
  for (const arn of had)
    if (arn !== theirs) await assert.rejects(house.market.requireSubscription(other, arn), /not subscribed/i)
})
