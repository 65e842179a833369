import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as catalog from '@aws-sdk/client-marketplace-catalog'
import { mostTries } from '../../reconcile/most-tries.ts'
import { type Answer, seller } from '../market.fixture.ts'
import { type MarketGateway, openMarketGateway } from '../market-gateway.fixture.ts'
import {
  algorithmArn,
  certifiedAlgorithm,
  onProduct,
  publication,
  rates,
  usagePricing,
  version,
} from '../market-story.fixture.ts'
import { createChangeSetReconciler } from './change-set.reconcile.ts'

const Catalog = 'AWSMarketplace'
const next = `${algorithmArn}-2`

describe('a change set that the platform cannot carry out', () => {
  let at: MarketGateway
  let client: catalog.MarketplaceCatalogClient
  let product: string

  const start = async (changes: readonly object[]): Promise<string> => {
    const ChangeSet = changes as catalog.Change[]
    return (await client.send(new catalog.StartChangeSetCommand({ Catalog, ChangeSet }))).ChangeSetId as string
  }
  const told = async (ChangeSetId: string): Promise<Answer> =>
    client.send(new catalog.DescribeChangeSetCommand({ Catalog, ChangeSetId }))
  /** So often, as the worker would. Nothing is thrown by the last try. */
  const tried = async (times: number) => {
    for (let time = 0; time < times; time++) await at.house.settle()
  }
  const addition = [onProduct('AddDeliveryOptions', version('2.0', next), '')]
  const adding = () => addition.map(one => ({ ...one, Entity: { ...one.Entity, Identifier: product } }))
  const notes = () => at.house.store.db.selectFrom('market_escrow').selectAll().execute()

  before(async () => {
    at = await openMarketGateway()
    // The quota of five a second is no matter here.
    client = new catalog.MarketplaceCatalogClient({ ...at.client(seller), maxAttempts: 5 })
    for (const arn of [algorithmArn, next]) await at.house.escrow.certify(arn, certifiedAlgorithm)
    const made = await start(publication())
    await at.house.settle()
    product = (await told(made)).ChangeSet[0].Entity.Identifier
  })
  after(() => at.close())

  it(`ends after ${mostTries} tries as SERVER_FAULT, with nothing made, nothing locked, and no copy asked for`, async () => {
    const { escrow } = at.house
    const copies = escrow.state.copies
    escrow.state.crash = new Error('the disk is broken')
    const set = await start(adding())
    await tried(mostTries - 1)
    assert.equal((await told(set)).Status, 'APPLYING')
    await assert.rejects(start(adding()), { name: 'ResourceInUseException' })
    await tried(1)
    const { Status, FailureCode, FailureDescription, EndTime, ChangeSet } = await told(set)
    assert.deepEqual([Status, FailureCode], ['FAILED', 'SERVER_FAULT'])
    assert.ok(Date.parse(EndTime) > 0)
    assert.match(
      FailureDescription,
      /^SERVER_FAULT: AddDeliveryOptions of prod-\w+ failed 12 times within the platform/,
    )
    assert.deepEqual(
      ChangeSet[0].ErrorDetailList.map((one: Answer) => one.ErrorCode),
      ['SERVER_FAULT'],
    )
    assert.doesNotMatch(JSON.stringify(ChangeSet), /disk/)
    assert.equal(escrow.state.copies, copies + mostTries)
    assert.equal((await escrow.held()).length, 1)
    assert.deepEqual(await notes(), [])
    const listed = await client.send(
      new catalog.ListChangeSetsCommand({
        Catalog,
        FilterList: [{ Name: 'ChangeSetName', ValueList: [`Submitted by ${seller}`] }],
      }),
    )
    const entry = listed.ChangeSetSummaryList?.find(({ ChangeSetId }) => ChangeSetId === set)
    assert.equal(entry?.FailureCode, 'SERVER_FAULT')
    escrow.state.crash = undefined
  })

  it('ends while the escrow can discard nothing; what is left goes before the same is copied again', async () => {
    const { escrow } = at.house
    escrow.state.crash = escrow.state.stuck = new Error('the disk is broken')
    const set = await start(adding())
    await tried(mostTries)
    assert.equal((await told(set)).FailureCode, 'SERVER_FAULT')
    assert.equal((await escrow.held()).length, 2)
    escrow.state.crash = undefined
    // What is still to be discarded is not published by another set, which waits.
    const again = await start(adding())
    await tried(2)
    assert.equal((await told(again)).Status, 'APPLYING')
    escrow.state.stuck = undefined
    await tried(3)
    assert.equal((await told(again)).Status, 'SUCCEEDED')
    assert.equal((await escrow.held()).length, 2)
    const assets = await at.house.store.db.selectFrom('market_asset').select('arn').execute()
    assert.deepEqual(assets.map(({ arn }) => arn).sort(), (await escrow.held()).sort())
    assert.deepEqual(await notes(), [])
  })

  it('fails for what a seller did although nothing can be discarded, and keeps nothing locked', async () => {
    const { escrow } = at.house
    escrow.state.stuck = new Error('the disk is broken')
    const set = await start(publication(usagePricing(rates.slice(0, 2))))
    await tried(1)
    assert.deepEqual([(await told(set)).Status, (await told(set)).FailureCode], ['FAILED', 'CLIENT_ERROR'])
    assert.equal((await notes()).length, 1)
    escrow.state.stuck = undefined
    await tried(1)
    assert.deepEqual(await notes(), [])
    assert.equal((await escrow.held()).length, 2)
  })

  it('counts no stop of the server as a try', async () => {
    const { reconcilers, escrow, store } = at.house
    const set = await start([onProduct('UpdateInformation', { ShortDescription: 'Stopped.' }, product)])
    const stopping = new AbortController()
    const reconcile = createChangeSetReconciler({
      ...{ store, escrow, iam: at.house.iam, now: at.house.now, readLogo: async () => undefined },
      operator: async () => undefined,
      sellerName: () => {
        stopping.abort()
        throw new Error('the store is closed')
      },
    })
    await assert.rejects(reconcile(set, stopping.signal), { name: 'AbortError' })
    const row = await store.db.selectFrom('market_change_set').select('tries').where('id', '=', set).executeTakeFirst()
    assert.equal(row?.tries, 0)
    await reconcilers['change-set']?.(set, new AbortController().signal)
    assert.equal((await told(set)).Status, 'SUCCEEDED')
  })

  it('says that it is the publication where no single change is at fault, and is believed where it is published', async () => {
    const { escrow, iam, store, now } = at.house
    const parts = { escrow, iam, now, readLogo: async () => undefined, operator: async () => undefined }
    const signal = new AbortController().signal
    const change = () => [onProduct('UpdateInformation', { ShortDescription: `At ${Date.now()}.` }, product)]
    const lastTry = async (set: string) =>
      store.db
        .updateTable('market_change_set')
        .set({ tries: mostTries - 1 })
        .where('id', '=', set)
        .execute()

    const broken = await start(change())
    await lastTry(broken)
    const sellerName = () => assert.fail('no name')
    await createChangeSetReconciler({ ...parts, store, sellerName })(broken, signal)
    const { FailureCode, FailureDescription } = await told(broken)
    assert.equal(FailureCode, 'SERVER_FAULT')
    assert.match(FailureDescription, /^SERVER_FAULT: The publication of the changes failed 12 times/)

    const published = await start(change())
    await lastTry(published)
    // The connection is lost when the commit is made.
    const lossy: typeof store = {
      ...store,
      transaction: async work => {
        const result = await store.transaction(work)
        const row = await store.db
          .selectFrom('market_change_set')
          .select('status')
          .where('id', '=', published)
          .where('outcome', '=', 'SUCCEEDED')
          .executeTakeFirst()
        if (row && lost++ === 0) throw new Error('the connection was lost')
        return result
      },
    }
    let lost = 0
    await createChangeSetReconciler({ ...parts, store: lossy, sellerName: () => 'Ann' })(published, signal)
    // The second time it was to be written down as failed.
    assert.equal(lost, 2)
    assert.deepEqual([(await told(published)).Status, (await told(published)).FailureCode], ['SUCCEEDED', undefined])
  })
})
