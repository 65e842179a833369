import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setCountry } from '../country.ts'
import { type Answer, buyer, openMarketFixture, other, seller } from '../market.fixture.ts'
import {
  algorithmArn,
  buy,
  certifiedAlgorithm,
  change,
  changeCatalog,
  contractPricing,
  type GivenChange,
  legalTerms,
  onOffer,
  openShop,
  passUntil,
  privateOffer,
  publication,
  supportTerms,
  usagePricing,
} from '../market-story.fixture.ts'

const targeting = (details: object) => onOffer('UpdateTargeting', details)
const describeEntity = async (house: Answer, EntityId: string) =>
  (await house.as(seller)('catalog', 'DescribeEntity', { Catalog: 'AWSMarketplace', EntityId })).DetailsDocument

describe('an offer for countries', () => {
  it('is acceptable from there alone, when accounts are named too', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const PositiveTargeting = { BuyerAccounts: [buyer, other], CountryCodes: ['DE', 'AT'] }
    const offer = await privateOffer(house, product, usagePricing(), [targeting({ PositiveTargeting })])
    assert.deepEqual((await describeEntity(house, offer)).Rules[0], { Type: 'TargetingRule', PositiveTargeting })
    await assert.rejects(buy(house, offer), /cannot be accepted from an unknown country/)
    await setCountry(house.store, buyer, 'FR')
    await assert.rejects(buy(house, offer), { code: 'ValidationException', message: /cannot be accepted from FR/ })
    await setCountry(house.store, buyer, 'AT')
    await buy(house, offer)
  })

  it('may be for all but some', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const offer = await privateOffer(house, product, usagePricing(), [
      targeting({
        ...{ PositiveTargeting: { BuyerAccounts: [buyer, other] } },
        NegativeTargeting: { CountryCodes: ['FR'] },
      }),
    ])
    assert.deepEqual((await describeEntity(house, offer)).Rules[0].NegativeTargeting, { CountryCodes: ['FR'] })
    await setCountry(house.store, buyer, 'FR')
    await assert.rejects(buy(house, offer), /cannot be accepted from FR/)
    // Nobody knows where the other one is: not in France, for all that is known.
    await buy(house, offer, { account: other })
  })

  it('is a public one without accounts, and not to be seen from elsewhere', async () => {
    const house = await openMarketFixture()

    await house.escrow.certify(algorithmArn, certifiedAlgorithm)
    const made = await changeCatalog(house, [
      ...publication().slice(0, -1),
      targeting({ PositiveTargeting: { CountryCodes: ['DE'] } }),
      onOffer('ReleaseOffer', {}),
    ])
    assert.equal(made.Status, 'SUCCEEDED', made.FailureDescription)
    const [product, offer] = ['CreateProduct', 'CreateOffer'].map(
      type => made.ChangeSet.find((each: Answer) => each.ChangeType === type).Entity.Identifier,
    )
    await changeCatalog(house, [
      change('UpdateVisibility', 'MachineLearningProduct@1.0', product, { TargetVisibility: 'Public' }),
    ])
    const options = async () =>
      (
        await house.as(buyer)('discovery', 'ListPurchaseOptions', {
          filters: [{ filterType: 'PRODUCT_ID', filterValues: [product] }],
        })
      ).purchaseOptions.length
    assert.equal(await options(), 0)
    await assert.rejects(buy(house, offer), { code: 'ResourceNotFoundException' })
    await setCountry(house.store, buyer, 'DE')
    assert.equal(await options(), 1)
    await buy(house, offer)
  })

  it('is none of an account whose country was taken back', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const where = targeting({ PositiveTargeting: { BuyerAccounts: [buyer], CountryCodes: ['DE'] } })
    const offer = await privateOffer(house, product, usagePricing(), [where])
    await setCountry(house.store, buyer, 'DE')
    await setCountry(house.store, buyer, '')
    await assert.rejects(buy(house, offer), /unknown country/)
    await assert.rejects(setCountry(house.store, buyer, 'XX'), /XX is no ISO 3166-1/)
  })

  const accounts = (count: number) => Array.from({ length: count }, (_, at) => String(100_000_000_000 + at))
  const trouble: Readonly<Record<string, readonly [code: string, details: object]>> = {
    'an unknown country': ['INVALID_COUNTRY_CODES', { PositiveTargeting: { CountryCodes: ['DE', 'XX'] } }],
    'nobody and nowhere': ['INVALID_TARGETING', { PositiveTargeting: {} }],
    'countries that it is for and those that it is not for': [
      'INCOMPATIBLE_TARGETING',
      { PositiveTargeting: { CountryCodes: ['DE'] }, NegativeTargeting: { CountryCodes: ['FR'] } },
    ],
    '27 accounts': ['TOO_MANY_BUYER_ACCOUNTS', { PositiveTargeting: { BuyerAccounts: accounts(27) } }],
  }
  for (const [what, [code, details]] of Object.entries(trouble))
    it(`with ${what} is refused`, async () => {
      const house = await openMarketFixture()
      const { product } = await openShop(house)
      await assert.rejects(
        privateOffer(house, product, usagePricing(), [targeting(details)]),
        new RegExp(`^Error: ${code}`),
      )
    })
})

