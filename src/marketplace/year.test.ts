import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Big from 'big.js'
import { reconcileCharges } from './billing/reconciliation.ts'
import { type Answer, buyer, type MarketFixture, openMarketFixture, seller } from './market.fixture.ts'
import {
  buy,
  changeCatalog,
  entitledArn,
  onOffer,
  openShop,
  passUntil,
  privateOffer,
  rates,
  trialOf,
  usagePricing,
} from './market-story.fixture.ts'

const hour = 3_600_000
const realtime = 'ml.m5.large.m.i.r'

/** Prices as they are, real-time hours at `price`. */
const priced = (price: string) =>
  usagePricing(
    rates.map(rate => (rate.DimensionKey === realtime ? { ...rate, Price: price } : rate)),
    [trialOf()],
  )

/** Lets the days go by, each with the work that falls due in it. */
const hours = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / hour

describe('a year of a buyer and a seller', () => {
  it('comes to the same cent on invoices, in reports, by the facts and by hand', async () => {
    const house = await openMarketFixture()
    const [ask, sell] = [house.as(buyer), house.as(seller)]
    const { product, offer } = await openShop(house, priced('0.25'))
    const reprice = async (price: string) => {
      const { Status, FailureDescription } = await changeCatalog(house, [
        onOffer('UpdatePricingTerms', priced(price), offer),
      ])
      assert.equal(Status, 'SUCCEEDED', FailureDescription)
    }

    // A trial of fourteen days from noon of November 20th, and an endpoint that goes on after it.
    const trial = await buy(house, offer)
    const arn = await entitledArn(house, trial)
    const subject = { account: buyer, region: 'us-east-1', productArn: arn, resourceArn: 'endpoint/1' }
    await passUntil(house, '2026-11-21T00:00:00Z')
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, realtime, 1, house.now()))

    // The price falls at once, and rises for those who have accepted after ninety days, in which this buyer is gone.
    await passUntil(house, '2027-01-10T00:00:00Z')
    await reprice('0.2')
    await passUntil(house, '2027-02-01T00:00:00Z')
    await reprice('0.3')

    // A contract of ninety days that the price covers.
    await passUntil(house, '2027-03-15T00:00:00Z')
    const upfront = {
      ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price: '500.00', Duration: 'P90D' },
      Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
    }
    const afterwards = usagePricing(rates.map(rate => ({ ...rate, Price: '0.07' }))).Terms
    const contract = { PricingModel: 'Contract', Terms: [...afterwards, upfront] }
    const own = await privateOffer(house, product, contract)
    const second = await buy(house, own, { more: { intent: 'REPLACE', sourceAgreementIdentifier: trial } })

    // The seller wants out, the buyer agrees, the endpoint runs on for a while.
    await passUntil(house, '2027-07-01T00:00:00Z')
    const named = { agreementId: second, reasonCode: 'PRODUCT_DISCONTINUED' }
    const { agreementCancellationRequestId } = await sell('agreement', 'SendAgreementCancellationRequest', named)
    await passUntil(house, '2027-07-03T00:00:00Z')
    const request = { agreementId: second, agreementCancellationRequestId }
    await ask('agreement', 'AcceptAgreementCancellationRequest', request)
    await passUntil(house, '2027-07-20T00:00:20Z')
    await house.store.transaction(tx => house.market.usageStopped(tx, 'endpoint/1', house.now()))
    await passUntil(house, '2027-08-05T00:00:00Z')
    const march = (await invoices(house, second)).find(each => each.invoiceBillingPeriod.month === 3)
    const refund = {
      ...{ agreementId: second, originalInvoiceId: march.invoiceId, adjustmentAmount: '123.45', currencyCode: 'USD' },
      ...{ adjustmentReasonCode: 'BUYER_DISSATISFACTION', clientToken: 'refund' },
    }
    const { errors } = await sell('agreement', 'BatchCreateBillingAdjustmentRequest', {
      billingAdjustmentRequestEntries: [refund],
    })
    assert.deepEqual(errors, [])

    // The trial is used up; a new agreement pays the new price.
    await passUntil(house, '2027-09-01T00:00:00Z')
    const third = await buy(house, offer, { skip: ['FreeTrialPricingTerm'] })
    await house.store.transaction(tx =>
      house.market.usageStarted(tx, { ...subject, resourceArn: 'endpoint/2' }, realtime, 3, house.now()),
    )
    await passUntil(house, '2027-09-10T00:10:00Z')
    await house.store.transaction(tx => house.market.usageStopped(tx, 'endpoint/2', house.now()))
    await ask('agreement', 'CancelAgreement', { agreementId: third })
    await passUntil(house, '2027-12-01T00:00:00Z')

    const expected = {
      [trial]: cents(
        Big(hours('2026-12-04T12:00', '2027-01-10')).times('0.25'),
        Big(hours('2027-01-10', '2027-03-15')).times('0.2'),
      ),
      // A minute that has begun counts.
      [second]: cents(Big(500), Big(hours('2027-06-13', '2027-07-20')).plus(Big(1).div(60)).times('0.07')),
      [third]: cents(Big(hours('2027-09-01', '2027-09-10T00:10')).times(3).times('0.3')),
    }
    const all = await Promise.all(Object.keys(expected).map(id => invoices(house, id)))
    const sums = all.map(list => sum(list.filter(each => each.invoiceType === 'INVOICE').map(amountOf)))
    assert.deepEqual(sums, Object.values(expected))
    const net = Big(sum(sums)).minus('123.45').toFixed(2)
    assert.equal(sum(all.flat().map(amountOf)), net)

    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual(found.differences, [])
    assert.deepEqual([found.agreements, found.invoiced, found.refunded], [3, sum(sums), '123.45'])
    assert.ok(Big(found.open).abs().lt('0.03'), found.open)

    for (const [account, side] of [
      [buyer, 'BUYER'],
      [seller, 'SELLER'],
    ] as const)
      assert.equal(sum(await reportTotals(house, account, `${side}_BILLING`)), net, side)
    const used = await reportTotals(house, seller, 'SELLER_USAGE')
    assert.equal(used.reduce((total, amount) => total.plus(amount), Big(0)).toFixed(), found.charged)
    const files = [...house.files].filter(([name]) => name.startsWith(seller)).map(([, text]) => text)
    assert.equal(files.length, 26)
    // AWS reports buyers by account; what they run is theirs.
    assert.ok(files.join().includes(buyer))
    for (const secret of ['endpoint/', arn]) assert.ok(!files.join().includes(secret), secret)
    assert.deepEqual(await house.store.db.selectFrom('work').selectAll().execute(), [])
  })

  it('with a contract that renews at a rising price, then is replaced and paid by dates, comes to the same cent', async () => {
    const house = await openMarketFixture()
    const [ask, sell] = [house.as(buyer), house.as(seller)]
    const { product } = await openShop(house, priced('0.25'))
    const contract = (Price: string, Duration: string) => ({
      PricingModel: 'Contract',
      Terms: [
        ...usagePricing(rates.map(rate => ({ ...rate, Price: '0.07' }))).Terms,
        {
          ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price, Duration },
          Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
        },
      ],
    })
    const quarterly = await privateOffer(house, product, contract('100.00', 'P3M'), [
      onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P3M' }] }),
      onOffer('UpdateRenewalTerms', {
        Terms: [{ Type: 'RenewalTerm', PriceIncrease: { Type: 'FixedPercentage', Value: '5.00' } }],
      }),
    ])
    const first = await buy(house, quarterly, { renew: true })
    const productArn = await entitledArn(house, first)
    const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'endpoint/1' }
    await passUntil(house, '2026-11-21T00:00:00Z')
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, realtime, 1, house.now()))

    // Renewed in February, May and August; then the seller offers something else in its place.
    await passUntil(house, '2027-09-01T00:00:00Z')
    const [current] = await agreements(house, [{ name: 'Status', values: ['ACTIVE'] }])
    const byDates = await privateOffer(house, product, contract('0', 'P2M'), [
      onOffer('UpdateAvailability', { AvailabilityEndDate: '2027-09-10' }),
      onOffer('UpdatePaymentScheduleTerms', {
        Terms: [
          {
            ...{ Type: 'PaymentScheduleTerm', CurrencyCode: 'USD' },
            Schedule: [
              { ChargeDate: '2027-09-15', ChargeAmount: '50.00' },
              { ChargeDate: '2027-10-15', ChargeAmount: '50.01' },
              { ChargeDate: '2027-12-15', ChargeAmount: '50.02' },
            ],
          },
        ],
      }),
      onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementEndDate: '2028-03-31' }] }),
    ])
    const replacing = { intent: 'REPLACE', sourceAgreementIdentifier: current }
    await buy(house, byDates, { more: replacing })
    await passUntil(house, '2027-12-01T00:00:00Z')
    await house.store.transaction(tx => house.market.usageStopped(tx, 'endpoint/1', house.now()))
    await passUntil(house, '2028-05-01T00:00:00Z')

    // After the last contract its usage rates went on; the buyer is done.
    const [last] = await agreements(house, [{ name: 'Status', values: ['ACTIVE'] }])
    await ask('agreement', 'CancelAgreement', { agreementId: last })
    await passUntil(house, '2028-06-05T00:00:00Z')

    const byHand = sum([
      ...['100.00', '105.00', '110.25', '115.76'],
      ...['50.00', '50.01', '50.02'],
      Big(hours('2027-11-01', '2027-12-01')).times('0.07').toFixed(),
    ])
    const all = await agreements(house, [])
    assert.equal(all.length, 6)
    const statuses = await Promise.all(
      all.map(async agreementId => (await ask('agreement', 'DescribeAgreement', { agreementId })).status),
    )
    assert.deepEqual(statuses, ['CANCELLED', 'REPLACED', 'REPLACED', 'RENEWED', 'RENEWED', 'RENEWED'])
    const billed = (await Promise.all(all.map(id => invoices(house, id)))).flat()
    assert.equal(sum(billed.map(amountOf)), byHand)
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([found.differences, found.invoiced, found.open], [[], byHand, '0'])
    const totals: string[] = []
    for (let month = 11; month <= 29; month++) {
      const billingPeriod = { year: 2026 + Math.floor((month - 1) / 12), month: ((month - 1) % 12) + 1 }
      const input = { reportType: 'SELLER_BILLING', billingPeriod, destination: { bucket: seller } }
      totals.push((await sell('reports', 'CreateReport', input)).totalAmount)
    }
    assert.equal(sum(totals), byHand)
    assert.deepEqual(await house.store.db.selectFrom('work').selectAll().execute(), [])
  })
})

