import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reconcileCharges } from '../billing/reconciliation.ts'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import { buy, contractPricing, onOffer, openShop, passUntil, privateOffer } from '../market-story.fixture.ts'

const [second, day] = [1000, 86_400_000]

const duration = (AgreementDuration: string) =>
  onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration }] })
const renewal = (term: object) => onOffer('UpdateRenewalTerms', { Terms: [{ Type: 'RenewalTerm', ...term }] })
const by = (Value: string) => ({ PriceIncrease: { Type: 'FixedPercentage', Value } })
const template = (...Schedule: readonly object[]) => ({
  TermTemplates: [{ Type: 'PaymentScheduleTermTemplate', Schedule }],
})
const part = (ChargeDateOffset: string, ChargePercentage: string, DayOfMonth?: number) => ({
  ...{ ChargeDateOffset, ChargePercentage },
  ...(DayOfMonth !== undefined && { DayOfMonth }),
})
const payments = onOffer('UpdatePaymentScheduleTerms', {
  Terms: [
    {
      ...{ Type: 'PaymentScheduleTerm', CurrencyCode: 'USD' },
      Schedule: [
        { ChargeDate: '2026-12-01', ChargeAmount: '60.00' },
        { ChargeDate: '2027-06-01', ChargeAmount: '40.00' },
      ],
    },
  ],
})
const available = onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-12-20' })

const charges = async (house: MarketFixture): Promise<Answer[]> =>
  (await house.as(buyer)('agreement', 'ListAgreementCharges', {})).items.map((item: Answer) => [
    ...[item.time.toISOString().slice(0, 10), item.amount, item.purchaseOrderReference],
  ])

const behavior = async (house: MarketFixture, agreementId: string): Promise<Answer> =>
  (await house.as(seller)('agreement', 'DescribeAgreement', { agreementId })).endTimeBehavior

