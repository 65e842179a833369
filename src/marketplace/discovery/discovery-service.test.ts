import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from '../../service/context.ts'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import {
  algorithmArn,
  buy,
  certifiedAlgorithm,
  changeCatalog,
  entitledArn,
  information,
  onProduct,
  openShop,
  privateOffer,
  publication,
  usagePricing,
  version,
} from '../market-story.fixture.ts'
import { createDiscoveryService } from './discovery-service.ts'
import type { DiscoveryParts } from './listing-search.ts'

const search = (house: MarketFixture, account: string, input: object) =>
  house.as(account)('discovery', 'SearchListings', input)
const names = (answer: Answer): string[] => answer.listingSummaries.map((summary: Answer) => summary.listingName)

/** A Limited product of its own for each title. */
async function publish(house: MarketFixture, title: string, more: object = {}): Promise<string> {
  const arn = `${algorithmArn}-${title.toLowerCase().replace(/\W+/g, '-')}`
  await house.escrow.certify(arn, certifiedAlgorithm)
  const changes = publication().map(each =>
    each.ChangeType === 'AddDeliveryOptions'
      ? onProduct('AddDeliveryOptions', version('1.0', arn))
      : each.Entity.Type.startsWith('Machine') && each.ChangeType === 'UpdateInformation'
        ? onProduct('UpdateInformation', { ...information, ProductTitle: title, ...more })
        : each,
  )
  const made = await changeCatalog(house, changes)
  assert.equal(made.Status, 'SUCCEEDED', made.FailureDescription)
  return made.ChangeSet[0].Entity.Identifier
}

const show = (house: MarketFixture, product: string, TargetVisibility = 'Public') =>
  changeCatalog(house, [onProduct('UpdateVisibility', { TargetVisibility }, product)])

describe('what an account sees', () => {
  it('of a Limited product: seller and allow-listed accounts only', async () => {
    const house = await openMarketFixture()
    const product = await publish(house, 'Hidden Gem')
    const seen = async (account: string) => {
      const { listingSummaries } = await search(house, account, { searchText: 'gem' })
      const listingId = `prodview-${product.slice(5)}`
      const calls = [
        ['GetListing', { listingId }],
        ['GetProduct', { productId: product }],
        ['ListFulfillmentOptions', { productId: product }],
      ] as const
      const answers = await Promise.allSettled(
        calls.map(([operation, input]) => house.as(account)('discovery', operation, input)),
      )
      const { purchaseOptions } = await house.as(account)('discovery', 'ListPurchaseOptions', {
        filters: [{ filterType: 'PRODUCT_ID', filterValues: [product] }],
      })
      return [
        listingSummaries.length,
        ...answers.map(answer => (answer.status === 'fulfilled' ? 1 : answer.reason.code)),
        purchaseOptions.length,
      ]
    }
    const hidden = [0, 'ResourceNotFoundException', 'ResourceNotFoundException', 'ResourceNotFoundException', 0]
    assert.deepEqual(await seen(seller), [1, 1, 1, 1, 1])
    assert.deepEqual(await seen(buyer), hidden)
    await changeCatalog(house, [
      onProduct('UpdateTargeting', { PositiveTargeting: { BuyerAccounts: [buyer] } }, product),
    ])
    assert.deepEqual(await seen(buyer), [1, 1, 1, 1, 1])
    assert.deepEqual(await seen(other), hidden)
    await show(house, product)
    assert.deepEqual(await seen(other), [1, 1, 1, 1, 1])
  })

  it('of a Limited product also those whom a private offer names, and they can accept it', async () => {
    const house = await openMarketFixture()
    const product = await publish(house, 'Hidden Gem')
    const offer = await privateOffer(house, product, usagePricing())
    await house.as(buyer)('discovery', 'GetProduct', { productId: product })
    await assert.rejects(house.as(other)('discovery', 'GetProduct', { productId: product }), {
      code: 'ResourceNotFoundException',
    })
    await buy(house, offer)
  })

  it('of a Restricted product: those who have it go on, nobody comes', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const agreementId = await buy(house, offer)
    const arn = await entitledArn(house, agreementId)
    assert.equal((await show(house, product, 'Restricted')).Status, 'SUCCEEDED')
    assert.equal((await search(house, seller, { searchText: 'iris' })).totalResults, 0)
    for (const account of [buyer, other]) await house.as(account)('discovery', 'GetProduct', { productId: product })
    await assert.rejects(buy(house, offer, { account: other }), { code: 'ResourceNotFoundException' })
    await house.market.requireSubscription(buyer, arn)
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId })
    await assert.rejects(buy(house, offer), { code: 'ResourceNotFoundException' })
  })

  it('of a Restricted product that was never Public: its seller alone', async () => {
    const house = await openMarketFixture()
    await house.escrow.certify(algorithmArn, certifiedAlgorithm)
    const made = await changeCatalog(house, publication())
    const product = made.ChangeSet[0].Entity.Identifier
    assert.equal((await show(house, product, 'Restricted')).Status, 'SUCCEEDED')
    await house.as(seller)('discovery', 'GetProduct', { productId: product })
    await assert.rejects(house.as(other)('discovery', 'GetProduct', { productId: product }), {
      code: 'ResourceNotFoundException',
    })
  })

  it('of the ARNs: nothing in any answer of the Discovery API', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const ask = house.as(buyer)
    const answers = [
      await search(house, buyer, {}),
      await ask('discovery', 'GetProduct', { productId: product }),
      await ask('discovery', 'GetListing', { listingId: `prodview-${product.slice(5)}` }),
      await ask('discovery', 'ListFulfillmentOptions', { productId: product }),
      await ask('discovery', 'GetOffer', { offerId: offer }),
      await ask('discovery', 'GetOfferTerms', { offerId: offer }),
      await ask('discovery', 'SearchFacets', {}),
    ]
    assert.doesNotMatch(JSON.stringify(answers), /arn:aws:sagemaker|111111111111|999999999999/)
    await assert.rejects(ask('discovery', 'GetOfferSet', { offerSetId: 'offerset-1' }), {
      code: 'ResourceNotFoundException',
    })
  })
})

