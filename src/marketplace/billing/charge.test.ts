import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, openMarketFixture, seller } from '../market.fixture.ts'
import {
  buy,
  contractPricing,
  entitledArn,
  onOffer,
  openShop,
  passUntil,
  privateOffer,
  rates,
  usagePricing,
} from '../market-story.fixture.ts'

const day = 86_400_000

const byRequest = [...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: '0.001' }] as typeof rates

/** A buyer of one product who has asked it in three months: charges of an odd amount, a whole one, and one of cents. */
async function openCharges() {
  const house = await openMarketFixture()
  const { offer, product } = await openShop(house, usagePricing(byRequest))
  const agreement = await buy(house, offer)
  const begin = house.clock.time
  let batches = 0
  const use = async (agreementId: string, ...units: bigint[]) => {
    const productArn = await entitledArn(house, agreementId)
    const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'endpoint/1' }
    const counts = units.map((units, month) => ({ ...subject, units, time: house.clock.time + month * 31 * day }))
    const batch = { journal: 'a', number: ++batches }
    await house.store.transaction(tx => house.market.inferencesCounted(tx, batch, counts))
  }
  await use(agreement, 1n, 2000n, 10n)
  house.clock.time = begin + 70 * day
  const ask = house.as(buyer)
  return {
    ...{ house, agreement, offer, product, use, ask },
    list: (input: object = {}): Promise<Answer> => ask('agreement', 'ListAgreementCharges', input),
    order: (...purchaseOrders: object[]): Promise<Answer> =>
      ask('agreement', 'UpdatePurchaseOrders', { purchaseOrders }),
  }
}

/** A year that is paid up front, but for inferences. */
const yearly = {
  PricingModel: 'Contract',
  Terms: [
    ...usagePricing(byRequest).Terms,
    {
      ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price: '0', Duration: 'P12M' },
      Grants: byRequest.slice(0, 3).map(({ DimensionKey }) => ({ DimensionKey })),
    },
  ],
}

/** The buyer of a year, to be paid on 55 days from two days on. */
async function openYear() {
  const charges = await openCharges()
  const { ask, agreement, house, product } = charges
  await ask('agreement', 'CancelAgreement', { agreementId: agreement })
  const dayIn = (days: number) => new Date(house.clock.time + days * day).toISOString().slice(0, 10)
  const Schedule = Array.from({ length: 55 }, (_, number) => ({ ChargeDate: dayIn(number + 2), ChargeAmount: '1' }))
  const paid = await privateOffer(house, product, yearly, [
    onOffer('UpdateAvailability', { AvailabilityEndDate: dayIn(1) }),
    onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementEndDate: '2028-03-31' }] }),
    onOffer('UpdatePaymentScheduleTerms', { Terms: [{ Type: 'PaymentScheduleTerm', CurrencyCode: 'USD', Schedule }] }),
  ])
  return { ...charges, agreementId: await buy(house, paid) }
}

