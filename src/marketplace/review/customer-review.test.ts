import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, openMarketFixture, other, seller } from '../market.fixture.ts'
import { buy, openShop } from '../market-story.fixture.ts'

const text = Array.from({ length: 20 }, (_, at) => `word${at}`).join(' ')

async function openReviewed() {
  const house = await openMarketFixture()
  const { product: productId, offer } = await openShop(house)
  await buy(house, offer)
  const put = (rating: number, account = buyer, more: object = {}) =>
    house.as(account)('reviews', 'PutReview', { productId, rating, ...more })
  const list = (more: object = {}, account = other) =>
    house.as(account)('reviews', 'ListReviews', { productId, ...more })
  const find = async (input: object): Promise<Answer> => house.as(other)('discovery', 'SearchListings', input)
  return { house, productId, offer, put, list, find }
}

describe('reviews', () => {
  it('are by subscribers, one each, which they may change and take back', async () => {
    const { house, productId, put, list } = await openReviewed()
    const { review } = await put(4, buyer, { title: 'Good', body: text, authorName: 'Ada' })
    assert.deepEqual([review.rating, review.title, review.authorName, review.isOwn], [4, 'Good', 'Ada', true])
    house.clock.time += 1000
    const changed = await put(2)
    assert.equal(changed.review.reviewId, review.reviewId)
    assert.deepEqual([changed.review.title, changed.review.createdAt], [undefined, review.createdAt])
    const { summary, reviews } = await list()
    assert.deepEqual(summary, { totalReviews: 1, averageRating: '2.0' })
    assert.deepEqual([reviews.length, reviews[0].isOwn], [1, false])
    assert.ok(!JSON.stringify(reviews).includes(buyer), 'the account of the author is told')
    await house.as(buyer)('reviews', 'DeleteReview', { productId })
    assert.deepEqual(await list(), { summary: { totalReviews: 0 }, reviews: [] })
    await assert.rejects(house.as(buyer)('reviews', 'DeleteReview', { productId }), {
      code: 'ResourceNotFoundException',
    })
  })

  it('are refused to sellers and to those who never subscribed, not for a short text', async () => {
    const { house, offer, put } = await openReviewed()
    await assert.rejects(put(5, other), { code: 'AccessDeniedException' })
    await buy(house, offer, { account: seller })
    await assert.rejects(put(5, seller), /their own products/)
    await put(5, buyer, { body: 'Short.' })
    for (const rating of [0, 6])
      await assert.rejects(put(rating), { code: 'ValidationException' }, `a rating of ${rating}`)
    await assert.rejects(house.as(buyer)('reviews', 'PutReview', { productId: 'prod-none', rating: 5 }), {
      code: 'ResourceNotFoundException',
    })
    const own = house.store.db.selectFrom('market_agreement').select('id').where('acceptor', '=', buyer)
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId: (await own.executeTakeFirstOrThrow()).id })
    await put(1)
  })

  it('are answered by the seller of the product alone', async () => {
    const { house, productId, put, list } = await openReviewed()
    const { reviewId } = (await put(1, buyer, { body: text })).review
    const answer = (account: string, body: string, id = reviewId) =>
      house.as(account)('reviews', 'PutReviewAnswer', { productId, reviewId: id, body })
    await assert.rejects(answer(buyer, 'I am no seller.'), { code: 'AccessDeniedException' })
    await assert.rejects(answer(seller, 'To nobody.', 'rev-none'), { code: 'ResourceNotFoundException' })
    await answer(seller, 'We are sorry.')
    await answer(seller, 'We have mended it.')
    await put(5, buyer, { body: text })
    const [review] = (await list()).reviews
    assert.deepEqual([review.rating, review.answer.body], [5, 'We have mended it.'])
    await house.as(seller)('reviews', 'DeleteReviewAnswer', { productId, reviewId })
    assert.equal((await list()).reviews[0].answer, undefined)
  })

  it('come in pages, newest or most starred first', async () => {
    const { house, offer, list, productId } = await openReviewed()
    const accounts = Array.from({ length: 7 }, (_, at) => String(400_000_000_000 + at))
    for (const [at, account] of accounts.entries()) {
      await buy(house, offer, { account })
      house.clock.time += 1000
      await house.as(account)('reviews', 'PutReview', { productId, rating: 1 + (at % 3) })
    }
    for (const [sortBy, expected] of [
      ['NEWEST', [1, 3, 2, 1, 3, 2, 1]],
      ['HIGHEST', [3, 3, 2, 2, 1, 1, 1]],
      ['LOWEST', [1, 1, 1, 2, 2, 3, 3]],
    ] as const) {
      const ratings: number[] = []
      for (let nextToken: string | undefined; ; ) {
        const page = await list({ sortBy, maxResults: 3, ...(nextToken && { nextToken }) })
        ratings.push(...page.reviews.map((review: Answer) => review.rating))
        assert.deepEqual(page.summary, { totalReviews: 7, averageRating: '1.9' })
        nextToken = page.nextToken
        if (!nextToken) break
      }
      assert.deepEqual(ratings, expected)
    }
  })

  it('stand in listings, which are filtered and sorted by them', async () => {
    const { house, put, find } = await openReviewed()
    const bound = (type: string, value: string) => ({
      filters: [{ filterType: `${type}_AVERAGE_CUSTOMER_RATING`, filterValues: [value] }],
    })
    const least = (value: string) => bound('MIN', value)
    assert.equal((await find(least('0'))).totalResults, 0)
    await put(4)
    const { listingSummaries } = await find({ ...least('3.5'), sortBy: 'AVERAGE_CUSTOMER_RATING' })
    const [{ listingId, reviewSummary }] = listingSummaries
    const here = { sourceName: 'AWS Marketplace', sourceId: 'AWS_MARKETPLACE', averageRating: '4.0', totalReviews: 1 }
    assert.deepEqual(reviewSummary, { reviewSourceSummaries: [here] })
    const listing = await house.as(other)('discovery', 'GetListing', { listingId })
    assert.deepEqual(listing.reviewSummary, reviewSummary)
    assert.equal((await find(least('4.5'))).totalResults, 0)
    assert.equal((await find(bound('MAX', '4'))).totalResults, 1)
    assert.equal((await find(bound('MAX', '3.9'))).totalResults, 0)
    const { listingFacets } = await house.as(other)('discovery', 'SearchFacets', {
      facetTypes: ['AVERAGE_CUSTOMER_RATING'],
    })
    assert.deepEqual(
      listingFacets.AVERAGE_CUSTOMER_RATING.map(({ value, count }: Answer) => [value, count]),
      [
        ['1', 1],
        ['2', 1],
        ['3', 1],
        ['4', 1],
      ],
    )
    await assert.rejects(find(least('many')), { code: 'ValidationException' })
    await put(1)
    assert.equal((await find(least('2'))).totalResults, 0)
  })
})