describe('a contract that is paid in installments', () => {
  it('is replaced by what its seller has offered since, and by nothing else, until all is paid', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const contract = () => privateOffer(house, product, contractPricing('0'), [available, duration('P1Y'), payments])
    const [own, before] = [await contract(), await privateOffer(house, product, contractPricing('1'))]
    house.clock.time += second
    const first = await buy(house, own)
    const replace = (by: string) => buy(house, by, { more: { intent: 'REPLACE', sourceAgreementIdentifier: first } })
    const owing = (error: Answer) =>
      error.fields?.reason === 'UNSUPPORTED_ACTION' && /payments are not over/.test(error)
    house.clock.time += second
    for (const wrong of [offer, before]) await assert.rejects(replace(wrong), owing)
    await replace(await privateOffer(house, product, contractPricing('1')))

    const another = await openMarketFixture()
    const shop = await openShop(another)
    const paid = await buy(
      another,
      await privateOffer(another, shop.product, contractPricing('0'), [...[available, duration('P1Y'), payments]]),
    )
    await passUntil(another, '2027-06-01T00:00:00Z')
    await buy(another, shop.offer, { more: { intent: 'REPLACE', sourceAgreementIdentifier: paid } })
  })

  it('renews itself with a template, to the cent, and keeps the purchase orders by their places', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const thirds = template(part('P0M', '33.33'), part('P3M', '33.33', 31), part('P8M', '33.34'))
    const own = await privateOffer(house, product, contractPricing('0'), [
      ...[available, duration('P1Y'), payments, renewal({ ...by('3.33'), ...thirds, MaxRenewals: 2 })],
    ])
    const agreementId = await buy(house, own, { renew: true })
    const ask = house.as(buyer)
    const { acceptedTerms } = await ask('agreement', 'GetAgreementTerms', { agreementId })
    const { renewalTerm } = acceptedTerms.find((term: Answer) => term.renewalTerm)
    assert.deepEqual(renewalTerm.termTemplates[0].paymentScheduleTermTemplate.schedule[1], {
      ...{ chargeDateOffset: 'P3M', chargePercentage: '33.33', dayOfMonth: 31 },
    })
    const { items } = await ask('agreement', 'ListAgreementCharges', { agreementId })
    await ask('agreement', 'UpdatePurchaseOrders', {
      purchaseOrders: [{ agreementId, chargeId: items[1].id, chargeRevision: 1, purchaseOrderReference: 'PO-2' }],
    })
    await passUntil(house, '2029-12-10T00:00:00Z')
    assert.deepEqual(await charges(house), [
      ['2026-12-01', '60.00', undefined],
      ['2027-06-01', '40.00', 'PO-2'],
      // 103.33 from 20 November on; February has no 31st.
      ['2027-11-20', '34.44', undefined],
      ['2028-02-29', '34.44', 'PO-2'],
      ['2028-07-20', '34.45', undefined],
      // 106.77
      ['2028-11-20', '35.59', undefined],
      ['2029-02-28', '35.59', 'PO-2'],
      ['2029-07-20', '35.59', undefined],
    ])
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([found.differences, found.charged, found.invoiced], [[], '310.1', '310.10'])
  })

  const trouble: Readonly<Record<string, readonly [code: string, own: object, scheduled: boolean]>> = {
    'no template': ['MISSING_PAYMENT_SCHEDULE_TERM_TEMPLATE', {}, true],
    'a template, but no installments': ['INCOMPATIBLE_TERMS', template(part('P0M', '100')), false],
    'percentages that are not 100': ['INCOMPATIBLE_TERMS', template(part('P0M', '50'), part('P1M', '49.99')), true],
    'a percentage of zero': ['INCOMPATIBLE_TERMS', template(part('P0M', '100'), part('P1M', '0')), true],
    'days and months': ['INCOMPATIBLE_TERMS', template(part('P0M', '50'), part('P30D', '50')), true],
    'a day of the month beside days': ['INCOMPATIBLE_TERMS', template(part('P0D', '100', 3)), true],
    'a payment as its end': ['INCOMPATIBLE_TERMS', template(part('P0M', '50'), part('P12M', '50')), true],
  }
  for (const [what, [code, more, scheduled]] of Object.entries(trouble))
    it(`with ${what} is refused`, async () => {
      const house = await openMarketFixture()
      const { product } = await openShop(house)
      const changes = [available, duration('P1Y'), renewal({ ...by('0'), ...more }), ...(scheduled ? [payments] : [])]
      await assert.rejects(
        privateOffer(house, product, contractPricing(scheduled ? '0' : '10'), changes),
        new RegExp(`^Error: ${code}`),
      )
    })

  it('takes no template that is none', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    for (const own of [template(part('P1Y', '100')), template(part('P0M', '100', 32)), template()])
      await assert.rejects(
        privateOffer(house, product, contractPricing('0'), [
          duration('P1Y'),
          payments,
          renewal({ ...by('0'), ...own }),
        ]),
        { code: 'ValidationException' },
      )
  })
})

it('a contract at its end is followed by its renewal alone, not by another agreement beside it', async () => {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house)
  const own = await privateOffer(house, product, contractPricing('100'), [
    ...[available, duration('P30D'), renewal(by('0'))],
  ])
  await buy(house, own, { renew: true })
  // Nobody has looked at it yet.
  house.clock.time += 30 * day
  await assert.rejects(buy(house, offer), { code: 'ConflictException', message: /is at its end; ask again/ })
  const [error] = await house.settle()
  assert.equal(error, undefined)
  await assert.rejects(buy(house, offer), { code: 'ConflictException', message: /is active; replace it/ })
})

it('a contract whose renewal is decided is left by nothing but what its seller has offered since', async () => {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house)
  const own = await privateOffer(house, product, contractPricing('100'), [
    ...[available, duration('P30D'), renewal({ ...by('0'), LockoutPeriod: 'P7D' })],
  ])
  const agreementId = await buy(house, own, { renew: true })
  const replace = (by: string) =>
    buy(house, by, { more: { intent: 'REPLACE', sourceAgreementIdentifier: agreementId } })
  house.clock.time += 23 * day
  await assert.rejects(replace(offer), /is a contract whose renewal is decided/)
  await replace(await privateOffer(house, product, contractPricing('1')))
})

