import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { type Answer, buyer, openMarketFixture, other, seller } from '../market.fixture.ts'
import {
  algorithmArn,
  buy,
  certifiedAlgorithm,
  changeCatalog,
  onProduct,
  openShop,
  version,
} from '../market-story.fixture.ts'

const house = await openMarketFixture()
const { product: productId } = await openShop(house)
after(() => house.store.close())
const options = async (): Promise<Answer> =>
  (await house.as(buyer)('discovery', 'ListFulfillmentOptions', { productId })).fulfillmentOptions
const usage = (fulfillmentOptionId: string, product = productId) =>
  house.as(buyer)('usage', 'GetVersionUsage', { productId: product, fulfillmentOptionId })

it('buyers read what a version takes and answers, with its samples and its notebook', async () => {
  const [{ sageMakerAlgorithmFulfillmentOption: option }] = await options()
  const told = await usage(option.fulfillmentOptionId)
  assert.deepEqual(
    [told.input.description, told.input.sample.realtimeText, told.output.sample.realtimeText, told.input.parameters],
    ['Four numbers a row.', '5.1,3.5,1.4,0.2', 'setosa', []],
  )
  assert.deepEqual(
    [told.sampleNotebookUrl, told.repositoryUrl],
    ['https://example.com/iris.ipynb', 'https://example.com/iris.git'],
  )
  assert.ok(!JSON.stringify(told).includes(seller), 'the seller’s account is told')
})

it('what nobody may see is told as what is not there', async () => {
  const [{ sageMakerAlgorithmFulfillmentOption: option }] = await options()
  await assert.rejects(usage('none'), { code: 'ResourceNotFoundException' })
  await assert.rejects(usage(option.fulfillmentOptionId, 'prod-none'), { code: 'ResourceNotFoundException' })
})

it('an agreement is one entitlement under one licence, and its versions are told with their ARNs', async () => {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house)
  const secondArn = `${algorithmArn}-2`
  await house.escrow.certify(secondArn, certifiedAlgorithm)
  house.clock.time += 1000
  await changeCatalog(house, [onProduct('AddDeliveryOptions', version('2.0', secondArn), product)])
  const agreementId = await buy(house, offer)
  const read = (nextToken?: string, account = buyer) =>
    house.as(account)('usage', 'ListSubscribedVersions', { agreementId, maxResults: 1, nextToken })
  const first = await read()
  const second = await read(first.nextToken)
  assert.deepEqual(
    [...first.versions, ...second.versions].map((each: Answer) => [each.versionTitle, each.type, each.productId]),
    ['2.0', '1.0'].map(title => [title, 'SageMakerAlgorithm', product]),
  )
  assert.equal(second.nextToken, undefined)
  const options = await house.as(buyer)('discovery', 'ListFulfillmentOptions', { productId: product })
  const newest = options.fulfillmentOptions[0].sageMakerAlgorithmFulfillmentOption.fulfillmentOptionId
  assert.equal(first.versions[0].fulfillmentOptionId, newest)
  for (const { arn } of [...first.versions, ...second.versions]) await house.market.requireSubscription(buyer, arn)
  const entitlements = () => house.as(buyer)('agreement', 'GetAgreementEntitlements', { agreementId })
  const entitlement = {
    resource: { id: product, type: 'MachineLearningProduct' },
    ...{ type: 'SageMakerAlgorithm', status: 'PROVISIONED', statusReasonCode: 'AGREEMENT_ACTIVE' },
    licenseArn: first.licenseArn,
  }
  assert.deepEqual((await entitlements()).agreementEntitlements, [entitlement])
  await assert.rejects(
    house.as(buyer)('agreement', 'GetAgreementEntitlements', { agreementId, nextToken: first.nextToken }),
    { code: 'ValidationException' },
  )
  for (const stranger of [seller, other])
    await assert.rejects(read(undefined, stranger), { code: 'ResourceNotFoundException' })
  await house.as(buyer)('agreement', 'CancelAgreement', { agreementId })
  const again = await buy(house, offer)
  const told = await house.as(buyer)('usage', 'ListSubscribedVersions', { agreementId: again })
  assert.notEqual(told.licenseArn, first.licenseArn)
  assert.match(told.licenseArn, /^arn:aws:license-manager::865070037744:license:l-[0-9a-f]{32}$/)
  await house.store.close()
})