describe('search', () => {
  async function openLibrary() {
    const house = await openMarketFixture()
    const titles: [string, object][] = [
      ['Iris Trees', {}],
      [
        'Tree Counter',
        {
          ShortDescription: 'Counts trees in aerial images.',
          SearchKeywords: ['forest'],
          Categories: ['Computer Vision'],
        },
      ],
      [
        'Cafe Reader',
        {
          ShortDescription: 'Reads menus.',
          LongDescription: 'Reads a menu, even one with a tree on it.',
          SearchKeywords: ['ocr'],
          Categories: ['Text'],
        },
      ],
    ]
    for (const [title, more] of titles) await show(house, await publish(house, title, more))
    return house
  }

  it('needs every word, ranks by where it stands, and knows plurals, case and accents', async () => {
    const house = await openLibrary()
    assert.deepEqual(names(await search(house, other, { searchText: 'tree' })).slice(-1), ['Cafe Reader'])
    assert.equal((await search(house, other, { searchText: 'TREES' })).totalResults, 3)
    assert.deepEqual(names(await search(house, other, { searchText: 'café menu' })), ['Cafe Reader'])
    assert.deepEqual(names(await search(house, other, { searchText: 'forests' })), ['Tree Counter'])
    assert.deepEqual(names(await search(house, other, { searchText: 'tree nothing' })), [])
    assert.equal((await search(house, other, { searchText: 'seller 111' })).totalResults, 3)
  })

  it('filters, counts facets and pages', async () => {
    const house = await openLibrary()
    const filters = [{ filterType: 'CATEGORY', filterValues: ['computer-vision'] }]
    assert.deepEqual(names(await search(house, other, { filters })).sort(), ['Iris Trees', 'Tree Counter'])
    assert.deepEqual(
      names(await search(house, other, { filters: [{ filterType: 'PRICING_MODEL', filterValues: ['FREE'] }] })),
      [],
    )
    assert.deepEqual(
      names(
        await search(house, other, { filters: [{ filterType: 'MIN_AVERAGE_CUSTOMER_RATING', filterValues: ['1'] }] }),
      ),
      [],
    )
    const { listingFacets, totalResults } = await house.as(other)('discovery', 'SearchFacets', {
      searchText: 'tree',
      facetTypes: ['CATEGORY', 'PRICING_MODEL'],
    })
    assert.equal(totalResults, 3)
    assert.deepEqual(
      listingFacets.CATEGORY.map(({ value, count }: Answer) => [value, count]),
      [
        ['computer-vision', 2],
        ['machine-learning', 1],
        ['text', 1],
      ],
    )
    assert.deepEqual(listingFacets.PRICING_MODEL, [{ value: 'USAGE', displayName: 'Usage based', count: 3 }])
    const seen: string[] = []
    let nextToken: string | undefined
    do {
      const page = await search(house, other, { searchText: 'tree', maxResults: 1, ...(nextToken && { nextToken }) })
      seen.push(...names(page))
      nextToken = page.nextToken
    } while (nextToken)
    assert.deepEqual(seen, names(await search(house, other, { searchText: 'tree' })))
    const { nextToken: token } = await search(house, other, { searchText: 'tree', maxResults: 1 })
    await assert.rejects(search(house, buyer, { searchText: 'tree', maxResults: 1, nextToken: token }), {
      code: 'ValidationException',
      fields: { reason: 'INVALID_PAGINATION_TOKEN' },
    })
  })

  it('follows what a product becomes', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    await changeCatalog(house, [
      onProduct('UpdateInformation', { ShortDescription: 'Of meadows.', SearchKeywords: ['orchid'] }, product),
    ])
    const [found] = (await search(house, other, { searchText: 'orchid' })).listingSummaries
    assert.equal(found.shortDescription, 'Of meadows.')
    assert.equal((await search(house, other, { searchText: 'classification' })).totalResults, 0)
  })
})