describe('a seller', () => {
  const open = async (term: object) => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const own = await privateOffer(house, product, contractPricing('200'), [duration('P30D'), renewal(term)])
    const agreementId = await buy(house, own, { renew: true })
    const ends = house.clock.time + 30 * day
    const optOut = (account = seller) => house.as(account)('renewals', 'OptOutOfRenewal', { agreementId })
    const finalize = (percentage: string) =>
      house.as(seller)('renewals', 'FinalizeRenewal', { agreementId, percentage })
    return { house, offer, agreementId, ends, optOut, finalize }
  }
  const range = { Type: 'PercentageRange', MinValue: '1.00', DefaultValue: '2.50', MaxValue: '9.00' }

  it('opts out of a renewal until a second before the lockout, for good', async () => {
    const { house, agreementId, ends, optOut } = await open({ ...by('0'), LockoutPeriod: 'P5D' })
    await assert.rejects(optOut(buyer), { code: 'ResourceNotFoundException' })
    assert.deepEqual(await behavior(house, agreementId), { type: 'RENEW' })
    house.clock.time = ends - 5 * day - second
    await optOut()
    assert.deepEqual(await behavior(house, agreementId), { type: 'REPLACE', reasonCode: 'PROPOSER_RENEW_OPTED_OUT' })
    await assert.rejects(optOut(), { code: 'ValidationException', message: /does not renew it/ })
    house.clock.time = ends
    await house.settle()
    const { status } = await house.as(seller)('agreement', 'DescribeAgreement', { agreementId })
    assert.equal(status, 'REPLACED')
    assert.deepEqual(
      (await charges(house)).map(([, amount]) => amount),
      ['200.00'],
    )
    await assert.rejects(optOut(), { code: 'ConflictException' })
  })

  it('cannot once the lockout has begun', async () => {
    const { house, agreementId, ends, optOut } = await open({ ...by('0'), LockoutPeriod: 'P5D' })
    house.clock.time = ends - 5 * day
    await assert.rejects(optOut(), /was decided/)
    house.clock.time = ends
    await house.settle()
    assert.equal((await house.as(seller)('agreement', 'DescribeAgreement', { agreementId })).status, 'RENEWED')
  })

  it('chooses within a range until a second before the deadline, once', async () => {
    const { house, ends, finalize } = await open({ PriceIncrease: range, AdjustmentDeadline: 'P10D' })
    for (const percentage of ['0.99', '9.01']) await assert.rejects(finalize(percentage), /from 1.00 to 9.00/)
    await assert.rejects(finalize('100.01'), { code: 'ValidationException' })
    house.clock.time = ends - 10 * day - second
    assert.deepEqual(await finalize('7.77'), { agreementValue: '215.54', currencyCode: 'USD' })
    await assert.rejects(finalize('8'), /was finalized at 7.77 percent/)
    house.clock.time = ends
    await house.settle()
    assert.deepEqual(
      (await charges(house)).map(([, amount]) => amount),
      ['200.00', '215.54'],
    )
  })

  it('cannot in the second of the deadline; then the default holds', async () => {
    const { house, ends, finalize } = await open({ PriceIncrease: range, AdjustmentDeadline: 'P10D' })
    house.clock.time = ends - 10 * day
    await assert.rejects(finalize('7.77'), { code: 'ConflictException', message: /deadline .* is over/ })
    house.clock.time = ends
    await house.settle()
    assert.deepEqual(
      (await charges(house)).map(([, amount]) => amount),
      ['200.00', '205.00'],
    )
  })

  it('chooses nothing of a fixed increase, nor of an agreement that does not renew', async () => {
    const { house, offer, finalize } = await open(by('3'))
    await assert.rejects(finalize('3'), /does not rise within a range/)
    const agreementId = await buy(house, offer, { account: other })
    await assert.rejects(house.as(seller)('renewals', 'OptOutOfRenewal', { agreementId }), /has no RenewalTerm/)
  })
})
