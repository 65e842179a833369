import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reconcileCharges } from '../billing/reconciliation.ts'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import {
  buy,
  change,
  changeCatalog,
  entitledArn,
  type GivenChange,
  onOffer,
  openShop,
  passUntil,
  privateOffer,
  rates,
  usagePricing,
} from '../market-story.fixture.ts'

const contract = (price: string) => ({
  PricingModel: 'Contract',
  Terms: [
    ...usagePricing(rates).Terms,
    {
      ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price: price, Duration: 'P12M' },
      Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
    },
  ],
})

const validity = (term: object) => onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', ...term }] })
const fixed = { PriceIncrease: { Type: 'FixedPercentage', Value: '0.00' } }
const renewal = (term: object = fixed) => onOffer('UpdateRenewalTerms', { Terms: [{ Type: 'RenewalTerm', ...term }] })
const schedule = (...payments: readonly (readonly [string, string])[]) =>
  onOffer('UpdatePaymentScheduleTerms', {
    Terms: [
      {
        ...{ Type: 'PaymentScheduleTerm', CurrencyCode: 'USD' },
        Schedule: payments.map(([ChargeDate, ChargeAmount]) => ({ ChargeDate, ChargeAmount })),
      },
    ],
  })

const cheaper = usagePricing(rates.map(rate => ({ ...rate, Price: '0.06' })))

const until = validity({ AgreementEndDate: '2027-06-30' })

describe('an offer’s availability', () => {
  it('ends with its last day; who has accepted stays, and the seller may move the day', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const made = await privateOffer(
      house,
      product,
      usagePricing(),
      [onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-12-31' })],
      [buyer, other],
    )
    const options = async (status: string) => {
      const filters = [
        { filterType: 'PRODUCT_ID', filterValues: [product] },
        { filterType: 'VISIBILITY_SCOPE', filterValues: ['PRIVATE'] },
        { filterType: 'AVAILABILITY_STATUS', filterValues: [status] },
      ]
      const { purchaseOptions } = await house.as(other)('discovery', 'ListPurchaseOptions', { filters })
      return purchaseOptions.map((option: Answer) => option.purchaseOptionId)
    }
    const agreement = await buy(house, made)
    house.clock.time = Date.parse('2026-12-31T23:59:59.999Z')
    assert.deepEqual([await options('AVAILABLE'), await options('EXPIRED')], [[made], []])
    const { agreementProposalId } = await house.as(other)('discovery', 'GetOffer', { offerId: made })
    const { offerTerms } = await house.as(other)('discovery', 'GetOfferTerms', { offerId: made })
    const { agreementRequestId } = await house.as(other)('agreement', 'CreateAgreementRequest', {
      ...{ intent: 'NEW', agreementProposalIdentifier: agreementProposalId },
      requestedTerms: offerTerms.map((term: Answer) => ({ id: (Object.values(term)[0] as Answer).id })),
    })
    house.clock.time++
    assert.deepEqual([await options('AVAILABLE'), await options('EXPIRED')], [[], [made]])
    const expired = (error: Answer) => error.fields?.reason === 'EXPIRED_AGREEMENT_PROPOSAL'
    await assert.rejects(house.as(other)('agreement', 'AcceptAgreementRequest', { agreementRequestId }), expired)
    await assert.rejects(buy(house, made, { account: other }), expired)
    await house.market.requireSubscription(buyer, await entitledArn(house, agreement))
    const later = onOffer('UpdateAvailability', { AvailabilityEndDate: '2027-01-31' }, made)
    assert.equal((await changeCatalog(house, [later])).Status, 'SUCCEEDED')
    await buy(house, made, { account: other })
  })
})

