import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, openMarketFixture, seller } from '../market.fixture.ts'
import { algorithmArn, certifiedAlgorithm, change, onOffer, onProduct, publication } from '../market-story.fixture.ts'
import { findChangeSet } from './change-set.ts'
import { draftCatalog } from './draft-changes.ts'
import { fineLogo } from './logo.fixture.ts'
import { publish } from './publication.ts'

const Catalog = 'AWSMarketplace'

/** A set that has been drafted, and is still to be published. */
async function openDraft(changes: readonly object[] = publication()) {
  const house = await openMarketFixture()
  await house.escrow.certify(algorithmArn, certifiedAlgorithm)
  const ask = house.as(seller)
  const start = async (ChangeSet: readonly object[]): Promise<string> =>
    (await ask('catalog', 'StartChangeSet', { Catalog, ChangeSet })).ChangeSetId
  const done = async (ChangeSet: readonly object[]): Promise<Answer> => {
    const ChangeSetId = await start(ChangeSet)
    await house.settle()
    return ask('catalog', 'DescribeChangeSet', { Catalog, ChangeSetId })
  }
  const made = await done(changes)
  assert.equal(made.Status, 'SUCCEEDED', made.FailureDescription)
  const id = (type: string): string => made.ChangeSet.find((each: Answer) => each.ChangeType === type).Entity.Identifier
  const draft = async (ChangeSet: readonly object[]) => {
    const set = await findChangeSet(house.store.db, await start(ChangeSet))
    assert.ok(set)
    const copy = async () => assert.fail('nothing is to be copied')
    const drafted = await draftCatalog(set, {
      ...{ db: house.store.db, now: house.clock.time, copy },
      readLogo: async () => fineLogo,
      operator: async () => undefined,
    })
    const parts = { store: house.store, now: house.clock.time, sellerName: async (account: string) => account }
    return () => publish(set, drafted, parts)
  }
  const status = async (EntityId: string) =>
    (await ask('catalog', 'DescribeEntity', { Catalog, EntityId })).DetailsDocument
  return { house, ask, done, id, made, draft, status }
}

describe('publication', () => {
  it('rests on what was drafted: an offer whose product has changed meanwhile is drafted anew', async () => {
    const { house, id, draft, status } = await openDraft()
    const [product, offer] = [id('CreateProduct'), id('CreateOffer')]
    const publishNow = await draft([
      change('CreateOffer', 'Offer@1.0', undefined, { ProductId: product }, { ChangeName: 'Other' }),
      onOffer('UpdateInformation', { Name: 'Other name' }, offer),
    ])
    const row = await house.store.db
      .selectFrom('market_entity')
      .select('revision')
      .where('id', '=', product)
      .executeTakeFirst()
    const touch = (revision: number) =>
      house.store.db.updateTable('market_entity').set({ revision }).where('id', '=', product).execute()
    await touch((row?.revision ?? 0) + 1)
    await assert.rejects(publishNow(), /has changed while change set \S+ was drafted/)
    assert.equal((await status(offer)).Name, 'Pay as you go')
    await touch(row?.revision ?? 0)
    await publishNow()
    assert.equal((await status(offer)).Name, 'Other name')
    await assert.rejects(publishNow(), /has ended meanwhile/)
  })

  it('leaves no note of a copy, and an entity free for the next set', async () => {
    const { house, id, done } = await openDraft()
    assert.deepEqual(await house.store.db.selectFrom('market_escrow').selectAll().execute(), [])
    const next = await done([onProduct('UpdateInformation', { ShortDescription: 'Anew' }, id('CreateProduct'))])
    assert.equal(next.Status, 'SUCCEEDED')
  })

  it('gives each new entity its own tags, and an offer the id of what it proposes', async () => {
    const tagged = publication().map(each =>
      each.ChangeType.startsWith('Create') ? { ...each, EntityTags: [{ Key: 'made', Value: each.ChangeType }] } : each,
    )
    const { ask, id, house } = await openDraft(tagged)
    for (const type of ['CreateProduct', 'CreateOffer']) {
      const { EntityArn } = await ask('catalog', 'DescribeEntity', { Catalog, EntityId: id(type) })
      const { Tags } = await ask('catalog', 'ListTagsForResource', { ResourceArn: EntityArn })
      assert.deepEqual(
        Tags.map(({ Key, Value }: Answer) => [Key, Value]),
        [['made', type]],
      )
    }
    const [proposal] = await house.store.db.selectFrom('market_proposal').select('id').execute()
    assert.match(proposal?.id ?? '', /^at-[a-z0-9]{25}$/)
  })
})
