import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import {
  buy,
  changeCatalog,
  entitledArn,
  onOffer,
  openShop,
  privateOffer,
  rates,
  runInstances,
  trialOf,
  usagePricing,
} from '../market-story.fixture.ts'

const day = 86_400_000
const hour = 3_600_000

const contract = (price: string) => ({
  PricingModel: 'Contract',
  Terms: [
    ...usagePricing(rates.map(rate => ({ ...rate, Price: '0.06' }))).Terms,
    {
      Type: 'FixedUpfrontPricingTerm',
      CurrencyCode: 'USD',
      Price: price,
      Duration: 'P30D',
      Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
    },
  ],
})

const amounts = async (house: MarketFixture, agreementId?: string) =>
  (await house.as(buyer)('agreement', 'ListAgreementCharges', { ...(agreementId && { agreementId }) })).items.map(
    (item: Answer) => item.amount,
  )

const status = async (house: MarketFixture, agreementId: string) =>
  (await house.as(buyer)('agreement', 'DescribeAgreement', { agreementId })).status

describe('an agreement request', () => {
  async function openRequest() {
    const house = await openMarketFixture()
    const shop = await openShop(house, usagePricing(rates, [trialOf()]))
    const ask = house.as(buyer)
    const { agreementProposalId } = await ask('discovery', 'GetOffer', { offerId: shop.offer })
    const { offerTerms } = await ask('discovery', 'GetOfferTerms', { offerId: shop.offer })
    const terms: Answer[] = offerTerms.map((term: Answer) => Object.values(term)[0])
    const request = (ids: Answer[], more: object = {}) =>
      ask('agreement', 'CreateAgreementRequest', {
        intent: 'NEW',
        agreementProposalIdentifier: agreementProposalId,
        requestedTerms: ids,
        ...more,
      })
    const all = terms.map(({ id }) => ({ id }))
    return { house, ask, shop, terms, all, request }
  }
  const reason = (wanted: string) => (error: Answer) => {
    assert.equal(error.code, 'ValidationException')
    assert.equal(error.fields.reason, wanted, error.message)
    return true
  }

  it('must name every term but the trial, and only the offer’s', async () => {
    const { request, terms, all } = await openRequest()
    const without = (type: string) => terms.filter(term => term.type !== type).map(({ id }) => ({ id }))
    await assert.rejects(request(without('LegalTerm')), reason('MISSING_MANDATORY_TERMS'))
    await assert.rejects(request([...all, { id: 'term-x' }]), reason('INVALID_REQUESTED_TERM_ID'))
    await assert.rejects(request([...all, all[0]]), reason('INVALID_REQUESTED_TERMS'))
    const configuration = { renewalTermConfiguration: { enableAutoRenew: true } }
    await assert.rejects(
      request([{ ...all[0], configuration }, ...all.slice(1)]),
      reason('INVALID_REQUESTED_TERM_CONFIGURATION'),
    )
    await assert.rejects(request(all, { taxConfiguration: { taxEstimation: 'ENABLED' } }), reason('OTHER'))
    const { chargeSummary } = await request(without('FreeTrialPricingTerm'))
    assert.deepEqual(chargeSummary, { currencyCode: 'USD', newAgreementValue: '0', expectedCharges: [] })
  })

  it('is accepted once, and expires', async () => {
    const { house, ask, request, all } = await openRequest()
    const late = await request(all)
    house.clock.time += hour
    await assert.rejects(
      ask('agreement', 'AcceptAgreementRequest', { agreementRequestId: late.agreementRequestId }),
      reason('INVALID_AGREEMENT_REQUEST_ID'),
    )
    const { agreementRequestId } = await request(all, { clientToken: 'a' })
    assert.equal((await request(all, { clientToken: 'a' })).agreementRequestId, agreementRequestId)
    const accept = () => ask('agreement', 'AcceptAgreementRequest', { agreementRequestId })
    await assert.rejects(house.as(other)('agreement', 'AcceptAgreementRequest', { agreementRequestId }), {
      code: 'ResourceNotFoundException',
    })
    assert.deepEqual(await accept(), await accept())
    await assert.rejects(request(all), { code: 'ConflictException' })
  })

  it('brings no second trial, however many were made before the first', async () => {
    const { house, ask, request, all, terms } = await openRequest()
    const made = await Promise.all([request(all), request(all)])
    const [first, second] = made.map(({ agreementRequestId }) => agreementRequestId)
    const accept = (agreementRequestId: string) => ask('agreement', 'AcceptAgreementRequest', { agreementRequestId })
    const { agreementId } = await accept(first)
    house.clock.time += 1000
    await ask('agreement', 'CancelAgreement', { agreementId })
    await assert.rejects(accept(second), reason('INCOMPATIBLE_TERMS'))
    const paid = await request(terms.filter(({ type }) => type !== 'FreeTrialPricingTerm').map(({ id }) => ({ id })))
    await accept(paid.agreementRequestId)
  })

  it('does not outlive the terms it was made of', async () => {
    const { house, shop, request, all } = await openRequest()
    const { agreementRequestId } = await request(all)
    house.clock.time += 1000
    const cheaper = rates.map(rate => ({ ...rate, Price: '0.01' }))
    await changeCatalog(house, [onOffer('UpdatePricingTerms', usagePricing(cheaper, [trialOf()]), shop.offer)])
    await assert.rejects(
      house.as(buyer)('agreement', 'AcceptAgreementRequest', { agreementRequestId }),
      reason('SUPERSEDED_AGREEMENT_PROPOSAL'),
    )
    await assert.rejects(request(all), reason('SUPERSEDED_AGREEMENT_PROPOSAL'))
  })
})

