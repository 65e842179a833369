import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, openMarketFixture, seller } from '../market.fixture.ts'
import { buy, entitledArn, openShop, rates, usagePricing } from '../market-story.fixture.ts'

const at = (date: string) => Date.parse(`${date}T12:00:00Z`)

/** A buyer who pays a tenth of a cent for each request, from 20 November 2026 on. */
async function openBills() {
  const house = await openMarketFixture()
  const byRequest = [...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: '0.001' }] as typeof rates
  const { offer } = await openShop(house, usagePricing(byRequest))
  const agreementId = await buy(house, offer)
  const productArn = await entitledArn(house, agreementId)
  const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'endpoint/1' }
  const ask = house.as(buyer)
  const list = (input: object = {}): Promise<Answer> =>
    ask('agreement', 'ListAgreementInvoiceLineItems', { agreementId, groupBy: 'INVOICE_ID', ...input })
  let batches = 0
  let refunds = 0
  return {
    ...{ house, agreementId },
    /** Requests of a day, told on another. */
    async requests(units: bigint, day: string): Promise<void> {
      const counts = [{ ...subject, units, time: at(day) }]
      await house.store.transaction(tx =>
        house.market.inferencesCounted(tx, { journal: 'a', number: ++batches }, counts),
      )
    },
    async until(day: string): Promise<void> {
      house.clock.time = at(day)
      assert.deepEqual(await house.settle(), [])
    },
    list,
    async bills(input: object = {}): Promise<unknown[]> {
      const { agreementInvoiceLineItemGroupSummaries: all } = await list({ maxResults: 50, ...input })
      return all.map(({ invoiceType, invoiceBillingPeriod: { year, month }, pricingCurrencyAmount }: Answer) => [
        invoiceType,
        `${year}-${month}`,
        pricingCurrencyAmount.amount,
        ...(pricingCurrencyAmount.maxAdjustmentAmount ? [pricingCurrencyAmount.maxAdjustmentAmount] : []),
      ])
    },
    async refund(originalInvoiceId: string, adjustmentAmount: string): Promise<Answer> {
      const told = await house.as(seller)('agreement', 'BatchCreateBillingAdjustmentRequest', {
        billingAdjustmentRequestEntries: [
          {
            ...{ agreementId, originalInvoiceId, adjustmentAmount, currencyCode: 'USD' },
            ...{ adjustmentReasonCode: 'INCORRECT_METERING', clientToken: `refund-${++refunds}` },
          },
        ],
      })
      await house.settle()
      return told
    },
  }
}

