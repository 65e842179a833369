import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import { heard, openEars, typesOf } from '../market-ears.fixture.ts'
import {
  buy,
  changeCatalog,
  newOfferSet,
  offerOfSet,
  onOffer,
  onOfferSet,
  openOfferSet,
  openPackageShop,
} from '../market-story.fixture.ts'
import { createCatalogService } from './catalog-service.ts'

const Catalog = 'AWSMarketplace'
const idOf = (made: Answer, at = 0): string => made.ChangeSet[at].Entity.Identifier

async function made(house: MarketFixture, changes: readonly object[]): Promise<Answer> {
  const set = await changeCatalog(house, changes)
  assert.equal(set.Status, 'SUCCEEDED', JSON.stringify(set.ChangeSet.map((each: Answer) => each.ErrorDetailList)))
  return set
}

const codes = (set: Answer): string[] =>
  set.ChangeSet.flatMap((each: Answer) => each.ErrorDetailList.map((error: Answer) => error.ErrorCode))

interface Shop {
  readonly house: MarketFixture
  readonly products: readonly [string, string]
  readonly id: string
  readonly offers: readonly [string, string]
}

/** A draft of a set with an offer of each of two products, the second as a test says. */
async function draftSet(second: Parameters<typeof offerOfSet>[3] & { product?: 'first' } = {}): Promise<Shop> {
  const house = await openEars()
  const products = [await openPackageShop(house, 'Oaks'), await openPackageShop(house, 'Elms')] as const
  const id = idOf(await made(house, [newOfferSet()]))
  const first = idOf(await made(house, offerOfSet('Oak', products[0], id)))
  const about = second.product === 'first' ? products[0] : products[1]
  const next = idOf(await made(house, offerOfSet('Elm', about, id, second)))
  await made(house, [onOfferSet('AssociateOffers', { Offers: [{ OfferId: first }, { OfferId: next }] }, id)])
  return { house, products, id, offers: [first, next] }
}

const release = (id: string) => [
  onOfferSet('UpdateInformation', { BuyerNotes: 'Two kinds of trees.' }, id),
  onOfferSet('ReleaseOfferSet', {}, id),
]

