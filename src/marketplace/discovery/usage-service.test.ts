import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { type Answer, buyer, openMarketFixture, seller } from '../market.fixture.ts'
import { openShop } from '../market-story.fixture.ts'

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