describe('a private offer in the place of an agreement', () => {
  it('is accepted with intent REPLACE, and takes its place', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const first = await buy(house, offer)
    const made = await privateOffer(house, product, cheaper, [
      onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-12-31' }),
      until,
    ])
    await assert.rejects(buy(house, made), { code: 'ConflictException' })
    house.clock.time += 1000
    const second = await buy(house, made, { more: { intent: 'REPLACE', sourceAgreementIdentifier: first } })
    const described = await house.as(buyer)('agreement', 'DescribeAgreement', { agreementId: second })
    assert.equal(described.endTime.toISOString(), '2027-06-30T23:59:59.999Z')
    const { acceptedTerms } = await house.as(buyer)('agreement', 'GetAgreementTerms', { agreementId: second })
    const { validityTerm } = acceptedTerms.find((term: Answer) => term.validityTerm)
    assert.deepEqual(
      [validityTerm.agreementDuration, validityTerm.agreementEndDate.getTime()],
      [undefined, described.endTime.getTime()],
    )
    assert.equal((await house.as(buyer)('agreement', 'DescribeAgreement', { agreementId: first })).status, 'REPLACED')
    await house.market.requireSubscription(buyer, await entitledArn(house, second))
  })

  it('ends after a duration or with a day behind its own, one of both', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const refused = (term: object) =>
      privateOffer(house, product, cheaper, [
        onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-12-31' }),
        validity(term),
      ])
    await assert.rejects(refused({ AgreementEndDate: '2026-12-31' }), /INVALID_AGREEMENT_END_DATE/)
    const both = { AgreementEndDate: '2027-06-30', AgreementDuration: 'P1Y' }
    await assert.rejects(refused(both), /INVALID_AGREEMENT_TIME_INTERVAL/)
  })

  it('is not what AWS calls a replacement offer, which machine learning products do not have', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const AgreementId = await buy(house, offer)
    const replacement = [change('CreateReplacementOffer', 'Offer@1.0', undefined, { AgreementId, Name: 'Anew' })]
    const set = await changeCatalog(house, replacement)
    assert.equal(set.ChangeSet[0].ErrorDetailList[0].ErrorCode, 'INCOMPATIBLE_PRODUCT')
    await assert.rejects(
      house.as(other)('catalog', 'StartChangeSet', { Catalog: 'AWSMarketplace', ChangeSet: replacement }),
      { code: 'AccessDeniedException' },
    )
  })
})