describe('purchase options', () => {
  it('need a product or a scope, and refuse values that no option has', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const list = (filters: [string, string][]) =>
      house.as(other)('discovery', 'ListPurchaseOptions', {
        filters: filters.map(([filterType, value]) => ({ filterType, filterValues: [value] })),
      })
    await assert.rejects(list([['PURCHASE_OPTION_TYPE', 'OFFER']]), /Include a PRODUCT_ID or a VISIBILITY_SCOPE/)
    await assert.rejects(list([['VISIBILITY_SCOPE', 'EVERYONE']]), /has no value EVERYONE/)
    assert.equal((await list([['VISIBILITY_SCOPE', 'PUBLIC']])).purchaseOptions.length, 1)
    assert.equal((await list([['VISIBILITY_SCOPE', 'PRIVATE']])).purchaseOptions.length, 0)
    assert.equal(
      (
        await list([
          ['PRODUCT_ID', product],
          ['PURCHASE_OPTION_TYPE', 'OFFERSET'],
        ])
      ).purchaseOptions.length,
      0,
    )
  })
})

it('policies know listings, products and offers by the ARNs that AWS names', async () => {
  const { operations } = createDiscoveryService({} as DiscoveryParts)
  const asked = async (operation: string, input: object) =>
    (await operations[operation]?.access(input, {} as Context, operation))?.map(({ resource }) => resource)
  const at = 'arn:aws:aws-marketplace:::catalog/AWSMarketplace'
  assert.deepEqual(await asked('SearchListings', {}), [`${at}/listing/*`])
  assert.deepEqual(await asked('GetProduct', { productId: 'prod-1' }), [`${at}/product/prod-1`])
  assert.deepEqual(await asked('GetOfferTerms', { offerId: 'offer-1' }), [`${at}/offer/offer-1`])
  assert.deepEqual(await asked('ListPurchaseOptions', {}), [`${at}/purchaseOption/*`])
})
