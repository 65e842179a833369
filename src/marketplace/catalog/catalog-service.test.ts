import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, type MarketFixture, openMarketFixture, seller } from '../market.fixture.ts'
import { change, changeCatalog, openShop } from '../market-story.fixture.ts'

const Catalog = 'AWSMarketplace'

const list = async (house: MarketFixture, input: object, account = seller) =>
  house.as(account)('catalog', 'ListEntities', { Catalog, EntityType: 'MachineLearningProduct', ...input })
const titles = (answer: Answer): string[] => answer.EntitySummaryList.map((each: Answer) => each.Name)

async function openDrafts(names: readonly string[]) {
  const house = await openMarketFixture()
  for (const ProductTitle of names) {
    await changeCatalog(house, [change('CreateProduct', 'MachineLearningProduct@1.0', undefined, { ProductTitle })])
    house.clock.time += 60_000
  }
  return house
}

describe('ListEntities', () => {
  it('is newest first, sorts, filters and pages', async () => {
    const house = await openDrafts(['Beta', 'Alpha 100%', 'Gamma'])
    assert.deepEqual(titles(await list(house, {})), ['Gamma', 'Alpha 100%', 'Beta'])
    const byTitle = {
      EntityTypeSort: { MachineLearningProductSort: { SortBy: 'ProductTitle', SortOrder: 'ASCENDING' } },
    }
    assert.deepEqual(titles(await list(house, byTitle)), ['Alpha 100%', 'Beta', 'Gamma'])
    const filtered = (filters: object) => list(house, { EntityTypeFilters: { MachineLearningProductFilters: filters } })
    assert.deepEqual(titles(await filtered({ ProductTitle: { WildCardValue: 'MM' } })), ['Gamma'])
    assert.deepEqual(titles(await filtered({ ProductTitle: { WildCardValue: '0%' } })), ['Alpha 100%'])
    assert.deepEqual(titles(await filtered({ ProductTitle: { WildCardValue: 'a_p' } })), [])
    assert.deepEqual(
      titles(await filtered({ ProductTitle: { ValueList: ['Beta'] }, Visibility: { ValueList: ['Draft'] } })),
      ['Beta'],
    )
    const range = { DateRange: { AfterValue: '2026-11-20T12:00:30Z', BeforeValue: '2026-11-20T12:01:30Z' } }
    assert.deepEqual(titles(await filtered({ LastModifiedDate: range })), ['Alpha 100%'])
    assert.deepEqual(
      titles(
        await list(house, { FilterList: [{ Name: 'BeforeLastModifiedDate', ValueList: ['2026-11-20T12:00:30Z'] }] }),
      ),
      ['Beta'],
    )
    const first = await list(house, { ...byTitle, MaxResults: 2 })
    const second = await list(house, { ...byTitle, MaxResults: 2, NextToken: first.NextToken })
    assert.deepEqual([...titles(first), ...titles(second)], ['Alpha 100%', 'Beta', 'Gamma'])
    assert.equal(second.NextToken, undefined)
    await assert.rejects(list(house, { NextToken: first.NextToken }), /Invalid NextToken/)
    assert.deepEqual(titles(await list(house, {}, buyer)), [])
  })

  it('refuses what it does not know, and has none of AWS’s other types', async () => {
    const house = await openDrafts([])
    await assert.rejects(list(house, { EntityType: 'MachineLearningModel' }), /is unknown/)
    await assert.rejects(
      list(house, { FilterList: [{ Name: 'Color', ValueList: ['red'] }] }),
      /cannot be filtered by Color/,
    )
    await assert.rejects(list(house, { Sort: { SortBy: 'Color' } }), /cannot be sorted by Color/)
    await assert.rejects(list(house, { EntityTypeFilters: { OfferFilters: {} } }), /does not go with EntityType/)
    const sets = { EntityType: 'OfferSet', EntityTypeFilters: { OfferFilters: {} } }
    await assert.rejects(list(house, sets), /OfferFilters does not go with EntityType OfferSet/)
    for (const EntityType of [
      'AmiProduct',
      'Solution',
      'Experience',
      'ProcurementPolicy',
      'Audience',
      'BrandingSettings',
    ])
      assert.deepEqual(titles(await list(house, { EntityType })), [])
  })

  it('finds offers by product, state and buyer', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const offers = (filters: object) =>
      list(house, { EntityType: 'Offer', EntityTypeFilters: { OfferFilters: filters } })
    const found = await offers({
      ProductId: { ValueList: [product] },
      State: { ValueList: ['Released'] },
      Targeting: { ValueList: ['None'] },
    })
    assert.deepEqual(
      found.EntitySummaryList.map((each: Answer) => each.EntityId),
      [offer],
    )
    assert.deepEqual((await offers({ BuyerAccounts: { WildCardValue: buyer } })).EntitySummaryList, [])
  })
})