describe('a free trial', () => {
  it('is free, then becomes paid, and is had once', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house, usagePricing(rates, [trialOf()]))
    const agreement = await buy(house, offer)
    const arn = await entitledArn(house, agreement)
    await runInstances(house, arn, 'job/1', hour)
    house.clock.time += 1000
    assert.deepEqual(await amounts(house), ['0.00'])
    const entitled = async () => {
      const { DetailsDocument } = await house.as(seller)('catalog', 'DescribeEntity', {
        Catalog: 'AWSMarketplace',
        EntityId: await productOf(house),
      })
      return house.as(seller)('entitlement', 'GetEntitlements', {
        ProductCode: DetailsDocument.Description.ProductCode,
      })
    }
    const [entitlement] = (await house.as(buyer)('agreement', 'GetAgreementEntitlements', { agreementId: agreement }))
      .agreementEntitlements
    const { Entitlements } = await entitled()
    assert.deepEqual(
      Entitlements.map((each: Answer) => each.LicenseArn),
      rates.map(() => entitlement.licenseArn),
    )
    house.clock.time += 14 * day
    assert.deepEqual((await entitled()).Entitlements, [])
    await runInstances(house, arn, 'job/2', hour)
    house.clock.time += 1000
    assert.deepEqual(await amounts(house), ['0.00', '0.60'])
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId: agreement })
    await assert.rejects(buy(house, offer), /free trial of product/)
    assert.equal(await status(house, await buy(house, offer, { skip: ['FreeTrialPricingTerm'] })), 'ACTIVE')
  })

  it('with a quota of hours is paid beyond it', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house, usagePricing(rates, [trialOf(2)]))
    const arn = await entitledArn(house, await buy(house, offer))
    await runInstances(house, arn, 'job/1', 3 * hour)
    house.clock.time += 1000
    assert.deepEqual(await amounts(house), ['0.60'])
  })
})

const productOf = async (house: MarketFixture) =>
  (
    await house.as(seller)('catalog', 'ListEntities', {
      Catalog: 'AWSMarketplace',
      EntityType: 'MachineLearningProduct',
    })
  ).EntitySummaryList[0].EntityId

