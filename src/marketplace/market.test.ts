import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, openMarketFixture, other, seller } from './market.fixture.ts'
import {
  algorithmArn,
  buy,
  certifiedAlgorithm,
  changeCatalog,
  entitledArn,
  onOffer,
  onProduct,
  openShop,
  privateOffer,
  rates,
  usagePricing,
  version,
} from './market-story.fixture.ts'

describe('a seller lists, a buyer finds, buys and uses', () => {
  it('from certified algorithm to charges', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const ask = house.as(buyer)

    const found = await ask('discovery', 'SearchListings', { searchText: 'classify flower' })
    assert.equal(found.totalResults, 1)
    const [summary] = found.listingSummaries
    assert.equal(summary.listingName, 'Iris Trees')
    assert.deepEqual(summary.pricingModels, [{ pricingModelType: 'USAGE', displayName: 'Usage based' }])

    const listing = await ask('discovery', 'GetListing', { listingId: summary.listingId })
    assert.equal(listing.associatedEntities[0].product.productId, product)
    assert.equal(listing.associatedEntities[1].offer.offerId, offer)
    const options = await ask('discovery', 'ListPurchaseOptions', {
      filters: [{ filterType: 'PRODUCT_ID', filterValues: [product] }],
    })
    assert.deepEqual(
      options.purchaseOptions.map((option: Answer) => option.purchaseOptionId),
      [offer],
    )

    const agreementId = await buy(house, offer)
    const arn = await entitledArn(house, agreementId)
    assert.match(arn, /^arn:aws:sagemaker:us-east-1:999999999999:algorithm\/iris-trees-[0-9a-f]{32}$/)
    await house.market.requireSubscription(buyer, arn)
    await assert.rejects(
      house.market.requireSubscription(other, arn),
      /Caller is not subscribed to the marketplace offering/,
    )
    await assert.rejects(house.market.requireSubscription(buyer, algorithmArn), /not subscribed/)

    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'arn:job/1' }
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 2, house.now()))
    house.clock.time += 90_000
    await house.store.transaction(tx => house.market.usageStopped(tx, subject.resourceArn, house.now()))
    house.clock.time += 1000
    const { items } = await ask('agreement', 'ListAgreementCharges', { agreementId })
    // Two instances, two begun minutes each, at 0.60 an hour.
    assert.deepEqual(
      items.map(({ amount, currencyCode }: Answer) => [amount, currencyCode]),
      [['0.04', 'USD']],
    )
  })

  it('shows each side of an agreement what is its own', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const agreementId = await buy(house, offer)
    const search = (account: string, PartyType: string, more: [string, string][] = []) =>
      house.as(account)('agreement', 'SearchAgreements', {
        filters: [['PartyType', PartyType], ['AgreementType', 'PurchaseAgreement'], ...more].map(([name, value]) => ({
          name,
          values: [value],
        })),
      })
    for (const [account, party] of [
      [buyer, 'Acceptor'],
      [seller, 'Proposer'],
    ] as const) {
      const { agreementViewSummaries } = await search(account, party, [
        ['ResourceIdentifier', product],
        ['Status', 'ACTIVE'],
      ])
      assert.deepEqual(
        agreementViewSummaries.map((each: Answer) => each.agreementId),
        [agreementId],
      )
    }
    assert.deepEqual((await search(other, 'Acceptor')).agreementViewSummaries, [])
    assert.deepEqual((await search(seller, 'Acceptor')).agreementViewSummaries, [])
    const view = await house.as(seller)('agreement', 'DescribeAgreement', { agreementId })
    assert.equal(view.acceptor.accountId, buyer)
    assert.equal(view.endTime, undefined)
    await assert.rejects(house.as(other)('agreement', 'DescribeAgreement', { agreementId }), {
      code: 'ResourceNotFoundException',
    })
    await assert.rejects(house.as(seller)('agreement', 'ListAgreementCharges', { agreementId }), {
      code: 'ResourceNotFoundException',
    })
    await assert.rejects(house.as(seller)('agreement', 'GetAgreementEntitlements', { agreementId }), /acceptor/)
    const { acceptedTerms } = await house.as(buyer)('agreement', 'GetAgreementTerms', { agreementId })
    assert.deepEqual(acceptedTerms.flatMap(Object.keys).sort(), ['legalTerm', 'supportTerm', 'usageBasedPricingTerm'])
  })

  it('cancelling blocks new use at once, and what runs is still charged', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const ask = house.as(buyer)
    const agreementId = await buy(house, offer)
    const arn = await entitledArn(house, agreementId)
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'arn:endpoint/1' }
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, house.now()))
    house.clock.time += 3_600_000
    await ask('agreement', 'CancelAgreement', { agreementId })
    await assert.rejects(house.market.requireSubscription(buyer, arn), /not subscribed/)
    const [entitlement] = (await ask('agreement', 'GetAgreementEntitlements', { agreementId })).agreementEntitlements
    assert.equal(entitlement.status, 'DEPROVISIONED')
    house.clock.time += 3_600_000
    const { items } = await ask('agreement', 'ListAgreementCharges', {})
    assert.deepEqual(
      items.map((item: Answer) => item.amount),
      ['0.50'],
    )
    await assert.rejects(ask('agreement', 'CancelAgreement', { agreementId }), { code: 'ConflictException' })
  })

  it('lets a private offer’s buyer begin only what the offer prices, and what ran before go on', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const own = await privateOffer(house, product, usagePricing(rates), [], [buyer])
    const bigger = `${algorithmArn}-2`
    const [batch, realtime] = ['ml.c5.large.m.i.b', 'ml.m5.large.m.i.r']
    await house.escrow.certify(bigger, {
      ...certifiedAlgorithm,
      transformInstanceTypes: ['ml.m5.large', 'ml.c5.large'],
    })
    const more = [...rates, { DimensionKey: batch, Price: '0.40' }]
    const added = await changeCatalog(house, [
      onProduct('AddDeliveryOptions', version('2.0', bigger), product),
      onOffer('UpdatePricingTerms', usagePricing(more), offer),
    ])
    assert.equal(added.Status, 'SUCCEEDED', added.FailureDescription)
    const agreementId = await buy(house, offer)
    const arn = await entitledArn(house, agreementId)
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'arn:job/1' }
    await house.market.requireSubscription(buyer, arn, batch)
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, batch, 1, house.now()))
    await buy(house, own, { more: { intent: 'REPLACE', sourceAgreementIdentifier: agreementId } })
    await house.market.requireSubscription(buyer, arn, realtime)
    await assert.rejects(house.market.requireSubscription(buyer, arn, batch), {
      ...{ code: 'ValidationException' },
      message: `${batch} is not part of offer ${own}: ask the seller for a new private offer.`,
    })
    house.clock.time += 3_600_000
    await house.store.transaction(tx => house.market.usageStopped(tx, subject.resourceArn, house.now()))
    const { items } = await house.as(buyer)('agreement', 'ListAgreementCharges', {})
    assert.deepEqual(
      items.map((item: Answer) => item.amount),
      ['0.40'],
    )
    const wider = await privateOffer(house, product, usagePricing(more), [], [buyer])
    const [current] = (
      await house.as(buyer)('agreement', 'SearchAgreements', {
        filters: ['PartyType=Acceptor', 'AgreementType=PurchaseAgreement', 'Status=ACTIVE'].map(each => ({
          ...{ name: each.split('=')[0], values: each.split('=').slice(1) },
        })),
      })
    ).agreementViewSummaries
    await buy(house, wider, { more: { intent: 'REPLACE', sourceAgreementIdentifier: current.agreementId } })
    await house.market.requireSubscription(buyer, arn, batch)
  })
})
