import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AccessDenied } from '../../ground/errors.ts'
import { mostTries } from '../../reconcile/most-tries.ts'
import { recordsOf } from '../../workload/input-record.ts'
import { sketchOf } from '../../workload/input-sketch.ts'
import { buyer, jobRole, type MarketFixture, other, seller } from '../market.fixture.ts'
import { heard, openEars } from '../market-ears.fixture.ts'
import { buy, entitledArn, openShop } from '../market-story.fixture.ts'
import { inputDriftReconciler } from './input-drift.ts'

const day = 86_400_000
/** The day after the one in which the fixture's clock stands. */
const first = Date.parse('2026-11-21T00:00:00Z')
const drawnFor = (shift: number, rows: number) =>
  Array.from({ length: rows }, (_, at) => `${((at * 37) % 101) / 100 + shift},${at % 3 ? 'red' : 'blue'}\n`).join('')
const certified = sketchOf([...recordsOf(Buffer.from(drawnFor(0, 200)), 'text/csv')]) ?? assert.fail('no sketch')
const buyers = [buyer, other, '555555555555', '666666666666', '777777777777', '888888888888']

const asked = { endpointName: 'flowers', variantName: 'all' }
const arnOf = (account: string) => `arn:aws:sagemaker:us-east-1:${account}:endpoint/flowers`
const keyOf = (account: string) => `${arnOf(account)} all`