describe('prices of the public offer', () => {
  const priced = (price: string) => rates.map(rate => ({ ...rate, Price: price }))

  it('fall at once and rise with the first month after 90 days, until when none changes; a new buyer pays the new price', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house, usagePricing(priced('1')))
    const set = (price: string) =>
      changeCatalog(house, [onOffer('UpdatePricingTerms', usagePricing(priced(price)), offer)])
    const arn = await entitledArn(house, await buy(house, offer))
    house.clock.time += day
    assert.equal((await set('0.5')).Status, 'SUCCEEDED')
    await runInstances(house, arn, 'job/1', hour)
    assert.equal((await set('2')).Status, 'SUCCEEDED')
    for (const price of ['3', '0.4'])
      assert.equal((await set(price)).ChangeSet[0].ErrorDetailList[0].ErrorCode, 'INVALID_PRICE_CHANGE')
    house.clock.time += 1000
    await runInstances(house, arn, 'job/2', hour)
    const late = await buy(house, offer, { account: other })
    const subject = { account: other, region: 'us-east-1', productArn: arn, resourceArn: 'job/3' }
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 1, house.now()))
    house.clock.time += hour
    await house.store.transaction(tx => house.market.usageStopped(tx, 'job/3', house.now()))
    house.clock.time += 1000
    assert.deepEqual(await amounts(house), ['1.00'])
    const { items } = await house.as(other)('agreement', 'ListAgreementCharges', { agreementId: late })
    assert.deepEqual(
      items.map((item: Answer) => item.amount),
      ['2.00'],
    )
    // Announced on 21 November: 90 days end on 19 February.
    house.clock.time = Date.parse('2027-02-28T22:59:59.999Z')
    await runInstances(house, arn, 'job/4', hour)
    house.clock.time = Date.parse('2027-03-01T00:00:00Z')
    await runInstances(house, arn, 'job/5', hour)
    house.clock.time += 1000
    assert.deepEqual(await amounts(house), ['1.00', '0.50', '2.00'])
    assert.equal((await set('1.5')).Status, 'SUCCEEDED')
  })

  it('are of AWS’s models, rates at most 800, and decimals as many as their kind has', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const refused = async (details: object, message: RegExp) => {
      const set = changeCatalog(house, [onOffer('UpdatePricingTerms', details, offer)])
      await assert.rejects(set, { code: 'ValidationException', message })
    }
    const [rate] = rates
    await refused({ PricingModel: 'Byol', Terms: [] }, /PricingModel must be one of Usage, Free, Contract/)
    await refused(usagePricing(Array(801).fill(rate)), /RateCard must have 1 to 800 items, it has 801/)
    await refused(usagePricing([{ ...rate, Price: '0.123456789' }]), /Price must be .* up to 8 decimal places/)
    await refused(contract('99.9999'), /Price must be .* up to 3 decimal places/)
  })

  it('cannot rise and fall in one change, lose a dimension, or change their model', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    house.clock.time += 1000
    const codes = async (pricing: object) => {
      const set = await changeCatalog(house, [onOffer('UpdatePricingTerms', pricing, offer)])
      return set.ChangeSet[0].ErrorDetailList.map((error: Answer) => error.ErrorCode)
    }
    const mixed = rates.map((rate, at) => ({ ...rate, Price: at === 0 ? '9' : '0' }))
    assert.deepEqual(await codes(usagePricing(mixed)), ['INVALID_PRICE_CHANGE'])
    const byRequest = [...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: '0.1' }]
    assert.deepEqual(await codes(usagePricing(byRequest)), ['INVALID_RATE_CARD'])
    assert.deepEqual(await codes(usagePricing([...rates, { DimensionKey: 'm.i.c', Price: '0.1' }])), [
      'INVALID_RATE_CARD',
    ])
    assert.deepEqual(await codes({ PricingModel: 'Free', Terms: [] }), ['INCOMPATIBLE_PRICING_MODEL'])
  })
})