describe('charges', () => {
  it('have two decimals at least, and as many as it takes', async () => {
    const { list, agreement } = await openCharges()
    const { items, nextToken } = await list()
    assert.deepEqual(
      items.map(({ amount }: Answer) => amount),
      ['0.001', '2.00', '0.01'],
    )
    assert.equal(nextToken, undefined)
    for (const item of items) {
      assert.deepEqual([item.revision, item.agreementId, item.currencyCode], [1, agreement, 'USD'])
      assert.match(item.id, /^ch-[a-z0-9]{25}$/)
    }
  })

  it('for usage fall due with the last moment of their month', async () => {
    const { list } = await openCharges()
    assert.deepEqual(
      (await list()).items.map(({ time }: Answer) => time.toISOString()),
      ['2026-11-30T23:59:59.999Z', '2026-12-31T23:59:59.999Z', '2027-01-31T23:59:59.999Z'],
    )
  })

  it('are told on the next page where an agreement ends with a page', async () => {
    const { ask, list, agreement, house, offer, use } = await openCharges()
    await ask('agreement', 'CancelAgreement', { agreementId: agreement })
    const second = await buy(house, offer)
    await use(second, 1n)
    house.clock.time += day
    const { items, nextToken } = await list({ maxResults: 3 })
    const rest = await list({ maxResults: 3, nextToken })
    assert.deepEqual([rest.items.length, rest.nextToken], [1, undefined])
    assert.deepEqual(
      new Set([...items, ...rest.items].map(({ agreementId }: Answer) => agreementId)),
      new Set([agreement, second]),
    )
  })

  it('stand in the order of their time, months of usage among payments by dates, fifty on a page', async () => {
    const { ask, agreementId, use, house } = await openYear()
    await use(agreementId, 5n)
    house.clock.time += day
    const first = await ask('agreement', 'ListAgreementCharges', { agreementId })
    assert.equal(first.items.length, 50)
    const rest = await ask('agreement', 'ListAgreementCharges', { agreementId, nextToken: first.nextToken })
    const times = [...first.items, ...rest.items].map(({ time }: Answer) => time.getTime())
    assert.equal(times.length, 56)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })

  it('that give money back are below zero, beside those that they belong to', async () => {
    const { house, agreement, list } = await openCharges()
    await passUntil(house, '2027-03-03T00:00:00Z')
    const sell = house.as(seller)
    const { agreementInvoiceLineItemGroupSummaries: invoices } = await sell(
      'agreement',
      'ListAgreementInvoiceLineItems',
      {
        ...{ agreementId: agreement, groupBy: 'INVOICE_ID' },
      },
    )
    const paid = invoices.find((each: Answer) => each.pricingCurrencyAmount.amount === '2.00')
    const made = await sell('agreement', 'BatchCreateBillingAdjustmentRequest', {
      billingAdjustmentRequestEntries: [
        {
          ...{
            agreementId: agreement,
            originalInvoiceId: paid.invoiceId,
            adjustmentAmount: '0.50',
            currencyCode: 'USD',
          },
          ...{ adjustmentReasonCode: 'INCORRECT_METERING', clientToken: 'back-once' },
        },
      ],
    })
    assert.deepEqual(made.errors, [])
    await house.settle()
    const { items } = await list()
    const last = items.at(-1)
    assert.deepEqual([last.amount, last.time.getTime()], ['-0.50', house.clock.time])
    assert.match(last.id, /^ch-[a-z0-9]{25}$/)
    const order = { chargeId: last.id, agreementId: agreement, purchaseOrderReference: 'late' }
    await assert.rejects(house.as(buyer)('agreement', 'UpdatePurchaseOrders', { purchaseOrders: [order] }), {
      message: /gives money back/,
    })
  })

  it('are paged one after another, each once, of one agreement or of all', async () => {
    const { list, agreement } = await openCharges()
    for (const asked of [{}, { agreementId: agreement }])
      for (const maxResults of [1, 2, 3]) {
        const found: string[] = []
        let nextToken: string | undefined
        let pages = 0
        do {
          const page: Answer = await list({ ...asked, maxResults, ...(nextToken && { nextToken }) })
          assert.ok(page.items.length <= maxResults)
          found.push(...page.items.map(({ amount }: Answer) => amount))
          nextToken = page.nextToken
          pages++
        } while (nextToken)
        assert.deepEqual(found, ['0.001', '2.00', '0.01'])
        assert.equal(pages, Math.ceil(3 / maxResults))
      }
  })

  it('are of purchase agreements in this catalog, and there are no others', async () => {
    const { list } = await openCharges()
    assert.equal((await list({ agreementType: 'PurchaseAgreement' })).items.length, 3)
    assert.deepEqual((await list({ agreementType: 'Other' })).items, [])
    await assert.rejects(list({ catalog: 'Elsewhere' }))
  })

  it('keep their own purchase order until it is changed or taken away', async () => {
    const { ask, agreementId, agreement } = await openYear()
    const list = (more: object = {}): Promise<Answer> =>
      ask('agreement', 'ListAgreementCharges', { agreementId, maxResults: 3, ...more })
    const order = (...purchaseOrders: object[]) => ask('agreement', 'UpdatePurchaseOrders', { purchaseOrders })
    const orders = async () =>
      (await list()).items.map(({ purchaseOrderReference: reference }: Answer) => reference ?? '').join()
    const [first, second] = (await list()).items.map(({ id }: Answer) => id)
    const of = (chargeId: string, purchaseOrderReference?: string) => ({
      ...{ chargeId, agreementId, chargeRevision: 1 },
      ...(purchaseOrderReference && { purchaseOrderReference }),
    })
    await order(of(first, 'one'), of(second, 'two'))
    assert.equal(await orders(), 'one,two,')
    assert.equal((await list({ maxResults: 1 })).items[0].purchaseOrderReference, 'one')
    await order(of(second, 'three'))
    assert.equal(await orders(), 'one,three,')
    await order(of(first))
    assert.equal(await orders(), ',three,')
    await assert.rejects(order(of(first, 'four'), of('ch-none', 'five')), /has no charge ch-none/)
    assert.equal(await orders(), ',three,')
    await assert.rejects(order({ ...of(first, 'six'), chargeRevision: 2 }), /is at revision 1/)
    await assert.rejects(order(of(first, 'seven'), { ...of(first, 'eight'), agreementId: agreement }), /one agreement/)
  })

  it('take no purchase order any more within three hours of their time, nor when their agreement has ended', async () => {
    const { house, ask, agreementId } = await openYear()
    const { items } = await ask('agreement', 'ListAgreementCharges', { agreementId, maxResults: 2 })
    const [first, second] = items
    const order = ({ id: chargeId }: Answer) =>
      ask('agreement', 'UpdatePurchaseOrders', {
        purchaseOrders: [{ chargeId, agreementId, purchaseOrderReference: 'PO-1' }],
      })
    const refused = (charge: Answer, message: RegExp) =>
      assert.rejects(order(charge), { fields: { reason: 'UNSUPPORTED_ACTION' }, message })
    house.clock.time = first.time.getTime() - 3 * 60 * 60 * 1000 - 1
    await order(first)
    house.clock.time += 1
    await refused(first, /is due, or within three hours/)
    await house.store.db
      .updateTable('market_agreement')
      .set({ status: 'TERMINATED' })
      .where('id', '=', agreementId)
      .execute()
    await refused(second, /is of an agreement that is not in force/)
  })

  it('of a contract that renews hand their purchase order on, which may be set for that when they are paid', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const renewal = { Type: 'RenewalTerm', PriceIncrease: { Type: 'FixedPercentage', Value: '0.00' } }
    const offer = await privateOffer(house, product, contractPricing('10'), [
      onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P30D' }] }),
      onOffer('UpdateRenewalTerms', { Terms: [renewal] }),
    ])
    const agreementId = await buy(house, offer, { renew: true })
    const ask = house.as(buyer)
    const charges = async () => (await ask('agreement', 'ListAgreementCharges', {})).items
    const order = async (charge: Answer, purchaseOrderReference: string) =>
      ask('agreement', 'UpdatePurchaseOrders', {
        purchaseOrders: [{ chargeId: charge.id, agreementId: charge.agreementId, purchaseOrderReference }],
      })
    house.clock.time += 5 * day
    await order((await charges())[0], 'PO-1')
    await passUntil(house, '2026-12-21T12:00:00Z')
    const references = async () => (await charges()).map((each: Answer) => each.purchaseOrderReference)
    assert.deepEqual(await references(), ['PO-1', 'PO-1'])
    const [first, second] = await charges()
    assert.equal(first.agreementId, agreementId)
    await assert.rejects(order(first, 'PO-2'), /not in force/)
    await order(second, 'PO-2')
    await passUntil(house, '2027-01-21T12:00:00Z')
    assert.deepEqual(await references(), ['PO-1', 'PO-2', 'PO-2'])
  })
})