describe('inputs of buyers and those of certification', () => {
  let house: MarketFixture
  let product: string
  let fulfillmentOptionId: string
  let asset: string

  /** An endpoint that was asked these rows on each of the days after the first. */
  function serve(account: string, ...days: (string | Error)[]) {
    const inputs = days.map(
      (body, at) =>
        [
          first + at * day,
          body instanceof Error ? body : [{ body: Buffer.from(body), contentType: 'text/csv' }],
        ] as const,
    )
    const variant = { created: 7, role: jobRole(account), isCaptured: true, productArn: asset, sketch: certified }
    house.variants.set(keyOf(account), { ...variant, days: new Map(inputs) })
  }
  const usage = (account: string, operation: string, input: object) => house.as(account)('usage', operation, input)
  const watched = async (account: string) => (await usage(account, 'GetInputWatch', asked)).windows
  const told = async (account = seller) =>
    (await usage(account, 'GetInputDrift', { productId: product, fulfillmentOptionId })).windows
  const events = async (account: string) =>
    (await heard(house)).filter(event => event.account === account && event.source === 'modelmart.marketplace')

  before(async () => {
    house = await openEars()
    const shop = await openShop(house)
    product = shop.product
    asset = await entitledArn(house, await buy(house, shop.offer))
    const { document } = await house.store.db
      .selectFrom('market_entity')
      .selectAll()
      .where('id', '=', product)
      .executeTakeFirstOrThrow()
    fulfillmentOptionId = JSON.parse(document).versions[0].deliveryOptionId
  })
  after(() => house.store.close())

  it('is refused for what is not the caller’s, what is captured nowhere, and what cannot be compared', async () => {
    const put = () => usage(buyer, 'PutInputWatch', asked)
    const refused = (message: RegExp, code = 'ValidationException') => assert.rejects(put(), { code, message })
    await refused(/Variant all of endpoint flowers/, 'ResourceNotFoundException')
    serve(other, '')
    await refused(/Variant all of endpoint flowers/, 'ResourceNotFoundException')
    serve(buyer, '')
    const whole = house.variants.get(keyOf(buyer)) ?? assert.fail()
    const { sketch: _, ...unsketched } = whole
    const { productArn: __, ...own } = whole
    for (const [variant, message] of [
      [{ ...whole, isCaptured: false }, /does not capture its inputs: .*DataCaptureConfig/],
      [unsketched, /too few records/],
      [own, /does not give its inputs to a product/],
      [{ ...whole, role: jobRole(other) }, /Cross-account pass role/],
    ] as const) {
      house.variants.set(keyOf(buyer), variant)
      await refused(message)
    }
    for (const operation of ['GetInputWatch', 'DeleteInputWatch'])
      await assert.rejects(usage(buyer, operation, asked), { code: 'ResourceNotFoundException' })
    await assert.rejects(told(buyer), { code: 'ResourceNotFoundException' })
    assert.deepEqual((await usage(buyer, 'ListInputWatches', {})).watches, [])
  })

  it('a buyer learns of whole days by column, from the midnight after they asked, and once', async () => {
    serve(buyer, drawnFor(1, 400), drawnFor(1, 199), new Error('a fault of ours'), drawnFor(0, 400))
    const put = await usage(buyer, 'PutInputWatch', asked)
    assert.deepEqual(put, { ...asked, comparedFrom: new Date(first) })
    house.clock.time += 60_000
    assert.deepEqual(await usage(buyer, 'PutInputWatch', asked), put)
    await house.settle()
    assert.deepEqual(await watched(buyer), [])
    house.clock.time = first + day + 10 * 60_000 - 1
    await house.settle()
    assert.deepEqual(await watched(buyer), [])
    house.clock.time++
    await house.settle()
    const [window] = await watched(buyer)
    assert.deepEqual(
      [window.startsAt, window.endsAt, window.status],
      [new Date(first), new Date(first + day), 'COMPARED'],
    )
    assert.deepEqual([window.productId, window.fulfillmentOptionId], [product, fulfillmentOptionId])
    assert.deepEqual(
      window.columns.filter(({ level }: { level: string }) => level !== 'NONE'),
      [{ name: '0', level: 'LARGE' }],
    )
    const [event] = await events(buyer)
    assert.equal(event?.type, 'Input Drift Found - Buyer')
    const { product: named, columns, variantName, startsAt } = event?.detail ?? {}
    assert.deepEqual([named.id, columns, variantName], [product, [{ name: '0', level: 'LARGE' }], 'all'])
    assert.equal(startsAt, '2026-11-21T00:00:00Z')
    house.clock.time += day
    await house.settle()
    assert.deepEqual(
      (await watched(buyer)).map(({ status, columns }: { status: string; columns: unknown[] }) => [
        status,
        columns.length,
      ]),
      [
        ['TOO_FEW_RECORDS', 0],
        ['COMPARED', 4],
      ],
    )
    assert.deepEqual(await events(buyer), [])
  })

  it('a fault is tried again, and what the role may not read is said', async () => {
    house.clock.time = first + 3 * day + 10 * 60_000
    assert.match(String(await house.settle()), /a fault of ours/)
    assert.equal((await watched(buyer)).length, 2)
    house.variants.get(keyOf(buyer))?.days.set(first + 2 * day, new AccessDenied('Access Denied', 'AccessDenied'))
    await house.store.transaction(tx => tx.enqueue('input-watch', keyOf(buyer), house.now()))
    await house.settle()
    assert.equal((await watched(buyer))[0].status, 'UNREADABLE')
  })

  it('a day that is at fault for ever is given up, and those behind it are compared', async () => {
    house.variants.get(keyOf(buyer))?.days.set(first + 3 * day, new Error('a fault of ours'))
    house.variants
      .get(keyOf(buyer))
      ?.days.set(first + 4 * day, [{ body: Buffer.from(drawnFor(0, 400)), contentType: 'text/csv' }])
    house.clock.time = first + 5 * day + 10 * 60_000
    const tried = async () => {
      await house.store.transaction(tx => tx.enqueue('input-watch', keyOf(buyer), house.now()))
      return String(await house.settle())
    }
    for (let time = 1; time < mostTries; time++) assert.match(await tried(), /a fault of ours/)
    assert.equal((await watched(buyer)).length, 3)
    assert.equal(await tried(), '')
    const statuses = (await watched(buyer)).map(({ status }: { status: string }) => status)
    assert.deepEqual(statuses.slice(0, 2), ['COMPARED', 'UNREADABLE'])
  })

  it('a seller learns nothing of four buyers, and of five or more only fives, what half of them have, and once', async () => {
    const start = first + 5 * day
    house.clock.time = start - 60_000
    for (const [at, account] of [...buyers, seller].entries()) {
      serve(account, '', '', '', '', '', drawnFor(1, 400), at < 4 ? drawnFor(1, 400) : '')
      await usage(account, 'PutInputWatch', asked)
    }
    await house.settle()
    house.clock.time = start + day + 10 * 60_000
    await house.settle()
    assert.deepEqual(await told(), [])
    house.clock.time = start + day + 6 * 3_600_000
    await house.settle()
    const all = await told()
    assert.deepEqual(
      all.map(({ accounts, startsAt }: { accounts: number; startsAt: Date }) => [accounts, startsAt]),
      [[5, new Date(start)]],
    )
    assert.deepEqual(
      all[0].columns.find(({ name }: { name: string }) => name === '0'),
      { name: '0', level: 'LARGE' },
    )
    const [event] = (await events(seller)).filter(({ type }) => type.endsWith('Seller'))
    assert.equal(event?.detail.accounts, 5)
    // Who takes back what was theirs changes nothing that was told, and nobody is told of again.
    await usage(other, 'DeleteInputWatch', asked)
    await house.store.transaction(tx => tx.enqueue('input-drift', `${asset} ${start}`, house.now()))
    house.clock.time = start + 2 * day + 6 * 3_600_000
    await house.settle()
    assert.deepEqual(await told(), all)
    // Three buyers are left of the day after, and the seller's own endpoint is nobody's.
    const rows = await house.store.db
      .selectFrom('market_input_drift')
      .selectAll()
      .where('asset', '=', asset)
      .where('start', '=', start + day)
      .execute()
    assert.deepEqual(
      rows.map(({ accounts, levels }) => [accounts, levels]),
      [[0, '{}']],
    )
    assert.deepEqual(
      (await events(seller)).filter(({ type }) => type.endsWith('Seller')),
      [],
    )
  })

  it('each of many buyers counts once, and what one takes back while they are counted does not', async () => {
    const start = first - 9 * day
    const votes = (level: string) => JSON.stringify({ a: level, b: 'NONE' })
    // Of each account two endpoints, so that pages end between them, and more accounts on one side than on the other.
    const rows = Array.from({ length: 803 }, (_, at) => {
      const account = String(600_000_000_000 + (at >> 1))
      const level = at % 2 === 1 && at < 402 ? 'LARGE' : 'NONE'
      return {
        account,
        endpoint: `${at}`,
        variant: 'all',
        start,
        asset,
        status: 'COMPARED',
        levels: '{}',
        votes: votes(level),
      }
    })
    const { store } = house
    for (const row of rows) await store.db.insertInto('market_input_window').values(row).execute()
    await store.transaction(tx => tx.enqueue('input-drift', `${asset} ${start}`, house.now()))
    await house.settle()
    const ofDay = store.db
      .selectFrom('market_input_drift')
      .selectAll()
      .where('asset', '=', asset)
      .where('start', '=', start)
    const found = await ofDay.executeTakeFirstOrThrow()
    assert.deepEqual([found.accounts, JSON.parse(found.levels)], [400, { a: 'LARGE', b: 'NONE' }])

    await store.db.deleteFrom('market_input_drift').where('asset', '=', asset).where('start', '=', start).execute()
    const { transaction } = store
    let isFirst = true
    const meanwhile = {
      ...store,
      transaction: async (work: Parameters<typeof transaction>[0]) => {
        if (isFirst)
          await store.db
            .deleteFrom('market_input_window')
            .where('asset', '=', asset)
            .where('start', '=', start)
            .where('endpoint', '=', '1')
            .execute()
        isFirst = false
        return transaction(work)
      },
    } as typeof store
    const reconcile = inputDriftReconciler({ store: meanwhile })
    const key = `${asset} ${start}`
    const { signal } = new AbortController()
    assert.deepEqual(await reconcile(key, signal), { after: 0 })
    assert.deepEqual(await ofDay.execute(), [])
    assert.equal(await reconcile(key, signal), undefined)
    const { levels } = await ofDay.executeTakeFirstOrThrow()
    assert.deepEqual(JSON.parse(levels), { a: 'NONE', b: 'NONE' })
    for (const table of ['market_input_window', 'market_input_drift'] as const)
      await store.db.deleteFrom(table).where('asset', '=', asset).where('start', '=', start).execute()
  })

  it('what a seller is told holds nothing of a record, a count or a buyer', async () => {
    const text = JSON.stringify(await told())
    const windows = JSON.parse(text) as { columns: object[] }[]
    assert.deepEqual(
      windows.map(window => Object.keys(window).toSorted()),
      [['accounts', 'columns', 'endsAt', 'startsAt']],
    )
    for (const { columns } of windows)
      for (const column of columns) assert.deepEqual(Object.keys(column), ['name', 'level'])
    for (const account of buyers) assert.ok(!text.includes(account))
    const { db } = house.store
    const kept = await db.selectFrom('market_input_window').select(['levels', 'votes']).execute()
    const saved = await db.selectFrom('market_input_drift').select('levels').execute()
    const values = [...kept, ...saved].flatMap(row => Object.values(row)).map(each => JSON.parse(each))
    assert.ok(values.length > 20)
    for (const value of values) {
      assert.ok(Object.keys(value).every(name => ['#bytes', '#columns', '0', '1'].includes(name)))
      assert.ok(Object.values(value).every(level => ['NONE', 'MODERATE', 'LARGE'].includes(level as string)))
    }
  })

  it('it ends with the endpoint, also when another has its name', async () => {
    const { watches } = await usage(buyer, 'ListInputWatches', { maxResults: 1 })
    assert.deepEqual(watches, [
      { endpointArn: arnOf(buyer), variantName: 'all', comparedFrom: watches[0].comparedFrom },
    ])
    const whole = house.variants.get(keyOf(buyer)) ?? assert.fail()
    house.variants.set(keyOf(buyer), { ...whole, created: 8 })
    house.variants.delete(keyOf('555555555555'))
    house.clock.time += day
    await house.settle()
    for (const account of [buyer, '555555555555']) {
      assert.deepEqual((await usage(account, 'ListInputWatches', {})).watches, [])
      await assert.rejects(watched(account), { code: 'ResourceNotFoundException' })
    }
  })
})