describe('a private offer', () => {
  it('is seen and accepted by those it names, and replaces what they have', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const own = await privateOffer(house, product, usagePricing(rates.map(rate => ({ ...rate, Price: '0.06' }))))
    const options = async (account: string) =>
      (
        await house.as(account)('discovery', 'ListPurchaseOptions', {
          filters: [{ filterType: 'PRODUCT_ID', filterValues: [product] }],
        })
      ).purchaseOptions
        .map((option: Answer) => [option.purchaseOptionId, option.badges.length])
        .sort()
    assert.deepEqual(
      await options(buyer),
      [
        [offer, 0],
        [own, 1],
      ].sort(),
    )
    assert.deepEqual(await options(other), [[offer, 0]])
    await assert.rejects(house.as(other)('discovery', 'GetOffer', { offerId: own }), {
      code: 'ResourceNotFoundException',
    })
    const first = await buy(house, offer)
    const arn = await entitledArn(house, first)
    await runInstances(house, arn, 'job/1', hour)
    house.clock.time += 1000
    await assert.rejects(buy(house, own), { code: 'ConflictException' })
    const second = await buy(house, own, { more: { intent: 'REPLACE', sourceAgreementIdentifier: first } })
    assert.equal(await status(house, first), 'REPLACED')
    await runInstances(house, arn, 'job/2', hour)
    house.clock.time += 1000
    assert.deepEqual(await amounts(house, first), ['0.60'])
    assert.deepEqual(await amounts(house, second), ['0.06'])
  })

  it('is worth a thousand million USD at most', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const dear = await privateOffer(house, product, contract('1000000000.001'))
    await assert.rejects(buy(house, dear), {
      code: 'ServiceQuotaExceededException',
      message: /comes to 1000000000.001/,
    })
    assert.equal(
      await status(house, await buy(house, await privateOffer(house, product, contract('1000000000')))),
      'ACTIVE',
    )
    await house.store.close()
  })

  it('as a contract is paid up front, free while it lasts, hourly afterwards, and not cancelled by the buyer', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const own = await privateOffer(house, product, contract('100.50'))
    const agreement = await buy(house, own)
    const arn = await entitledArn(house, agreement)
    await runInstances(house, arn, 'job/1', hour)
    house.clock.time += 31 * day
    await runInstances(house, arn, 'job/2', 10 * hour)
    house.clock.time += 1000
    assert.deepEqual(await amounts(house), ['100.50', '0.00', '0.60'])
    await assert.rejects(house.as(buyer)('agreement', 'CancelAgreement', { agreementId: agreement }), /is a contract/)
    const [upfront, , current] = (await house.as(buyer)('agreement', 'ListAgreementCharges', {})).items
    const order = { chargeId: current.id, agreementId: agreement, purchaseOrderReference: 'PO-7' }
    await assert.rejects(
      house.as(buyer)('agreement', 'UpdatePurchaseOrders', { purchaseOrders: [{ ...order, chargeId: upfront.id }] }),
      /is due, or within three hours/,
    )
    await house.as(buyer)('agreement', 'UpdatePurchaseOrders', { purchaseOrders: [order] })
    const after = (await house.as(buyer)('agreement', 'ListAgreementCharges', {})).items
    assert.deepEqual(
      after.map((item: Answer) => item.purchaseOrderReference),
      [undefined, undefined, 'PO-7'],
    )
    await assert.rejects(
      house.as(buyer)('agreement', 'UpdatePurchaseOrders', { purchaseOrders: [{ ...order, chargeId: 'ch-x' }] }),
      /has no charge ch-x/,
    )
  })

  it('by usage goes over to the public offer at its end, with what runs, and without a second trial', async () => {
    const house = await openMarketFixture()
    const trial = {
      Type: 'FreeTrialPricingTerm',
      Duration: 'P31D',
      Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
    }
    const { product, offer } = await openShop(house, usagePricing(rates, [trial]))
    const cheap = usagePricing(rates.map(rate => ({ ...rate, Price: '0.06' })))
    const month = [onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P1M' }] })]
    const first = await buy(house, await privateOffer(house, product, cheap, month))
    const arn = await entitledArn(house, first)
    house.clock.time = Date.parse('2026-12-20T11:00:00Z')
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'endpoint/1' }
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 1, house.now()))
    house.clock.time += 2 * hour
    await house.settle()
    assert.equal(await status(house, first), 'REPLACED')
    await house.market.requireSubscription(buyer, arn)
    const active = (
      await house.as(buyer)('agreement', 'SearchAgreements', {
        filters: [
          { name: 'PartyType', values: ['Acceptor'] },
          { name: 'AgreementType', values: ['PurchaseAgreement'] },
          { name: 'Status', values: ['ACTIVE'] },
        ],
      })
    ).agreementViewSummaries
    assert.deepEqual(
      active.map((view: Answer) => [view.proposalSummary.offerId, view.startTime.toISOString(), view.endTime]),
      [[offer, '2026-12-20T12:00:00.000Z', undefined]],
    )
    const charged = async (agreementId: string) =>
      (await house.as(buyer)('agreement', 'ListAgreementCharges', { agreementId })).items.map(
        (item: Answer) => item.amount,
      )
    assert.deepEqual([await charged(first), await charged(active[0].agreementId)], [['0.06'], ['0.60']])
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId: active[0].agreementId })
  })

  it('ends with its validity, or renews when the buyer wants it', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const terms = [
      onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P1M' }] }),
      onOffer('UpdateRenewalTerms', {
        Terms: [{ Type: 'RenewalTerm', PriceIncrease: { Type: 'FixedPercentage', Value: '0.00' } }],
      }),
    ]
    const own = await privateOffer(house, product, contract('10'), terms, [buyer, other])
    const ending = await buy(house, own)
    const renewing = await buy(house, own, { account: other, renew: true })
    const arn = await entitledArn(house, ending)
    house.clock.time = Date.parse('2026-12-20T12:00:00Z')
    await assert.rejects(house.market.requireSubscription(buyer, arn), /not subscribed/)
    await house.settle()
    assert.equal(await status(house, ending), 'REPLACED')
    await house.market.requireSubscription(buyer, arn)
    await house.market.requireSubscription(other, arn)
    const search = {
      filters: [
        { name: 'PartyType', values: ['Acceptor'] },
        { name: 'AgreementType', values: ['PurchaseAgreement'] },
      ],
    }
    const { agreementViewSummaries } = await house.as(other)('agreement', 'SearchAgreements', search)
    assert.deepEqual(
      agreementViewSummaries.map((view: Answer) => view.status),
      ['ACTIVE', 'RENEWED'],
    )
    assert.equal(agreementViewSummaries[1].agreementId, renewing)
    const { items } = await house.as(other)('agreement', 'ListAgreementCharges', {})
    assert.deepEqual(
      items.map((item: Answer) => item.amount),
      ['10.00', '10.00'],
    )
    const [renewal] = (
      await house.as(other)('agreement', 'GetAgreementTerms', { agreementId: agreementViewSummaries[0].agreementId })
    ).acceptedTerms.filter((term: Answer) => term.renewalTerm)
    const request = {
      intent: 'AMEND',
      sourceAgreementIdentifier: agreementViewSummaries[0].agreementId,
      requestedTerms: [
        { id: renewal.renewalTerm.id, configuration: { renewalTermConfiguration: { enableAutoRenew: false } } },
      ],
    }
    const { agreementRequestId } = await house.as(other)('agreement', 'CreateAgreementRequest', request)
    await house.as(other)('agreement', 'AcceptAgreementRequest', { agreementRequestId })
    house.clock.time = Date.parse('2027-01-21T00:00:00Z')
    await house.settle()
    assert.deepEqual(
      (await house.as(other)('agreement', 'SearchAgreements', search)).agreementViewSummaries.map(
        (view: Answer) => view.status,
      ),
      ['ACTIVE', 'REPLACED', 'RENEWED'],
    )
  })
})

