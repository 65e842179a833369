import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, type MarketFixture, operator, other, seller } from '../market.fixture.ts'
import { heard, openEars } from '../market-ears.fixture.ts'
import { buy, openShop } from '../market-story.fixture.ts'
import { changeAs, onExperience, openExperience } from './private-marketplace.fixture.ts'

const day = 86_400_000

async function openOffice() {
  const house = await openEars()
  await house.store.db
    .insertInto('event_bus')
    .values({ account: operator, region: 'us-east-1', listening: 1, last_seq: 0 })
    .execute()
  const shop = await openShop(house)
  const experience = await openExperience(house, operator, [buyer])
  await heard(house)
  const ask = (productId = shop.product, more: object = {}) =>
    house.as(buyer)('procurement', 'CreatePrivateMarketplaceRequests', { productId, ...more })
  const answer = (operation: string, requestId: string, more: object = {}, account = operator) =>
    house.as(account)('procurement', operation, { requestId, ...more })
  return { house, ...shop, experience, ask, answer }
}

const list = async (house: MarketFixture, account: string, input: object = {}): Promise<Answer[]> =>
  (await house.as(account)('procurement', 'ListPrivateMarketplaceRequests', input)).requests

describe('a wish for a product', () => {
  it('is approved: the product can be had, and both sides hear of it', async () => {
    const { house, product, offer, experience, ask, answer } = await openOffice()
    await assert.rejects(buy(house, offer), { code: 'AccessDeniedException' })
    const { request } = await ask(product, { comment: 'For the herbarium', clientToken: 'a' })
    assert.deepEqual(await ask(product, { comment: 'For the herbarium', clientToken: 'a' }), { request })
    assert.deepEqual(
      [request.status, request.comment, request.experienceId],
      ['PENDING', 'For the herbarium', experience],
    )
    assert.deepEqual(await list(house, operator, { scope: 'ADMINISTERED', status: 'PENDING' }), [request])
    assert.deepEqual(await list(house, operator), [])
    const approved = await answer('AssociateProductsWithPrivateMarketplace', request.requestId, { note: 'Checked' })
    assert.deepEqual([approved.request.status, approved.request.note], ['APPROVED', 'Checked'])
    assert.ok(await buy(house, offer))
    const events = (await heard(house)).filter(({ source }) => source === 'aws.private-marketplace')
    assert.deepEqual(
      events.map(({ account, type }) => [account, type]),
      [buyer, operator].flatMap(account => [
        [account, 'Product Request Created'],
        [account, 'Product Request Approved'],
      ]),
    )
    const [created] = events
    assert.deepEqual(
      [created?.detail.product.title, created?.detail.requesterArn, created?.detail.expirationDate],
      ['Iris Trees', `arn:aws:iam::${buyer}:root`, '2026-12-20T12:00:00Z'],
    )
    assert.deepEqual((await list(house, buyer, { status: 'APPROVED' })).length, 1)
    await assert.rejects(ask(), /without being allowed to/)
  })

  it('is declined, and may be asked for again unless that is blocked', async () => {
    const { house, ask, answer, product, offer, experience } = await openOffice()
    const decline = async (more: object) => {
      const { request } = await ask()
      return (await answer('DisassociateProductsFromPrivateMarketplace', request.requestId, more)).request
    }
    assert.equal((await decline({ note: 'Too dear' })).status, 'DECLINED')
    assert.equal((await decline({ note: 'Never', blockFurtherRequests: true })).note, 'Never')
    await assert.rejects(ask(), { code: 'AccessDeniedException' })
    await assert.rejects(buy(house, offer), { code: 'AccessDeniedException' })
    const found = (await heard(house)).filter(({ type, account }) => type.endsWith('Declined') && account === buyer)
    assert.deepEqual(
      found.map(({ detail }) => detail.declinedCause),
      ['Too dear', 'Never'],
    )
    await changeAs(house, operator, [
      onExperience('UpdateProcurementPolicy', { Configuration: { PolicyResourceRequests: 'Deny' } }, experience),
      onExperience('DenyProductProcurement', { Products: [{ Ids: [product] }] }, experience),
    ])
    await assert.rejects(ask(), /takes no requests/)
  })

  it('is withdrawn by whose it is', async () => {
    const { house, ask, answer } = await openOffice()
    const { request } = await ask()
    await assert.rejects(ask(), { code: 'ConflictException' })
    const cancel = (account: string) => answer('CancelPrivateMarketplaceRequests', request.requestId, {}, account)
    await assert.rejects(cancel(operator), { code: 'ResourceNotFoundException' })
    assert.equal((await cancel(buyer)).request.status, 'CANCELLED')
    await assert.rejects(cancel(buyer), { code: 'ConflictException' })
    const last = (await heard(house)).filter(({ account }) => account === operator).at(-1)
    assert.deepEqual([last?.type, last?.detail.cancelledDate], ['Product Request Cancelled', '2026-11-20T12:00:00Z'])
  })

  it('expires in the second in which thirty days are over', async () => {
    const { house, ask, answer } = await openOffice()
    const { request } = await ask()
    const status = async () => (await answer('DescribePrivateMarketplaceRequests', request.requestId)).request.status
    house.clock.time += 30 * day - 1000
    await house.settle()
    assert.equal(await status(), 'PENDING')
    house.clock.time += 1000
    // Before anybody has written it down.
    assert.equal(await status(), 'EXPIRED')
    assert.deepEqual((await list(house, buyer, { status: 'EXPIRED' })).length, 1)
    assert.deepEqual(await list(house, buyer, { status: 'PENDING' }), [])
    await assert.rejects(answer('AssociateProductsWithPrivateMarketplace', request.requestId), {
      code: 'ConflictException',
    })
    await house.settle()
    const types = (await heard(house)).filter(({ account }) => account === buyer).map(({ type }) => type)
    assert.deepEqual(types, ['Product Request Created', 'Product Request Expired'])
    assert.ok((await ask()).request.requestId !== request.requestId)
  })

  it('is nobody else’s, waits for a change set that is under way, and pages', async () => {
    const { house, ask, answer, experience } = await openOffice()
    const { request } = await ask()
    for (const account of [other, seller])
      for (const operation of ['DescribePrivateMarketplaceRequests', 'AssociateProductsWithPrivateMarketplace'])
        await assert.rejects(answer(operation, request.requestId, {}, account), { code: 'ResourceNotFoundException' })
    await assert.rejects(answer('AssociateProductsWithPrivateMarketplace', request.requestId, {}, buyer), {
      code: 'ResourceNotFoundException',
    })
    const ChangeSet = [onExperience('UpdateExperience', { Name: 'New' }, experience)]
    await house.as(operator)('catalog', 'StartChangeSet', { Catalog: 'AWSMarketplace', ChangeSet })
    await assert.rejects(answer('AssociateProductsWithPrivateMarketplace', request.requestId), /is being changed by/)
    await house.settle()
    await answer('DisassociateProductsFromPrivateMarketplace', request.requestId)
    house.clock.time += 1000
    await ask()
    const page = await house.as(buyer)('procurement', 'ListPrivateMarketplaceRequests', { maxResults: 1 })
    assert.notEqual(page.requests[0].requestId, request.requestId)
    const [last] = await list(house, buyer, { nextToken: page.nextToken })
    assert.equal(last.requestId, request.requestId)
    await assert.rejects(ask('prod-none'), { code: 'ResourceNotFoundException' })
  })
})