describe('an offer set', () => {
  it('is found by its buyers once it is released, and each offer makes an agreement', async () => {
    const { house, products, id, offers } = await draftSet()
    const options = async (account: string, filters: object) => {
      const asked = {
        filters: Object.entries(filters).map(([filterType, value]) => ({ filterType, filterValues: [value] })),
      }
      return (await house.as(account)('discovery', 'ListPurchaseOptions', asked)).purchaseOptions
    }
    for (const offerId of offers)
      await assert.rejects(house.as(buyer)('discovery', 'GetOffer', { offerId }), { code: 'ResourceNotFoundException' })
    await assert.rejects(house.as(buyer)('discovery', 'GetOfferSet', { offerSetId: id }), {
      code: 'ResourceNotFoundException',
    })
    assert.deepEqual(typesOf(await heard(house), buyer), [])
    await made(house, release(id))
    const events = await heard(house)
    assert.deepEqual(typesOf(events, seller), ['OfferSet Released', 'Change Set Succeeded'])
    assert.deepEqual(
      events.filter(({ account }) => account === buyer).map(({ type, detail }) => [type, detail.offer.offerSetId]),
      offers.map(() => ['Private Offer Available', id]),
    )
    const found = await house.as(buyer)('discovery', 'GetOfferSet', { offerSetId: id })
    assert.deepEqual(
      [found.offerSetName, found.buyerNotes, found.expirationTime.toISOString(), found.badges[0].badgeType],
      ['Both', 'Two kinds of trees.', '2027-03-31T23:59:59.999Z', 'PRIVATE_PRICING'],
    )
    assert.deepEqual(
      found.associatedEntities.map((each: Answer) => [each.product.productId, each.offer.offerId]),
      [
        [products[0], offers[0]],
        [products[1], offers[1]],
      ],
    )
    const sets = await options(buyer, { PRODUCT_ID: products[1], PURCHASE_OPTION_TYPE: 'OFFERSET' })
    assert.deepEqual(
      sets.map((each: Answer) => [each.purchaseOptionId, each.associatedEntities[1].offerSet.offerSetId]),
      [[id, id]],
    )
    const alone = await options(buyer, { VISIBILITY_SCOPE: 'PRIVATE', PURCHASE_OPTION_TYPE: 'OFFER' })
    assert.deepEqual(alone, [])
    assert.deepEqual(await options(other, { VISIBILITY_SCOPE: 'PRIVATE' }), [])
    await assert.rejects(house.as(other)('discovery', 'GetOfferSet', { offerSetId: id }))
    const { associatedEntities } = await house.as(buyer)('discovery', 'GetOffer', { offerId: offers[0] })
    assert.equal(associatedEntities[0].offerSet.offerSetId, id)
    const agreements = [await buy(house, offers[0]), await buy(house, offers[1])]
    assert.equal(new Set(agreements).size, 2)
    house.clock.time = Date.parse('2027-04-01T00:00:00Z')
    const gone = await options(buyer, { PRODUCT_ID: products[0], AVAILABILITY_STATUS: 'EXPIRED' })
    assert.deepEqual(
      gone.map((each: Answer) => each.purchaseOptionId),
      [id],
    )
  })

  it('is described and listed as the Catalog API has it', async () => {
    const { house, id, offers } = await draftSet()
    await made(house, release(id))
    const ask = house.as(seller)
    const described = await ask('catalog', 'DescribeEntity', { Catalog, EntityId: id })
    assert.equal(described.EntityType, 'OfferSet@1.0')
    assert.deepEqual(described.DetailsDocument, {
      ...{ Id: id, Name: 'Both', State: 'Released', BuyerNotes: 'Two kinds of trees.' },
      ReleaseDate: '2026-11-20T12:00:00Z',
      AssociatedOffers: offers.map(OfferId => ({ OfferId })),
    })
    const list = async (filters: object) => {
      const asked = { Catalog, EntityType: 'OfferSet', EntityTypeFilters: { OfferSetFilters: filters } }
      return (await ask('catalog', 'ListEntities', asked)).EntitySummaryList
    }
    const [summary] = await list({ AssociatedOfferIds: { ValueList: [offers[1]] } })
    assert.deepEqual([summary.EntityId, summary.OfferSetSummary.AssociatedOfferIds], [id, [...offers]])
    assert.deepEqual(await list({ AssociatedOfferIds: { ValueList: ['offer-none'] } }), [])
    assert.deepEqual(await list({ State: { ValueList: ['Draft'] } }), [])
    assert.deepEqual(await list({ SolutionId: { ValueList: ['soln-1'] } }), [])
    const sorted = (SortBy: string) =>
      ask('catalog', 'ListEntities', { Catalog, EntityType: 'OfferSet', Sort: { SortBy, SortOrder: 'ASCENDING' } })
    assert.equal((await sorted('SolutionId')).EntitySummaryList.length, 1)
    await assert.rejects(sorted('AssociatedOfferIds'), /cannot be sorted by AssociatedOfferIds/)
    const offer = await ask('catalog', 'DescribeEntity', { Catalog, EntityId: offers[0] })
    assert.equal(offer.DetailsDocument.OfferSetId, id)
  })

  it('is made, filled and released by one change set, in whatever order', async () => {
    const house = await openMarketFixture()
    const products = [await openPackageShop(house, 'Oaks'), await openPackageShop(house, 'Elms')]
    const id = await openOfferSet(
      house,
      products.map(product => ({ product })),
    )
    const { EntitySummaryList } = await house.as(seller)('catalog', 'ListEntities', { Catalog, EntityType: 'OfferSet' })
    assert.deepEqual([EntitySummaryList[0].EntityId, EntitySummaryList[0].OfferSetSummary.State], [id, 'Released'])
  })
})

const refusals: readonly (readonly [string, Parameters<typeof draftSet>[0]])[] = [
  ['DRAFT_OFFERS', { released: false }],
  ['TOO_MANY_OFFERS_PER_PRODUCT', { product: 'first' }],
  ['INCONSISTENT_OFFER_TARGETING_RULE', { accounts: [buyer, other] }],
  ['INCONSISTENT_OFFER_AVAILABILITY_END_DATE', { ends: '2027-04-01' }],
]