describe('invoices', () => {
  const list = async (house: MarketFixture, agreementId: string) =>
    (
      await house.as(buyer)('agreement', 'ListAgreementInvoiceLineItems', { agreementId, groupBy: 'INVOICE_ID' })
    ).agreementInvoiceLineItemGroupSummaries.map((each: Answer) => [
      each.invoiceBillingPeriod.month,
      each.pricingCurrencyAmount.amount,
    ])

  it('come with the end of the month and add up to the cent, late facts on the next one', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house, usagePricing(rates.map(rate => ({ ...rate, Price: '0.10' }))))
    const agreement = await buy(house, offer)
    const arn = await entitledArn(house, agreement)
    // 0.10 / 60 a minute: 0.00166…; 3 minutes are half a cent.
    await runInstances(house, arn, 'job/1', 3 * 60_000)
    const late = house.now()
    assert.deepEqual(await list(house, agreement), [])
    house.clock.time = Date.parse('2026-12-01T00:00:00Z')
    await house.settle()
    assert.deepEqual(await list(house, agreement), [[11, '0.01']])
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'job/late' }
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 1, late))
    await house.store.transaction(tx =>
      house.market.usageStopped(tx, 'job/late', new Date(late.getTime() + 3 * 60_000)),
    )
    await runInstances(house, arn, 'job/2', hour)
    house.clock.time = Date.parse('2027-01-01T00:00:00Z')
    await house.settle()
    await house.settle()
    assert.deepEqual(await list(house, agreement), [
      [11, '0.01'],
      [12, '0.10'],
    ])
    assert.deepEqual(await amounts(house), ['0.01', '0.10'])
  })

  it('follow usage that goes on after a cancellation, then end', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const agreement = await buy(house, offer)
    const arn = await entitledArn(house, agreement)
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'endpoint/1' }
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, house.now()))
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId: agreement })
    house.clock.time = Date.parse('2026-12-01T00:00:00Z')
    await house.settle()
    house.clock.time = Date.parse('2026-12-02T00:00:00Z')
    await house.store.transaction(tx => house.market.usageStopped(tx, 'endpoint/1', house.now()))
    house.clock.time = Date.parse('2027-01-01T00:00:00Z')
    await house.settle()
    assert.deepEqual(await list(house, agreement), [
      [11, '63.00'],
      [12, '6.00'],
    ])
    assert.deepEqual(await house.store.db.selectFrom('work').selectAll().execute(), [])
  })
})

