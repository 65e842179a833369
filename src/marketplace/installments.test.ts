import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as agreement from '@aws-sdk/client-marketplace-agreement'
import * as catalog from '@aws-sdk/client-marketplace-catalog'
import Big from 'big.js'
import { reconcileCharges } from './billing/reconciliation.ts'
import { type Answer, buyer, seller } from './market.fixture.ts'
import { type MarketGateway, openMarketGateway } from './market-gateway.fixture.ts'
import {
  change,
  contractPricing,
  legalTerms,
  onOffer,
  openShop,
  passUntil,
  supportTerms,
} from './market-story.fixture.ts'

const Catalog = 'AWSMarketplace'
const [day, most] = [86_400_000, 86]

describe('a contract that is paid in as many installments as there may be, by the official clients', () => {
  let at: MarketGateway
  let product: string
  let start: number

  before(async () => {
    at = await openMarketGateway({ isMoved: true })
    at.house.clock.time = Date.parse('2026-11-20T12:00:00Z')
    start = Date.parse('2026-11-25T00:00:00Z')
    product = (await openShop(at.house)).product
  })
  after(() => at.close())

  /** One a week, each of another amount. */
  const payments = (count: number) =>
    Array.from({ length: count }, (_, week) => ({
      ChargeDate: new Date(start + week * 7 * day).toISOString().slice(0, 10),
      ChargeAmount: (0.01 + week * 13.37).toFixed(2),
    }))
  const sumOf = (amounts: readonly (string | undefined)[]) =>
    amounts.reduce((total, amount) => total.plus(amount ?? 'missing'), Big(0)).toFixed(2)

  const catalogClient = () => new catalog.MarketplaceCatalogClient(at.client(seller))
  const buying = () => new agreement.MarketplaceAgreementClient(at.client(buyer))

  const offering = (count: number): catalog.Change[] => {
    const terms = (type: string, Type: string, own: object) => onOffer(type, { Terms: [{ Type, ...own }] })
    const Schedule = payments(count)
    return [
      change('CreateOffer', 'Offer@1.0', undefined, { ProductId: product, Name: 'By weeks' }, { ChangeName: 'Offer' }),
      onOffer('UpdateInformation', { Description: 'As we said' }),
      onOffer('UpdateTargeting', { PositiveTargeting: { BuyerAccounts: [buyer] } }),
      onOffer('UpdateAvailability', { AvailabilityEndDate: '2026-11-30' }),
      onOffer('UpdatePricingTerms', contractPricing('0')),
      onOffer('UpdateLegalTerms', legalTerms),
      onOffer('UpdateSupportTerms', supportTerms),
      terms('UpdateValidityTerms', 'ValidityTerm', { AgreementEndDate: '2028-12-31' }),
      terms('UpdatePaymentScheduleTerms', 'PaymentScheduleTerm', { CurrencyCode: 'USD', Schedule }),
      onOffer('ReleaseOffer', {}),
    ] as catalog.Change[]
  }

  it(`${most + 1} are refused at once`, () =>
    assert.rejects(
      catalogClient().send(new catalog.StartChangeSetCommand({ Catalog, ChangeSet: offering(most + 1) })),
      { name: 'ValidationException', message: /Schedule must have 1 to 86 items, it has 87/ },
    ))

  it(`${most} are offered, accepted, charged on their days and invoiced to the cent`, async () => {
    const { house } = at
    const ChangeSet = offering(most)
    const { ChangeSetId } = await catalogClient().send(new catalog.StartChangeSetCommand({ Catalog, ChangeSet }))
    await house.settle()
    const set = await catalogClient().send(new catalog.DescribeChangeSetCommand({ Catalog, ChangeSetId }))
    assert.equal(set.Status, 'SUCCEEDED', set.FailureDescription)

    const offerId = set.ChangeSet?.[0]?.Entity?.Identifier
    const { agreementProposalId } = await house.as(buyer)('discovery', 'GetOffer', { offerId })
    const { offerTerms } = await house.as(buyer)('discovery', 'GetOfferTerms', { offerId })
    const { agreementRequestId, chargeSummary } = await buying().send(
      new agreement.CreateAgreementRequestCommand({
        ...{ intent: 'NEW', agreementProposalIdentifier: agreementProposalId },
        requestedTerms: offerTerms.map((term: Answer) => ({ id: (Object.values(term)[0] as Answer).id })),
      }),
    )
    const amounts = payments(most).map(({ ChargeAmount }) => ChargeAmount)
    assert.deepEqual(
      chargeSummary?.expectedCharges?.map(({ amount }) => amount),
      amounts,
    )
    assert.equal(chargeSummary?.newAgreementValue, sumOf(amounts))
    const { agreementId } = await buying().send(new agreement.AcceptAgreementRequestCommand({ agreementRequestId }))
    const { acceptedTerms } = await buying().send(new agreement.GetAgreementTermsCommand({ agreementId }))
    const accepted = acceptedTerms?.find(term => term.paymentScheduleTerm)?.paymentScheduleTerm
    assert.equal(accepted?.schedule?.length, most)

    const last = start + (most - 1) * 7 * day
    await passUntil(house, new Date(last - 1000).toISOString())
    assert.equal(
      (await reconcileCharges(house.store, house.clock.time)).charged,
      Big(sumOf(amounts.slice(0, -1))).toFixed(),
    )
    await passUntil(house, '2029-02-01T00:00:00Z')

    const charged = await all(async nextToken => {
      const page = await buying().send(new agreement.ListAgreementChargesCommand({ agreementId, nextToken }))
      return { nextToken: page.nextToken, amounts: page.items?.map(item => item.amount) }
    })
    assert.deepEqual(charged.toSorted(), amounts.toSorted())
    const invoiced = await all(async nextToken => {
      const input = { agreementId, groupBy: 'INVOICE_ID', nextToken } as const
      const page = await buying().send(new agreement.ListAgreementInvoiceLineItemsCommand(input))
      const groups = page.agreementInvoiceLineItemGroupSummaries
      return { nextToken: page.nextToken, amounts: groups?.map(group => group.pricingCurrencyAmount?.amount) }
    })
    // From November 2026 to July 2028.
    assert.deepEqual([invoiced.length, sumOf(invoiced)], [21, sumOf(amounts)])
    const found = await reconcileCharges(house.store, house.clock.time)
    assert.deepEqual([found.differences, found.invoiced, found.open], [[], sumOf(amounts), '0'])
  })
})

interface Page {
  readonly nextToken: string | undefined
  readonly amounts: readonly (string | undefined)[] | undefined
}

/** Every page with a client of its own: one takes the time of the last answer for the server's, which is the machine's. */
async function all(fetch: (nextToken: string | undefined) => Promise<Page>): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = []
  let token: string | undefined
  do {
    const { nextToken, amounts = [] } = await fetch(token)
    found.push(...amounts)
    token = nextToken
  } while (token !== undefined)
  return found
}
