import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reconcileCharges } from '../billing/reconciliation.ts'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import { heard, openEars, typesOf } from '../market-ears.fixture.ts'
import { buy, entitledArn, openShop, privateOffer, runInstances, usagePricing } from '../market-story.fixture.ts'

const day = 86_400_000
const hour = 3_600_000

/** A buyer who has an invoice of 0.60 for November, asked on the first of December. */
async function openInvoiced(given?: MarketFixture) {
  const house = given ?? (await openMarketFixture())
  const { product, offer } = await openShop(house)
  const agreementId = await buy(house, offer)
  await runInstances(house, await entitledArn(house, agreementId), 'job/1', hour)
  house.clock.time = Date.parse('2026-12-01T00:00:00Z')
  await house.settle()
  const [invoice] = await invoices(house, agreementId)
  return { house, product, agreementId, invoice, sell: house.as(seller), ask: house.as(buyer) }
}

const invoices = async (house: MarketFixture, agreementId: string, account = buyer): Promise<Answer[]> =>
  (await house.as(account)('agreement', 'ListAgreementInvoiceLineItems', { agreementId, groupBy: 'INVOICE_ID' }))
    .agreementInvoiceLineItemGroupSummaries

const entry = (agreementId: string, invoice: Answer, adjustmentAmount: string, more: object = {}) => ({
  ...{ agreementId, originalInvoiceId: invoice.invoiceId, adjustmentAmount, currencyCode: 'USD' },
  ...{ adjustmentReasonCode: 'BUYER_DISSATISFACTION', clientToken: `token-${adjustmentAmount.replace('.', '-')}` },
  ...more,
})

describe('a billing adjustment', () => {
  it('refunds up to what an invoice comes to, once for each token, as credit memos that both sides see', async () => {
    const { house, agreementId, invoice, sell } = await openInvoiced()
    assert.equal(invoice.pricingCurrencyAmount.amount, '0.60')
    const adjust = (...entries: object[]) =>
      sell('agreement', 'BatchCreateBillingAdjustmentRequest', { billingAdjustmentRequestEntries: entries })
    const first = await adjust(entry(agreementId, invoice, '0.25'), entry(agreementId, invoice, '0.61'))
    assert.deepEqual(
      first.errors.map(({ code, clientToken }: Answer) => [code, clientToken]),
      [['VALIDATION_EXCEPTION', 'token-0-61']],
    )
    assert.match(first.errors[0].message, /At most 0\.60/)
    const again = await adjust(entry(agreementId, invoice, '0.25'))
    assert.deepEqual(again.items, first.items)
    const [{ billingAdjustmentRequestId }] = first.items
    const read = () => sell('agreement', 'GetBillingAdjustmentRequest', { agreementId, billingAdjustmentRequestId })
    assert.equal((await read()).status, 'PENDING')
    await house.settle()
    for (const account of [buyer, seller])
      assert.deepEqual(
        (await invoices(house, agreementId, account)).map((each: Answer) => [
          each.invoiceType,
          each.pricingCurrencyAmount.amount,
          each.pricingCurrencyAmount.maxAdjustmentAmount,
        ]),
        [
          ['INVOICE', '0.60', '0.35'],
          ['CREDIT_MEMO', '-0.25', undefined],
        ],
      )
    const told = await read()
    assert.deepEqual([told.status, told.adjustmentAmount], ['COMPLETED', '0.25'])
    const listed = await sell('agreement', 'ListBillingAdjustmentRequests', { agreementId })
    assert.deepEqual(
      listed.items.map((item: Answer) => item.billingAdjustmentRequestId),
      [billingAdjustmentRequestId],
    )
    assert.deepEqual((await sell('agreement', 'ListBillingAdjustmentRequests', { status: 'PENDING' })).items, [])
  })

  it('is refused for what is wrong with it, and to everyone but the seller', async () => {
    const { house, agreementId, invoice } = await openInvoiced()
    const errorOf = async (changes: object, account = seller) => {
      const entries = [entry(agreementId, invoice, '0.10', changes)]
      const { errors } = await house.as(account)('agreement', 'BatchCreateBillingAdjustmentRequest', {
        billingAdjustmentRequestEntries: entries,
      })
      return errors[0]?.code
    }
    assert.equal(await errorOf({}, buyer), 'RESOURCE_NOT_FOUND_EXCEPTION')
    assert.equal(await errorOf({}, other), 'RESOURCE_NOT_FOUND_EXCEPTION')
    assert.equal(await errorOf({ originalInvoiceId: 'inv-none' }), 'RESOURCE_NOT_FOUND_EXCEPTION')
    for (const wrong of [
      { currencyCode: 'EUR' },
      { adjustmentAmount: '0' },
      { adjustmentAmount: '.' },
      { adjustmentAmount: '0.001' },
      { adjustmentReasonCode: 'OTHER' },
    ])
      assert.equal(await errorOf(wrong), 'VALIDATION_EXCEPTION', JSON.stringify(wrong))
    const create = (entries: object[]) =>
      house.as(seller)('agreement', 'BatchCreateBillingAdjustmentRequest', { billingAdjustmentRequestEntries: entries })
    await assert.rejects(create([]), { fields: { reason: 'MISSING_BILLING_ADJUSTMENT_REQUEST_ENTRY' } })
    const two = [entry(agreementId, invoice, '0.1'), entry('agmt-other', invoice, '0.2')]
    await assert.rejects(create(two), { fields: { reason: 'MULTIPLE_AGREEMENT_IDS' } })
    const six = Array.from({ length: 6 }, (_, at) => entry(agreementId, invoice, `0.0${at + 1}`))
    await assert.rejects(create(six), { fields: { reason: 'BILLING_ADJUSTMENTS_LIMIT_EXCEEDED' } })
    const asked = { agreementId, billingAdjustmentRequestId: 'ba-none' }
    await assert.rejects(house.as(buyer)('agreement', 'GetBillingAdjustmentRequest', asked), {
      code: 'ResourceNotFoundException',
    })
  })
})