describe('invoices', () => {
  it('come for each month when it has ended, and not before', async () => {
    const { requests, until, bills } = await openBills()
    await requests(2000n, '2026-11-21')
    await requests(3000n, '2026-12-05')
    await until('2026-11-30')
    assert.deepEqual(await bills(), [])
    await until('2026-12-01')
    assert.deepEqual(await bills(), [['INVOICE', '2026-11', '2.00', '2.00']])
    await until('2027-01-01')
    assert.deepEqual(await bills(), [
      ['INVOICE', '2026-11', '2.00', '2.00'],
      ['INVOICE', '2026-12', '3.00', '3.00'],
    ])
  })

  it('come for all months that nobody looked at, and not for one without use', async () => {
    const { requests, until, bills } = await openBills()
    await requests(1000n, '2026-11-21')
    await requests(4000n, '2027-01-31')
    await until('2027-03-15')
    assert.deepEqual(await bills(), [
      ['INVOICE', '2026-11', '1.00', '1.00'],
      ['INVOICE', '2027-1', '4.00', '4.00'],
    ])
  })

  it('add up to the cent, half a cent upwards', async () => {
    const { requests, until, bills } = await openBills()
    await requests(5n, '2026-11-21')
    await until('2026-12-02')
    assert.deepEqual(await bills(), [['INVOICE', '2026-11', '0.01', '0.01']])
    await requests(5n, '2026-12-21')
    await until('2027-01-02')
    assert.equal((await bills()).length, 1, 'the whole cent is paid already')
    await requests(14n, '2027-01-21')
    await until('2027-02-02')
    assert.deepEqual((await bills())[1], ['INVOICE', '2027-1', '0.01', '0.01'])
  })

  it('have on the next what comes late', async () => {
    const { requests, until, bills } = await openBills()
    await requests(1000n, '2026-11-21')
    await until('2026-12-02')
    await requests(500n, '2026-11-22')
    await until('2027-01-02')
    assert.deepEqual(await bills(), [
      ['INVOICE', '2026-11', '1.00', '1.00'],
      ['INVOICE', '2026-12', '0.50', '0.50'],
    ])
  })

  it('give back what was too much', async () => {
    const { house, agreementId, requests, until, bills } = await openBills()
    await requests(1000n, '2026-11-21')
    await until('2026-12-02')
    const { db } = house.store
    await db.updateTable('market_invoice').set({ amount: '1.75' }).where('agreement', '=', agreementId).execute()
    await until('2027-01-02')
    assert.deepEqual((await bills())[1], ['CREDIT_MEMO', '2026-12', '-0.75'])
  })

  it('are found by number, kind, month and the time of issue, whose ends are not meant', async () => {
    const { requests, until, list, bills, refund } = await openBills()
    await requests(1000n, '2026-11-21')
    await requests(2000n, '2026-12-05')
    await until('2026-12-02')
    await until('2027-01-02')
    const { agreementInvoiceLineItemGroupSummaries: all } = await list()
    const [first, second] = all
    assert.match(first.invoiceId, /^inv-[a-z0-9]{25}$/)
    assert.deepEqual([first.issuedTime, second.issuedTime].map(Number), [at('2026-12-02'), at('2027-01-02')])
    assert.equal(first.invoicingEntity.legalName, 'Seller 111')
    await refund(first.invoiceId, '0.25')
    const november = ['INVOICE', '2026-11', '1.00', '0.75']
    const december = ['INVOICE', '2026-12', '2.00', '2.00']
    const memo = ['CREDIT_MEMO', '2027-1', '-0.25']
    assert.deepEqual((await bills()).toSorted(), [memo, november, december])
    assert.deepEqual(await bills({ invoiceId: second.invoiceId }), [december])
    assert.deepEqual(await bills({ invoiceType: 'CREDIT_MEMO' }), [memo])
    assert.deepEqual(await bills({ invoiceBillingPeriod: { year: 2026, month: 11 } }), [november])
    assert.deepEqual(await bills({ beforeIssuedTime: second.issuedTime }), [november])
    assert.deepEqual((await bills({ afterIssuedTime: first.issuedTime })).toSorted(), [memo, december])
    assert.deepEqual(await bills({ afterIssuedTime: second.issuedTime }), [])
  })

  it('may be refunded as far as they are not yet', async () => {
    const { requests, until, bills, list, refund } = await openBills()
    await requests(1000n, '2026-11-21')
    await until('2026-12-02')
    const { agreementInvoiceLineItemGroupSummaries: all } = await list()
    const id = all[0].invoiceId
    await refund(id, '0.25')
    await refund(id, '0.50')
    assert.deepEqual((await refund(id, '0.26')).errors[0]?.code, 'VALIDATION_EXCEPTION')
    assert.deepEqual((await bills()).toSorted(), [
      ['CREDIT_MEMO', '2026-12', '-0.25'],
      ['CREDIT_MEMO', '2026-12', '-0.50'],
      ['INVOICE', '2026-11', '1.00', '0.25'],
    ])
  })

  it('are paged one after another, each once, however many of the same moment', async () => {
    const { requests, until, list, refund } = await openBills()
    await requests(1000n, '2026-11-21')
    await requests(1000n, '2026-12-21')
    await until('2027-02-01')
    const all = (await list()).agreementInvoiceLineItemGroupSummaries
    for (const { invoiceId } of all) for (const amount of ['0.10', '0.20', '0.30']) await refund(invoiceId, amount)
    const whole = (await list({ maxResults: 50 })).agreementInvoiceLineItemGroupSummaries.map(
      ({ invoiceId }: Answer) => invoiceId,
    )
    assert.equal(new Set(whole).size, 8)
    const inOrder = [...whole.slice(2)].toSorted()
    assert.deepEqual(whole, [...all.map(({ invoiceId }: Answer) => invoiceId), ...inOrder], 'by time, month and number')
    for (const maxResults of [1, 3, 4, 8]) {
      const found: string[] = []
      let nextToken: string | undefined
      let pages = 0
      do {
        const page = await list({ maxResults, ...(nextToken && { nextToken }) })
        found.push(...page.agreementInvoiceLineItemGroupSummaries.map(({ invoiceId }: Answer) => invoiceId))
        nextToken = page.nextToken
        pages++
      } while (nextToken)
      assert.deepEqual(found, whole)
      assert.equal(pages, Math.ceil(8 / maxResults))
    }
  })
})