describe('usage facts', () => {
  it('count once however often they are told, and never backwards', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const arn = await entitledArn(house, await buy(house, offer))
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'endpoint/1' }
    const begin = house.now()
    const tell = (work: (tx: Parameters<Parameters<typeof house.store.transaction>[0]>[0]) => Promise<void>) =>
      house.store.transaction(work)
    for (const _ of [1, 2]) await tell(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, begin))
    await tell(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, new Date(begin.getTime() + 5)))
    house.clock.time += hour
    for (const _ of [1, 2]) await tell(tx => house.market.usageStopped(tx, 'endpoint/1', house.now()))
    await tell(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, begin))
    const backwards = new Date(house.clock.time + hour)
    await tell(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, backwards))
    await tell(tx => house.market.usageStopped(tx, 'endpoint/1', house.now()))
    house.clock.time += 5 * hour
    // An hour, and the minute that the second one has begun.
    assert.deepEqual(await amounts(house), ['0.25416667'])
  })

  it('of inferences are priced by the request, each batch of a journal once', async () => {
    const house = await openMarketFixture()
    const byRequest = [...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: 0.00000001 }]
    const { offer } = await openShop(house, usagePricing(byRequest))
    const arn = await entitledArn(house, await buy(house, offer))
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'endpoint/1' }
    const count = (units: bigint, number: number, journal = 'a') =>
      house.store.transaction(tx =>
        house.market.inferencesCounted(tx, { journal, number }, [{ ...subject, units, time: house.clock.time }]),
      )
    await count(3n, 1)
    await count(3n, 1)
    await count(4n, 2)
    await count(3n, 1)
    await count(5n, 1, 'b')
    house.clock.time += 1000
    assert.deepEqual(await amounts(house), ['0.00000012'])
  })

  it('of someone who never subscribed are refused', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const arn = await entitledArn(house, await buy(house, offer))
    const subject = { account: other, region: 'us-east-1', productArn: arn, resourceArn: 'job' }
    await assert.rejects(
      house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 1, house.now())),
      /not subscribed/,
    )
  })
})

describe('metering by sellers', () => {
  it('is refused in AWS’s terms: SageMaker meters', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const ask = house.as(seller)
    const { DetailsDocument } = await ask('catalog', 'DescribeEntity', { Catalog: 'AWSMarketplace', EntityId: product })
    const ProductCode = DetailsDocument.Description.ProductCode
    const usage = { ProductCode, Timestamp: house.now(), UsageDimension: 'ml.m5.large.a.t', UsageQuantity: 1 }
    await assert.rejects(ask('metering', 'MeterUsage', usage), { code: 'InvalidUsageDimensionException' })
    await assert.rejects(ask('metering', 'MeterUsage', { ...usage, Timestamp: new Date(0) }), {
      code: 'TimestampOutOfBoundsException',
    })
    await assert.rejects(house.as(buyer)('metering', 'MeterUsage', usage), { code: 'InvalidProductCodeException' })
    await assert.rejects(ask('metering', 'RegisterUsage', { ProductCode, PublicKeyVersion: 1 }), {
      code: 'PlatformNotSupportedException',
    })
    await assert.rejects(ask('metering', 'ResolveCustomer', { RegistrationToken: 'x' }), {
      code: 'InvalidTokenException',
    })
    await assert.rejects(house.as(buyer)('entitlement', 'GetEntitlements', { ProductCode }), {
      code: 'InvalidParameterException',
    })
  })
})