describe('adjustments that were asked for at once', () => {
  it('are made in their order until nothing is left; what is too much then fails, and its seller hears why', async () => {
    const { house, agreementId, invoice, sell } = await openInvoiced(await openEars())
    await heard(house)
    const adjust = async (amount: string) => {
      const billingAdjustmentRequestEntries = [entry(agreementId, invoice, amount)]
      const { items } = await sell('agreement', 'BatchCreateBillingAdjustmentRequest', {
        billingAdjustmentRequestEntries,
      })
      house.clock.time += 1
      return items[0].billingAdjustmentRequestId as string
    }
    const ids = [await adjust('0.40'), await adjust('0.30'), await adjust('0.20')]
    await house.settle()
    const read = (billingAdjustmentRequestId?: string) =>
      sell('agreement', 'GetBillingAdjustmentRequest', { agreementId, billingAdjustmentRequestId })
    const told = await Promise.all(ids.map(read))
    assert.deepEqual(
      told.map(({ status, statusMessage }: Answer) => [status, statusMessage]),
      [
        ['COMPLETED', undefined],
        ['VALIDATION_FAILED', `At most 0.20 of invoice ${invoice.invoiceId} is left.`],
        ['COMPLETED', undefined],
      ],
    )
    const failed = await sell('agreement', 'ListBillingAdjustmentRequests', { status: 'VALIDATION_FAILED' })
    assert.deepEqual(
      failed.items.map((item: Answer) => item.billingAdjustmentRequestId),
      [ids[1]],
    )
    const types = (account: string) => typesOf(heardOnce, account)
    const heardOnce = await heard(house)
    const what = 'Purchase Agreement Billing Adjustment'
    assert.deepEqual(
      types(seller),
      ['Completed', 'Failed', 'Completed'].map(end => `${what} ${end} - Proposer`),
    )
    assert.deepEqual(
      types(buyer),
      ['Completed', 'Completed'].map(end => `${what} ${end} - Acceptor`),
    )
    const amounts = (await invoices(house, agreementId, buyer)).map((each: Answer) => each.pricingCurrencyAmount.amount)
    assert.deepEqual(amounts.sort(), ['-0.20', '-0.40', '0.60'])
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([found.differences, found.refunded], [[], '0.60'])
  })
})