describe('an offer’s net payment terms', () => {
  const net = (PaymentDuePeriod: string) =>
    onOffer('UpdateNetPaymentTerms', { Terms: [{ Type: 'NetPaymentTerm', PaymentDuePeriod }] })

  it('say until when invoices are paid; they come with the acceptance', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const offer = await privateOffer(house, product, contractPricing('10'), [net('P45D')])
    const { Terms } = await describeEntity(house, offer)
    assert.deepEqual(
      Terms.find((term: Answer) => term.Type === 'NetPaymentTerm'),
      { Type: 'NetPaymentTerm', PaymentDuePeriod: 'P45D' },
    )
    const agreementId = await buy(house, offer)
    const { acceptedTerms } = await house.as(buyer)('agreement', 'GetAgreementTerms', { agreementId })
    assert.equal(acceptedTerms.length, 4)
    await passUntil(house, '2026-12-02T12:00:00Z')
    const { key } = await house.as(buyer)('reports', 'CreateReport', {
      ...{ reportType: 'BUYER_BILLING', billingPeriod: { year: 2026, month: 12 }, destination: { bucket: buyer } },
    })
    const [head, row] = (house.files.get(`${buyer}/${key}`) ?? '').split('\r\n').map(line => line.split(','))
    const [issued, due] = ['issued', 'due'].map(column => Date.parse(row?.[head?.indexOf(column) ?? -1] ?? ''))
    assert.equal((due ?? 0) - (issued ?? 0), 45 * 86_400_000)
  })

  it('are of private offers, not released, and of AWS’s periods', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const own = await privateOffer(house, product, usagePricing())
    const [given] = [net('P30D')].map(each => ({ ...each, Entity: { ...each.Entity, Identifier: own } }))
    const after = await changeCatalog(house, [given as GivenChange])
    assert.match(after.FailureDescription, /^INCOMPATIBLE_TERMS/)
    await assert.rejects(privateOffer(house, product, usagePricing(), [net('P20D')]), { code: 'ValidationException' })
    const open = await changeCatalog(house, [
      change('CreateOffer', 'Offer@1.0', undefined, { ProductId: product, Name: 'All' }, { ChangeName: 'Offer' }),
      onOffer('UpdateInformation', { Description: 'For everyone' }),
      ...[onOffer('UpdatePricingTerms', usagePricing()), onOffer('UpdateLegalTerms', legalTerms)],
      ...[onOffer('UpdateSupportTerms', supportTerms), net('P30D'), onOffer('ReleaseOffer', {})],
    ])
    assert.match(open.FailureDescription, /^INCOMPATIBLE_TERMS: NetPaymentTerm/)
  })
})

it('agreements that begin on a date are for products of another kind', async () => {
  const house = await openMarketFixture()
  const { product } = await openShop(house)
  const terms = { Terms: [{ Type: 'ValidityTerm', AgreementStartDate: '2027-01-01', AgreementEndDate: '2028-12-31' }] }
  await assert.rejects(
    privateOffer(house, product, usagePricing(), [onOffer('UpdateValidityTerms', terms)]),
    /^Error: INCOMPATIBLE_PRODUCT: AgreementStartDate is for SaaS products/,
  )
})