describe('ListChangeSets', () => {
  it('filters by status, name, entity and time', async () => {
    const house = await openDrafts(['One'])
    const [{ EntityId }] = (await list(house, {})).EntitySummaryList
    const failed = await changeCatalog(house, [change('ReleaseProduct', 'MachineLearningProduct@1.0', EntityId, {})], {
      ChangeSetName: 'too early',
    })
    assert.equal(failed.Status, 'FAILED')
    const sets = async (Name: string, value: string) =>
      (await house.as(seller)('catalog', 'ListChangeSets', { Catalog, FilterList: [{ Name, ValueList: [value] }] }))
        .ChangeSetSummaryList
    assert.deepEqual(
      (await sets('Status', 'FAILED')).map((set: Answer) => set.ChangeSetName),
      ['too early'],
    )
    assert.deepEqual((await sets('ChangeSetName', 'too early'))[0].FailureCode, 'CLIENT_ERROR')
    assert.equal((await sets('EntityId', EntityId)).length, 2)
    assert.equal((await sets('BeforeStartTime', '2026-11-20T12:00:30Z')).length, 1)
    await assert.rejects(sets('Color', 'red'), /cannot be filtered by Color/)
    const listed = async () =>
      (await house.as(seller)('catalog', 'ListChangeSets', { Catalog })).ChangeSetSummaryList.length
    house.clock.time += 90 * 86_400_000 - 60_001
    assert.equal(await listed(), 2)
    house.clock.time += 60_001
    assert.equal(await listed(), 0)
  })
})

describe('sharing and tags', () => {
  it('a resource policy lets another account describe and list an entity', async () => {
    const house = await openDrafts(['One'])
    const [{ EntityId, EntityArn }] = (await list(house, {})).EntitySummaryList
    const Statement = [
      { Effect: 'Allow', Principal: { AWS: buyer }, Action: 'aws-marketplace:DescribeEntity', Resource: EntityArn },
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    const ask = house.as(seller)
    await assert.rejects(
      ask('catalog', 'PutResourcePolicy', { ResourceArn: EntityArn, Policy: '{}' }),
      /must have a Statement/,
    )
    await assert.rejects(house.as(buyer)('catalog', 'DescribeEntity', { Catalog, EntityId }), {
      code: 'ResourceNotFoundException',
    })
    await ask('catalog', 'PutResourcePolicy', { ResourceArn: EntityArn, Policy })
    assert.equal((await ask('catalog', 'GetResourcePolicy', { ResourceArn: EntityArn })).Policy, Policy)
    assert.equal((await house.as(buyer)('catalog', 'DescribeEntity', { Catalog, EntityId })).EntityArn, EntityArn)
    assert.deepEqual(titles(await list(house, { OwnershipType: 'SHARED' }, buyer)), ['One'])
    assert.deepEqual(titles(await list(house, { OwnershipType: 'SHARED' }, '444444444444')), [])
    await ask('catalog', 'DeleteResourcePolicy', { ResourceArn: EntityArn })
    await assert.rejects(ask('catalog', 'GetResourcePolicy', { ResourceArn: EntityArn }), {
      code: 'ResourceNotFoundException',
    })
    const batch = await house.as(buyer)('catalog', 'BatchDescribeEntities', {
      EntityRequestList: [{ Catalog, EntityId }],
    })
    assert.equal(batch.Errors[EntityId].ErrorCode, 'ResourceNotFoundException')
  })

  it('tags come with creation, are added and removed', async () => {
    const house = await openMarketFixture()
    const Tags = [{ Key: 'team', Value: 'trees' }]
    const made = await changeCatalog(
      house,
      [change('CreateProduct', 'MachineLearningProduct@1.0', undefined, {}, { EntityTags: Tags })],
      { ChangeSetTags: Tags },
    )
    const [{ EntityArn }] = (await list(house, {})).EntitySummaryList
    const tags = async (ResourceArn: string) =>
      (await house.as(seller)('catalog', 'ListTagsForResource', { ResourceArn })).Tags?.map((tag: Answer) => ({
        ...tag,
      }))
    assert.deepEqual(await tags(EntityArn), Tags)
    assert.deepEqual(await tags(made.ChangeSetArn), Tags)
    await house.as(seller)('catalog', 'TagResource', {
      ResourceArn: EntityArn,
      Tags: [
        { Key: 'a', Value: '' },
        { Key: 'team', Value: 'x' },
      ],
    })
    assert.deepEqual(await tags(EntityArn), [
      { Key: 'a', Value: '' },
      { Key: 'team', Value: 'x' },
    ])
    await house.as(seller)('catalog', 'UntagResource', { ResourceArn: EntityArn, TagKeys: ['a', 'team'] })
    assert.equal(await tags(EntityArn), undefined)
    await assert.rejects(house.as(buyer)('catalog', 'TagResource', { ResourceArn: EntityArn, Tags }), {
      code: 'ResourceNotFoundException',
    })
  })
})

describe('StartChangeSet', () => {
  it('is refused to who has 250 change sets under way, until one has ended', async () => {
    const house = await openMarketFixture()
    const open = { account: seller, name: '', intent: 'APPLY', status: 'APPLYING', outcome: '', review: '' }
    const rest = { failure_code: '', failure_description: '', tries: 0, started: 1, ended: 0, document: '[]' }
    const rows = Array.from({ length: 249 }, (_, index) => ({ ...open, ...rest, id: `open${index}` }))
    for (let from = 0; from < rows.length; from += 50)
      await house.store.db
        .insertInto('market_change_set')
        .values(rows.slice(from, from + 50))
        .execute()
    const start = (account = seller) =>
      house.as(account)('catalog', 'StartChangeSet', {
        ...{ Catalog, ChangeSet: [change('CreateProduct', 'MachineLearningProduct@1.0', undefined, {})] },
      })
    const { ChangeSetId } = await start()
    await assert.rejects(start(), { code: 'ServiceQuotaExceededException' })
    await start(buyer)
    await house.as(seller)('catalog', 'CancelChangeSet', { Catalog, ChangeSetId })
    await start()
  })
})
