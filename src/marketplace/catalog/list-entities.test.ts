import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { buyer, type MarketFixture, openMarketFixture, seller } from '../market.fixture.ts'
import { openPackageShop, openShop } from '../market-story.fixture.ts'

const sorts = {
  MachineLearningProduct: ['EntityId', 'ProductTitle', 'Visibility', 'LastModifiedDate'],
  Offer: [
    ...[
      'EntityId',
      'Name',
      'ProductId',
      'State',
      'Targeting',
      'ReleaseDate',
      'AvailabilityEndDate',
      'LastModifiedDate',
    ],
  ],
}

describe('lists of entities', () => {
  let house: MarketFixture
  before(async () => {
    house = await openMarketFixture()
    await openShop(house)
    for (const title of ['Weighed', 'Measured', 'Counted']) await openPackageShop(house, title)
  })
  after(() => house.store.close())

  const pages = async (account: string, asked: object) => {
    const found: { EntityId: string }[] = []
    for (let NextToken: string | undefined; ; ) {
      const input = { Catalog: 'AWSMarketplace', MaxResults: 1, ...asked, ...(NextToken && { NextToken }) }
      const page = await house.as(account)('catalog', 'ListEntities', input)
      assert.ok(page.EntitySummaryList.length <= 1)
      found.push(...page.EntitySummaryList)
      if (page.NextToken === undefined) return found.map(({ EntityId }) => EntityId)
      NextToken = page.NextToken
    }
  }

  for (const [EntityType, names] of Object.entries(sorts))
    for (const SortBy of names)
      it(`${EntityType} by ${SortBy}: page by page as by an index, backwards the other way round`, async () => {
        const sorted = (SortOrder: string) => pages(seller, { EntityType, Sort: { SortBy, SortOrder } })
        const up = await sorted('ASCENDING')
        assert.equal(new Set(up).size, 4)
        assert.deepEqual(await sorted('DESCENDING'), up.toReversed())
        if (SortBy === 'EntityId') assert.deepEqual(up, up.toSorted())
      })

  it('what is shared is paged too', async () => {
    assert.deepEqual(await pages(buyer, { EntityType: 'Offer', OwnershipType: 'SHARED' }), [])
  })
})