describe('a cancellation request', () => {
  async function openContract() {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const agreementId = await buy(house, await privateOffer(house, product, usagePricing()))
    const send = () =>
      house.as(seller)('agreement', 'SendAgreementCancellationRequest', { agreementId, reasonCode: 'TEST_AGREEMENT' })
    const statusOf = async () => (await house.as(buyer)('agreement', 'DescribeAgreement', { agreementId })).status
    return { house, agreementId, send, statusOf }
  }

  it('ends the agreement when the buyer accepts it', async () => {
    const { house, agreementId, send, statusOf } = await openContract()
    const { agreementCancellationRequestId, status } = await send()
    assert.equal(status, 'PENDING_APPROVAL')
    await assert.rejects(send(), { code: 'ConflictException' })
    const named = { agreementId, agreementCancellationRequestId }
    await assert.rejects(house.as(seller)('agreement', 'AcceptAgreementCancellationRequest', named), {
      code: 'ResourceNotFoundException',
    })
    assert.equal(await statusOf(), 'ACTIVE')
    const accepted = await house.as(buyer)('agreement', 'AcceptAgreementCancellationRequest', named)
    assert.equal(accepted.status, 'APPROVED')
    assert.equal(await statusOf(), 'CANCELLED')
    await assert.rejects(house.as(buyer)('agreement', 'AcceptAgreementCancellationRequest', named), {
      code: 'ConflictException',
    })
    await assert.rejects(send(), { fields: { reason: 'INACTIVE_AGREEMENT' } })
  })

  it('changes nothing when it is rejected or withdrawn', async () => {
    const { house, agreementId, send, statusOf } = await openContract()
    const first = await send()
    const reject = { agreementId, agreementCancellationRequestId: first.agreementCancellationRequestId }
    await house.as(buyer)('agreement', 'RejectAgreementCancellationRequest', { ...reject, rejectionReason: 'We stay.' })
    const second = await send()
    const withdraw = { agreementId, agreementCancellationRequestId: second.agreementCancellationRequestId }
    await house.as(seller)('agreement', 'CancelAgreementCancellationRequest', {
      ...withdraw,
      cancellationReason: 'A slip.',
    })
    house.clock.time += 30 * day
    await house.settle()
    assert.equal(await statusOf(), 'ACTIVE')
    const told = await house.as(seller)('agreement', 'GetAgreementCancellationRequest', reject)
    assert.deepEqual([told.status, told.statusMessage], ['REJECTED', 'We stay.'])
    for (const [account, partyType] of [
      [buyer, 'Acceptor'],
      [seller, 'Proposer'],
    ] as const) {
      const { items } = await house.as(account)('agreement', 'ListAgreementCancellationRequests', { partyType })
      assert.deepEqual(items.map((item: Answer) => item.status).sort(), ['CANCELLED', 'REJECTED'])
    }
    const none = await house.as(other)('agreement', 'ListAgreementCancellationRequests', { partyType: 'Acceptor' })
    assert.deepEqual(none.items, [])
  })

  it('that is not answered within seven days is approved', async () => {
    const { house, send, statusOf } = await openContract()
    await send()
    house.clock.time += 7 * day - 1
    await house.settle()
    assert.equal(await statusOf(), 'ACTIVE')
    house.clock.time += 1
    await house.settle()
    assert.equal(await statusOf(), 'CANCELLED')
  })

  it('fails once the buyer has cancelled', async () => {
    const { house, agreementId, send, statusOf } = await openContract()
    const { agreementCancellationRequestId } = await send()
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId })
    house.clock.time += 8 * day
    await house.settle()
    assert.equal(await statusOf(), 'CANCELLED')
    const named = { agreementId, agreementCancellationRequestId }
    const told = await house.as(seller)('agreement', 'GetAgreementCancellationRequest', named)
    assert.deepEqual([told.status, told.statusMessage], ['VALIDATION_FAILED', 'The agreement has ended.'])
  })
})

describe('a payment request', () => {
  it('is refused for its term, since machine learning products have none that varies', async () => {
    const { house, agreementId, sell } = await openInvoiced()
    const { acceptedTerms } = await sell('agreement', 'GetAgreementTerms', { agreementId })
    const termId = (Object.values(acceptedTerms[0]) as Answer[])[0].id
    const payment = { agreementId, termId, name: 'Milestone', chargeAmount: '10' }
    await assert.rejects(sell('agreement', 'SendAgreementPaymentRequest', payment), /VariablePaymentTerm/)
    const named = { agreementId, paymentRequestId: 'pr-none' }
    await assert.rejects(house.as(buyer)('agreement', 'AcceptAgreementPaymentRequest', named), {
      code: 'ResourceNotFoundException',
    })
    assert.deepEqual((await sell('agreement', 'ListAgreementPaymentRequests', { partyType: 'Proposer' })).items, [])
  })
})