/** Ids of the buyer's agreements, newest first. */
async function agreements(house: MarketFixture, more: readonly object[]): Promise<string[]> {
  const filters = [
    { name: 'PartyType', values: ['Acceptor'] },
    { name: 'AgreementType', values: ['PurchaseAgreement'] },
    ...more,
  ]
  const { agreementViewSummaries } = await house.as(buyer)('agreement', 'SearchAgreements', { filters })
  return agreementViewSummaries.map((view: Answer) => view.agreementId)
}

const amountOf = (each: Answer): string => each.pricingCurrencyAmount.amount
const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total.plus(amount), Big(0)).toFixed(2)
const cents = (...amounts: readonly Big[]) => sum(amounts.map(amount => amount.round(8).toFixed()))

const invoices = async (house: MarketFixture, agreementId: string): Promise<Answer[]> =>
  (await house.as(buyer)('agreement', 'ListAgreementInvoiceLineItems', { agreementId, groupBy: 'INVOICE_ID' }))
    .agreementInvoiceLineItemGroupSummaries

/** The totals of a report for each month of the story. */
async function reportTotals(house: MarketFixture, account: string, reportType: string): Promise<string[]> {
  const totals: string[] = []
  for (let month = 11; month <= 23; month++) {
    const billingPeriod = { year: 2026 + Math.floor((month - 1) / 12), month: ((month - 1) % 12) + 1 }
    const input = { reportType, billingPeriod, destination: { bucket: account } }
    totals.push((await house.as(account)('reports', 'CreateReport', input)).totalAmount)
  }
  return totals
}