describe('a payment schedule', () => {
  const year = validity({ AgreementDuration: 'P12M' })
  const payments = schedule(['2027-09-15', '300.05'], ['2026-11-20', '100.00'], ['2027-03-15', '200.10'])

  const yearly = [
    onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-12-31' }),
    validity({ AgreementEndDate: '2028-01-31' }),
  ]

  const charges = async (house: MarketFixture, agreementId: string) =>
    (await house.as(buyer)('agreement', 'ListAgreementCharges', { agreementId })).items.map((item: Answer) => [
      item.time.toISOString().slice(0, 10),
      item.amount,
      item.purchaseOrderReference,
    ])

  it('is quoted, charged on its dates, invoiced with their months and reconciled', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const made = await privateOffer(house, product, contract('0'), [...yearly, payments])
    const ask = house.as(buyer)
    const { agreementProposalId } = await ask('discovery', 'GetOffer', { offerId: made })
    const { offerTerms } = await ask('discovery', 'GetOfferTerms', { offerId: made })
    const shown = offerTerms.find((term: Answer) => term.paymentScheduleTerm).paymentScheduleTerm
    assert.deepEqual(
      shown.schedule.map((item: Answer) => item.chargeAmount),
      ['300.05', '100.00', '200.10'],
    )
    const requestedTerms = offerTerms.map((term: Answer) => ({ id: (Object.values(term)[0] as Answer).id }))
    const quote = await ask('agreement', 'CreateAgreementRequest', {
      ...{ intent: 'NEW', agreementProposalIdentifier: agreementProposalId, requestedTerms },
    })
    const { expectedCharges, newAgreementValue } = quote.chargeSummary
    assert.equal(newAgreementValue, '600.15')
    assert.deepEqual(
      expectedCharges.map((each: Answer) => [each.timing, each.amount]),
      [
        ['ON_ACCEPTANCE', '100.00'],
        ['SCHEDULED', '200.10'],
        ['SCHEDULED', '300.05'],
      ],
    )
    const { agreementId } = await ask('agreement', 'AcceptAgreementRequest', {
      agreementRequestId: quote.agreementRequestId,
      purchaseOrders: [{ chargeId: expectedCharges[1].id, purchaseOrderReference: 'PO-2' }],
    })
    const described = await ask('agreement', 'DescribeAgreement', { agreementId })
    assert.equal(described.estimatedCharges.agreementValue, '600.15')
    assert.deepEqual(await charges(house, agreementId), [
      ['2026-11-20', '100.00', undefined],
      ['2027-03-15', '200.10', 'PO-2'],
      ['2027-09-15', '300.05', undefined],
    ])

    await passUntil(house, '2027-04-02T00:00:00Z')
    assert.equal((await reconcileCharges(house.store, house.clock.time)).charged, '300.1')
    await passUntil(house, '2028-03-01T00:00:00Z')
    const { agreementInvoiceLineItemGroupSummaries: invoices } = await ask(
      'agreement',
      'ListAgreementInvoiceLineItems',
      {
        ...{ agreementId, groupBy: 'INVOICE_ID' },
      },
    )
    assert.deepEqual(
      invoices.map(({ invoiceBillingPeriod: { year: y, month }, pricingCurrencyAmount }: Answer) => [
        `${y}-${month}`,
        pricingCurrencyAmount.amount,
      ]),
      [
        ['2026-11', '100.00'],
        ['2027-3', '200.10'],
        ['2027-9', '300.05'],
      ],
    )
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([found.differences, found.invoiced, found.open], [[], '600.15', '0'])
    const { acceptedTerms } = await ask('agreement', 'GetAgreementTerms', { agreementId })
    const term = acceptedTerms.find((each: Answer) => each.paymentScheduleTerm).paymentScheduleTerm
    assert.equal(term.schedule[0].chargeDate.toISOString(), '2027-09-15T00:00:00.000Z')
  })

  it('is held against the terms: a charge that they do not ask for is told', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const made = await privateOffer(house, product, contract('0'), [...yearly, payments])
    const id = await buy(house, made)
    await passUntil(house, '2027-04-02T00:00:00Z')
    const { document } = await house.store.db
      .selectFrom('market_agreement')
      .select('document')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const changed = { document: document.replace('"amount":"200.10"', '"amount":"200.11"') }
    assert.notEqual(changed.document, document)
    await house.store.db.updateTable('market_agreement').set(changed).where('id', '=', id).execute()
    const { differences } = await reconcileCharges(house.store, house.clock.time)
    assert.equal(differences.length, 2, differences.join('\n'))
    assert.match(differences.join(), /installment.*200\.11.*is charged as 1 units.*its facts come to nothing/)
  })

  it('ends with its agreement: what was to come later is not owed', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const made = await privateOffer(house, product, contract('0.00'), [...yearly, payments])
    const agreementId = await buy(house, made)
    await passUntil(house, '2027-02-01T00:00:00Z')
    const request = { agreementId, reasonCode: 'PRODUCT_DISCONTINUED' }
    const { agreementCancellationRequestId } = await house.as(seller)(
      'agreement',
      'SendAgreementCancellationRequest',
      request,
    )
    await house.as(buyer)('agreement', 'AcceptAgreementCancellationRequest', {
      agreementId,
      agreementCancellationRequestId,
    })
    await passUntil(house, '2027-12-01T00:00:00Z')
    assert.deepEqual(await charges(house, agreementId), [['2026-11-20', '100.00', undefined]])
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([found.differences, found.charged, found.invoiced], [[], '100', '100.00'])
  })

  const trouble: Readonly<Record<string, [string, readonly GivenChange[]]>> = {
    'a price beside it': ['INCOMPATIBLE_TERMS', [onOffer('UpdatePricingTerms', contract('5')), year, payments]],
    'no contract': ['MISSING_MANDATORY_TERMS', [onOffer('UpdatePricingTerms', usagePricing()), payments]],
    'a date twice': ['DUPLICATE_CHARGE_DATES', [schedule(['2028-01-01', '1'], ['2028-01-01', '2'])]],
    'a date that is over': ['INVALID_CHARGE_DATES', [schedule(['2026-11-19', '1'])]],
    'a day that no calendar has': ['INVALID_CHARGE_DATES', [schedule(['2028-02-30', '1'])]],
    'a date after the end': [
      'INVALID_CHARGE_DATES',
      [validity({ AgreementEndDate: '2028-01-31' }), schedule(['2028-02-01', '1'])],
    ],
    'two dates before it is accepted': [
      'TOO_MANY_BACKDATED_CHARGES',
      [schedule(['2027-01-01', '1'], ['2027-02-01', '2'])],
    ],
  }
  for (const [what, [code, changes]] of Object.entries(trouble))
    it(`with ${what} is refused`, async () => {
      const house = await openMarketFixture()
      const { product } = await openShop(house)
      await assert.rejects(privateOffer(house, product, contract('0'), changes), new RegExp(`^Error: ${code}`))
    })
})

