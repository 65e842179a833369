import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { countryOf } from '../marketplace/country.ts'
import { type Answer, buyer, openMarketFixture, other, seller } from '../marketplace/market.fixture.ts'
import { buy, changeCatalog, onProduct, openShop } from '../marketplace/market-story.fixture.ts'
import { openDataStore } from '../store/store.fixture.ts'
import { runCommand } from './command.fixture.ts'

const data = await mkdtemp(join(tmpdir(), 'modelmart-operator-'))
// The house stands for a running server: the commands open the same directory beside it.
const house = await openMarketFixture(await openDataStore(data))
const { product, offer } = await openShop(house)
after(async () => {
  await house.store.close()
  await rm(data, { recursive: true })
})

const modelmart = (...line: string[]) => runCommand(data, ...line)

const Catalog = 'AWSMarketplace'
const ask = house.as(seller)
const restrict = [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)]
const describeSet = (ChangeSetId: string) => ask('catalog', 'DescribeChangeSet', { Catalog, ChangeSetId })

describe('modelmart change-set', () => {
  it('approves and declines what waits, with a reason that the seller reads', async () => {
    assert.deepEqual(await modelmart('change-set', 'review'), { out: 'review is off\n', err: '', code: 0 })
    assert.equal((await modelmart('change-set', 'review', 'on')).out, 'review is on\n')
    assert.match((await modelmart('change-set', 'review', 'maybe')).err, /on or off/)
    const { ChangeSetId } = await ask('catalog', 'StartChangeSet', { Catalog, ChangeSet: restrict })
    await house.settle()
    const [line = ''] = (await modelmart('change-set', 'list')).out.split('\n')
    const [id, , account, entity, title, visibility] = line.split('\t')
    assert.deepEqual([id, account, entity, title], [ChangeSetId, seller, product, 'Iris Trees'])
    assert.equal(visibility, 'Restricted')

    const declined = await modelmart('change-set', 'decline', ChangeSetId, '--reason', 'Say what replaces it.')
    assert.deepEqual(declined, { out: `${ChangeSetId} is declined\n`, err: '', code: 0 })
    await house.settle()
    const { Status, FailureDescription, ChangeSet } = await describeSet(ChangeSetId)
    assert.deepEqual([Status, FailureDescription], ['FAILED', 'AUDIT_ERROR: Say what replaces it.'])
    assert.equal(ChangeSet[0].ErrorDetailList[0].ErrorMessage, 'Say what replaces it.')
    const again = await modelmart('change-set', 'approve', ChangeSetId)
    assert.deepEqual([again.code, again.out], [1, ''])
    assert.match(again.err, /does not wait/)

    const next = await ask('catalog', 'StartChangeSet', { Catalog, ChangeSet: restrict })
    await house.settle()
    assert.equal((await modelmart('change-set', 'approve', next.ChangeSetId)).code, 0)
    await house.settle()
    assert.equal((await describeSet(next.ChangeSetId)).Status, 'SUCCEEDED')
    assert.equal((await modelmart('change-set', 'list')).out, '')
    await modelmart('change-set', 'review', 'off')
    const back = await changeCatalog(house, [onProduct('UpdateVisibility', { TargetVisibility: 'Public' }, product)])
    assert.equal(back.Status, 'SUCCEEDED', back.FailureDescription)
  })
})