describe('an offer set is refused', () => {
  for (const [code, second] of refusals)
    it(`with ${code}`, async () => {
      const { house, id } = await draftSet(second)
      assert.deepEqual(codes(await changeCatalog(house, release(id))), [code])
    })

  it('without notes, with too few offers, with one that has expired', async () => {
    const { house, id, offers } = await draftSet()
    assert.deepEqual(codes(await changeCatalog(house, [onOfferSet('ReleaseOfferSet', {}, id)])), [
      'MISSING_BUYER_NOTES',
    ])
    house.clock.time = Date.parse('2027-04-01T00:00:00Z')
    assert.deepEqual(codes(await changeCatalog(house, release(id))), ['EXPIRED_OFFERS'])
    await made(house, [onOfferSet('DisassociateOffers', { Offers: [{ OfferId: offers[1] }] }, id)])
    assert.deepEqual(codes(await changeCatalog(house, release(id))), ['MISSING_OFFERS'])
  })

  it('with offers that were not made for it, with more than seven, and any change of its offers once it is released', async () => {
    const { house, id, offers, products } = await draftSet()
    const associate = (...ids: string[]) => [
      onOfferSet('AssociateOffers', { Offers: ids.map(OfferId => ({ OfferId })) }, id),
    ]
    const nothing = await changeCatalog(house, [onOfferSet('UpdateInformation', {}, id)])
    assert.deepEqual(codes(nothing), ['MISSING_DATA'])
    assert.deepEqual(codes(await changeCatalog(house, associate('offer-elsewhere'))), [
      'INCOMPATIBLE_OFFER_SET_REFERENCE',
    ])
    const seven = Array.from({ length: 7 }, (_, at) => `offer-${at}`)
    assert.deepEqual(codes(await changeCatalog(house, associate(...seven))), ['TOO_MANY_OFFERS'])
    await made(house, release(id))
    for (const late of [
      associate(offers[0]),
      [onOfferSet('DisassociateOffers', { Offers: [{ OfferId: offers[0] }] }, id)],
      [onOfferSet('ReleaseOfferSet', {}, id)],
      offerOfSet('Late', products[0], id),
    ])
      assert.deepEqual(codes(await changeCatalog(house, late)), ['INVALID_UPDATE_REQUEST'])
    await made(house, [onOfferSet('UpdateInformation', { Name: 'Trees' }, id)])
  })

  it('with an offer for everyone', async () => {
    const house = await openMarketFixture()
    const products = [await openPackageShop(house, 'Oaks'), await openPackageShop(house, 'Elms')] as const
    const id = idOf(await made(house, [newOfferSet()]))
    const first = idOf(await made(house, offerOfSet('Oak', products[0], id)))
    // The second would be a second public offer of its product, which its own release refuses before.
    const second = idOf(await made(house, offerOfSet('Elm', products[1], id, { accounts: [], released: false })))
    await made(house, [onOfferSet('AssociateOffers', { Offers: [{ OfferId: first }, { OfferId: second }] }, id)])
    const refused = await changeCatalog(house, [...release(id), onOffer('ReleaseOffer', {}, second)])
    assert.deepEqual(codes(refused).sort(), ['INCOMPATIBLE_OFFER_TARGETING_RULE', 'TOO_MANY_OFFERS'])
  })

  it('of another seller', async () => {
    const { house, id, products } = await draftSet()
    const ask = house.as(other)
    const start = (ChangeSet: object[]) => ask('catalog', 'StartChangeSet', { Catalog, ChangeSet })
    await assert.rejects(
      start([onOfferSet('UpdateInformation', { Name: 'Mine' }, id)]),
      /OfferSet offerset-.*not found/i,
    )
    await assert.rejects(
      house.as(seller)('catalog', 'StartChangeSet', {
        Catalog,
        ChangeSet: offerOfSet('Oak', products[0], 'offerset-none'),
      }),
      /OfferSet offerset-none/,
    )
    await assert.rejects(
      start([onOfferSet('AssociateSolution', { SolutionId: 'soln-1' }, id)]),
      /AssociateSolution is not served/,
    )
  })
})

it('asks leave on the set and on each offer that it is to have', async () => {
  const { StartChangeSet } = createCatalogService().operations
  const DetailsDocument = { Offers: [{ OfferId: 'offer-1' }, { OfferId: '$Oak.Entity.Identifier' }] }
  const Entity = { Type: 'OfferSet@1.0', Identifier: 'offerset-1@3' }
  const input = { Catalog, ChangeSet: [{ ChangeType: 'AssociateOffers', Entity, DetailsDocument }] }
  const asked = await StartChangeSet?.access(input as never, { account: seller } as never, 'StartChangeSet')
  const arn = `arn:aws:aws-marketplace:us-east-1:${seller}:AWSMarketplace`
  assert.deepEqual(
    (asked as Answer[]).map(({ resource, conditions }) => [resource, conditions['catalog:ChangeType']]),
    [
      [`${arn}/OfferSet/offerset-1`, 'AssociateOffers'],
      [`${arn}/Offer/offer-1`, 'AssociateWithOfferSet'],
      [`${arn}/Offer/*`, 'AssociateWithOfferSet'],
    ],
  )
})