describe('a renewal', () => {
  const yearly = validity({ AgreementDuration: 'P1Y' })
  const terms = (own: object) => [yearly, renewal(own)]

  it('raises the price of a contract, to the cent, as often as the terms say', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const own = { MaxRenewals: 2, PriceIncrease: { Type: 'FixedPercentage', Value: '3.33' } }
    await buy(house, await privateOffer(house, product, contract('99.99'), terms(own)), { renew: true })
    await passUntil(house, '2030-01-10T00:00:00Z')
    const filters = [
      { name: 'PartyType', values: ['Acceptor'] },
      { name: 'AgreementType', values: ['PurchaseAgreement'] },
    ]
    const search = async (more: readonly object[] = []) =>
      (await house.as(buyer)('agreement', 'SearchAgreements', { filters: [...filters, ...more] }))
        .agreementViewSummaries
    const found = await search()
    assert.deepEqual(
      found.map((each: Answer) => each.status),
      ['ACTIVE', 'REPLACED', 'RENEWED', 'RENEWED'],
    )
    const first = found[3].agreementId
    assert.deepEqual(
      found.map((each: Answer) => each.initialAgreementId),
      [first, first, first, first],
    )
    assert.deepEqual(await search([{ name: 'InitialAgreementId', values: [first] }]), found)
    const { items } = await house.as(buyer)('agreement', 'ListAgreementCharges', {})
    assert.deepEqual(
      items.map((item: Answer) => item.amount),
      // 99.99, times 1.0333, times 1.0333
      ['99.99', '103.32', '106.76'],
    )
    assert.deepEqual((await reconcileCharges(house.store, house.clock.time)).differences, [])
  })

  it('is decided when the lockout begins', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const own = await privateOffer(house, product, contract('10'), terms({ ...fixed, LockoutPeriod: 'P30D' }))
    const agreementId = await buy(house, own, { renew: true })
    const { acceptedTerms } = await house.as(buyer)('agreement', 'GetAgreementTerms', { agreementId })
    const { id } = acceptedTerms.find((term: Answer) => term.renewalTerm).renewalTerm
    const choose = async (enableAutoRenew: boolean) => {
      const requestedTerms = [{ id, configuration: { renewalTermConfiguration: { enableAutoRenew } } }]
      const request = { intent: 'AMEND', sourceAgreementIdentifier: agreementId, requestedTerms }
      const { agreementRequestId } = await house.as(buyer)('agreement', 'CreateAgreementRequest', request)
      return () => house.as(buyer)('agreement', 'AcceptAgreementRequest', { agreementRequestId })
    }
    house.clock.time = Date.parse('2027-10-21T11:30:00Z')
    await (await choose(false))()
    const late = await choose(true)
    house.clock.time = Date.parse('2027-10-21T12:00:00Z')
    await assert.rejects(late, /was decided/)
    await assert.rejects(choose(true), /was decided/)
    await passUntil(house, '2027-11-21T00:00:00Z')
    assert.equal((await house.as(buyer)('agreement', 'DescribeAgreement', { agreementId })).status, 'REPLACED')
  })

  const range = (MinValue: string, DefaultValue: string, MaxValue: string, more: object = {}) => ({
    ...{ PriceIncrease: { Type: 'PercentageRange', MinValue, DefaultValue, MaxValue }, ...more },
  })

  it('raises the price by the default of a range, and says so to both sides before it is decided', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const own = range('1.00', '2.50', '9.00', { LockoutPeriod: 'P30D', AdjustmentDeadline: 'P45D', MaxRenewals: 1 })
    const offerId = await privateOffer(house, product, contract('200'), terms(own))
    const agreementId = await buy(house, offerId, { renew: true })
    const { offerTerms } = await house.as(buyer)('discovery', 'GetOfferTerms', { offerId })
    const offered = offerTerms.find((term: Answer) => term.renewalTerm).renewalTerm
    assert.deepEqual(offered.priceIncrease.percentageRange, {
      ...{ minimumValue: '1.00', maximumValue: '9.00', defaultValue: '2.50' },
    })
    const { acceptedTerms } = await house.as(buyer)('agreement', 'GetAgreementTerms', { agreementId })
    const { id: _, type: __, ...accepted } = acceptedTerms.find((term: Answer) => term.renewalTerm).renewalTerm
    assert.deepEqual(accepted, {
      ...{ lockoutPeriod: 'P30D', maxRenewals: 1, adjustmentDeadline: 'P45D' },
      priceIncrease: { percentageRange: { minValue: '1.00', maxValue: '9.00', defaultValue: '2.50' } },
      configuration: { enableAutoRenew: true },
    })
    const describe = (id: string) => house.as(buyer)('agreement', 'DescribeAgreement', { agreementId: id })
    assert.deepEqual((await describe(agreementId)).endTimeBehavior, {
      ...{ type: 'RENEW' },
    })
    // From the lockout on, thirty days before the end, the offer of the next agreement is there.
    await passUntil(house, '2027-10-21T12:00:00Z')
    const { renewalSummary } = (await describe(agreementId)).endTimeBehavior
    const { DetailsDocument } = await house.as(seller)('catalog', 'DescribeEntity', {
      ...{ Catalog: 'AWSMarketplace', EntityId: renewalSummary.offerId },
    })
    assert.deepEqual(
      [DetailsDocument.CreatedBySource, DetailsDocument.TargetAgreementIntent, DetailsDocument.TargetAgreementId],
      ['AwsMarketplace', 'Renew', agreementId],
    )
    await assert.rejects(
      buy(house, renewalSummary.offerId, { more: { intent: 'REPLACE', sourceAgreementIdentifier: agreementId } }),
      /renews itself by this offer/,
    )
    await passUntil(house, '2027-12-10T00:00:00Z')
    const { items } = await house.as(buyer)('agreement', 'ListAgreementCharges', {})
    assert.deepEqual(
      items.map((item: Answer) => item.amount),
      ['200.00', '205.00'],
    )
    const renewed = await describe(items[1].agreementId)
    assert.equal(renewed.initialAgreementId, agreementId)
    assert.deepEqual(renewed.endTimeBehavior, { type: 'REPLACE', reasonCode: 'RENEWAL_LIMIT_EXHAUSTED' })
  })

  const ranges: Readonly<Record<string, readonly [code: string, own: object]>> = {
    'without a deadline': ['MISSING_ADJUSTMENT_DEADLINE', range('1', '2', '3')],
    'of one value': ['INVALID_PERCENTAGE_RANGE', range('2', '2', '2', { AdjustmentDeadline: 'P9D' })],
    'with a default beyond it': ['INVALID_PERCENTAGE_RANGE', range('1', '4', '3', { AdjustmentDeadline: 'P9D' })],
    'with a deadline less than a day before the lockout': [
      'INVALID_ADJUSTMENT_DEADLINE',
      range('1', '2', '3', { LockoutPeriod: 'P9D', AdjustmentDeadline: 'P9D' }),
    ],
    'with a deadline as long as the agreement': [
      'INVALID_ADJUSTMENT_DEADLINE',
      range('1', '2', '3', { AdjustmentDeadline: 'P366D' }),
    ],
    'that is a figure, with a deadline': ['INVALID_ADJUSTMENT_DEADLINE', { ...fixed, AdjustmentDeadline: 'P9D' }],
  }
  for (const [what, [code, own]] of Object.entries(ranges))
    it(`by a range ${what} is refused`, async () => {
      const house = await openMarketFixture()
      const { product } = await openShop(house)
      await assert.rejects(privateOffer(house, product, contract('1'), terms(own)), new RegExp(`^Error: ${code}`))
    })

  it('is refused without an end to renew at, with a lockout as long as the agreement, or to raise prices of usage', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const offering = (pricing: object, more: readonly GivenChange[]) => privateOffer(house, product, pricing, more)
    const raise = { PriceIncrease: { Type: 'FixedPercentage', Value: '1.00' } }
    await assert.rejects(offering(usagePricing(), [renewal()]), /^Error: INCOMPATIBLE_TERMS/)
    await assert.rejects(
      offering(usagePricing(), [validity({ AgreementEndDate: '2028-06-30' }), renewal()]),
      /^Error: INCOMPATIBLE_TERMS/,
    )
    await assert.rejects(
      offering(contract('1'), terms({ ...raise, LockoutPeriod: 'P366D' })),
      /^Error: INVALID_LOCKOUT_PERIOD/,
    )
    await assert.rejects(offering(usagePricing(), terms(raise)), /^Error: INCOMPATIBLE_TERMS/)
    await assert.rejects(offering(contract('1'), terms({})), /^Error: MISSING_PRICE_INCREASE/)
    for (const Value of ['100.01', '1.234', '-1'])
      await assert.rejects(
        offering(contract('1'), terms({ PriceIncrease: { Type: 'FixedPercentage', Value } })),
        /percentage from 0.00 to 100.00/,
      )
  })
})