describe('modelmart review', () => {
  it('hides a review with a reason that its author reads, and shows it again', async () => {
    const find = async () => (await house.as(other)('discovery', 'SearchListings', { searchText: 'iris' })) as Answer
    const averages = async () =>
      (await find()).listingSummaries[0].reviewSummary.reviewSourceSummaries?.[0]?.averageRating
    const list = async (account: string) => house.as(account)('reviews', 'ListReviews', { productId: product })
    const answer = (reviewId: string) =>
      ask('reviews', 'PutReviewAnswer', { productId: product, reviewId, body: 'Thank you.' })
    await buy(house, offer)
    await buy(house, offer, { account: other })
    const { review } = await house.as(buyer)('reviews', 'PutReview', {
      productId: product,
      rating: 1,
      title: 'Bad\n\u001b[2Jluck',
    })
    await house.as(other)('reviews', 'PutReview', { productId: product, rating: 4 })
    const before = await averages()
    const [first = ''] = (await modelmart('review', 'list', '--product', product)).out
      .split('\n')
      .filter(line => line.startsWith(review.reviewId))
    assert.deepEqual(first.split('\t').slice(2), [buyer, '1', 'shown', 'Bad [2Jluck'])

    const hidden = await modelmart('review', 'hide', review.reviewId, '--reason', 'It names a person.')
    assert.deepEqual(hidden, { out: `${review.reviewId} is hidden\n`, err: '', code: 0 })
    assert.match((await modelmart('review', 'hide', review.reviewId, '--reason', 'x')).err, /hidden already/)
    assert.match((await modelmart('review', 'hide', 'rev-none', '--reason', 'x')).err, /no review rev-none/)
    assert.match((await modelmart('review', 'list')).out, /hidden: It names a person\./)
    const seen = await list(other)
    assert.deepEqual([seen.summary, seen.reviews.length], [{ totalReviews: 1, averageRating: '4.0' }, 1])
    assert.equal((await list(seller)).reviews.length, 1)
    const own = (await list(buyer)).reviews.find((each: Answer) => each.isOwn)
    assert.equal(own.moderation.reason, 'It names a person.')
    assert.notDeepEqual(await averages(), before)
    await assert.rejects(answer(review.reviewId), { code: 'ResourceNotFoundException' })

    const changed = await house.as(buyer)('reviews', 'PutReview', { productId: product, rating: 2 })
    assert.equal(changed.review.moderation.reason, 'It names a person.')
    assert.deepEqual((await list(other)).summary, { totalReviews: 1, averageRating: '4.0' })
    await assert.rejects(house.as(buyer)('reviews', 'DeleteReview', { productId: product }), /hidden by the operator/)

    assert.equal((await modelmart('review', 'restore', review.reviewId)).code, 0)
    assert.match((await modelmart('review', 'restore', review.reviewId)).err, /is not hidden/)
    assert.deepEqual((await list(other)).summary, { totalReviews: 2, averageRating: '3.0' })
    await answer(review.reviewId)
    await house.as(buyer)('reviews', 'DeleteReview', { productId: product })
    assert.deepEqual((await list(other)).summary, { totalReviews: 1, averageRating: '4.0' })
  })
})

describe('modelmart account', () => {
  it('disables an account and enables it, as its list tells', async () => {
    await modelmart('account', 'create', 'shut')
    assert.match((await modelmart('account', 'disable', 'shut')).out, /^account shut is disabled/)
    assert.match((await modelmart('account', 'list')).out, /^shut\t\d{12}\t\tdisabled$/m)
    assert.equal((await modelmart('account', 'enable', 'shut')).out, 'account shut is enabled\n')
    assert.match((await modelmart('account', 'list')).out, /^shut\t\d{12}$/m)
    assert.match((await modelmart('account', 'disable', 'nobody')).err, /There is no account named nobody/)
  })

  it('says where an account is, until nobody knows', async () => {
    await modelmart('account', 'create', 'abroad')
    const country = (...words: string[]) => modelmart('account', 'country', ...words)
    assert.equal((await country('abroad', 'DE')).out, 'account abroad is in DE\n')
    const id = /^abroad\t(\d{12})/m.exec((await modelmart('account', 'list')).out)?.[1] as string
    assert.equal(await countryOf(house.store.db, id), 'DE')
    assert.match((await country('abroad', 'Germany')).err, /Germany is no ISO 3166-1 alpha-2 code, such as DE/)
    assert.match((await country('nobody', 'DE')).err, /There is no account named nobody/)
    assert.equal((await country('abroad', '')).out, 'nobody knows where account abroad is\n')
    assert.equal(await countryOf(house.store.db, id), undefined)
  })
})
