import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { useSignInLink } from '../console/sign-in-link.ts'
import { createAccount } from '../iam/account.ts'
import { type Answer, buyer, openMarketFixture, seller } from '../marketplace/market.fixture.ts'
import { buy, onProduct, openShop } from '../marketplace/market-story.fixture.ts'
import type { Publication } from './examples.ts'
import { openOperatorAccount, operatorAccount } from './operator-account.ts'
import { createOperatorService } from './operator-service.ts'

const house = await openMarketFixture()
const { product, offer } = await openShop(house)
after(() => house.store.close())
const rootSecret = randomBytes(32) as unknown as Parameters<typeof openOperatorAccount>[1]
let profiles = 0
let forgotten = 0
let full: string | undefined
let published: Publication = { status: 'NOT_STARTED', lines: [] }
const services = house.services as Record<string, ReturnType<typeof createOperatorService>>
services.operator = createOperatorService({
  ...{ rootSecret, sellerName: async id => id },
  onAccount: async () => void profiles++,
  onDisabled: async () => void forgotten++,
  exampleProducts: {
    examples: async () => [{ name: 'iris-trees', description: 'Trains a small decision tree.' }],
    publication: () => published,
    start(names) {
      published = { status: 'IN_PROGRESS', startedAt: new Date(0), lines: [...names] }
    },
  },
  problems: { engine: async () => 'nobody answers', disk: () => full, database: () => undefined },
})
const ask = async (operation: string, input: object = {}): Promise<Answer> =>
  house.as((await openOperatorAccount(house.store, rootSecret)).id)('operator', operation, input)
const Catalog = 'AWSMarketplace'

describe('the operator’s account', () => {
  it('is the only one that is answered; before there is one, nobody is', async () => {
    const asSeller = () => house.as(seller)('operator', 'ListAccounts', {})
    await assert.rejects(asSeller(), { code: 'AccessDeniedException' })
    const { id, name } = await openOperatorAccount(house.store, rootSecret)
    assert.equal(name, 'operator')
    assert.equal((await openOperatorAccount(house.store, rootSecret)).id, id)
    await assert.rejects(openOperatorAccount(house.store, rootSecret, 'another'), /The operator’s account is operator/)
    await assert.rejects(asSeller(), /not of the operator’s account/)
  })

  it('makes accounts, lists them in pages, and opens the console as one of them', async () => {
    const { account } = await ask('CreateAccount', { accountName: 'shop' })
    assert.equal(profiles, 1)
    await assert.rejects(
      ask('CreateAccount', { accountName: 'shop' }),
      /^ValidationException: There is an account named/,
    )
    const first = await ask('ListAccounts', { maxResults: 1 })
    const rest = await ask('ListAccounts', { nextToken: first.nextToken })
    const all = [...first.accounts, ...rest.accounts]
    assert.deepEqual(
      all.filter(({ isOperator }: Answer) => isOperator).map(({ accountName }: Answer) => accountName),
      ['operator'],
    )
    assert.ok(all.some(({ accountId }: Answer) => accountId === account.accountId))
    const { link } = await ask('CreateSignInLink', { accountId: account.accountId })
    const secret = /^\/console\/sign-in#link=([\w-]{43})$/.exec(link)?.[1] ?? ''
    assert.equal(await useSignInLink(house.store, secret), account.accountId)
    await assert.rejects(ask('CreateSignInLink', { accountId: '000000000000' }), { code: 'ResourceNotFoundException' })
  })

  it('disables an account and enables it, but not its own', async () => {
    const { accounts } = await ask('ListAccounts')
    const idOf = (name: string) => accounts.find(({ accountName }: Answer) => accountName === name).accountId
    const shop = async () =>
      (await ask('ListAccounts')).accounts.find(({ accountName: name }: Answer) => name === 'shop')
    for (let time = 0; time < 2; time++) await ask('DisableAccount', { accountId: idOf('shop') })
    assert.ok((await shop()).disabledAt)
    assert.equal(forgotten, 2)
    await ask('EnableAccount', { accountId: idOf('shop') })
    assert.equal((await shop()).disabledAt, undefined)
    await assert.rejects(ask('DisableAccount', { accountId: idOf('operator') }), /own account cannot be disabled/)
    for (const operation of ['DisableAccount', 'EnableAccount'])
      await assert.rejects(ask(operation, { accountId: '000000000000' }), { code: 'ResourceNotFoundException' })
  })
})

describe('the operator', () => {
  it('approves and declines what waits to become public', async () => {
    assert.deepEqual(await ask('ListWaitingChangeSets'), { isReviewing: false, changeSets: [] })
    await ask('PutPublicationReview', { isReviewing: true })
    const ChangeSet = [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)]
    const { ChangeSetId } = await house.as(seller)('catalog', 'StartChangeSet', { Catalog, ChangeSet })
    await house.settle()
    const { isReviewing, changeSets } = await ask('ListWaitingChangeSets')
    assert.ok(isReviewing)
    assert.deepEqual(
      [changeSets[0].changeSetId, changeSets[0].accountId, changeSets[0].changes],
      [ChangeSetId, seller, [{ entityId: product, entityName: 'Iris Trees', targetVisibility: 'Restricted' }]],
    )
    await assert.rejects(
      ask('ReviewChangeSet', { changeSetId: ChangeSetId, decision: 'REJECTED' }),
      /A rejection needs a reason/,
    )
    await ask('ReviewChangeSet', { changeSetId: ChangeSetId, decision: 'REJECTED', reason: 'Say why.' })
    await house.settle()
    const { FailureDescription } = await house.as(seller)('catalog', 'DescribeChangeSet', { Catalog, ChangeSetId })
    assert.equal(FailureDescription, 'AUDIT_ERROR: Say why.')
    const next = await house.as(seller)('catalog', 'StartChangeSet', { Catalog, ChangeSet })
    await house.settle()
    await ask('ReviewChangeSet', { changeSetId: next.ChangeSetId, decision: 'APPROVED' })
    const rows = await house.store.db
      .selectFrom('market_change_set')
      .selectAll()
      .where('id', '=', ChangeSetId)
      .execute()
    const like = { ...rows[0], status: 'PREPARING', review: '', outcome: '', ended: 0 } as (typeof rows)[number]
    // One behind the other, some of the same moment, and between them what nobody has to see.
    for (let n = 0; n < 130; n++)
      await house.store.db
        .insertInto('market_change_set')
        .values({ ...like, id: `waiting${1000 + n}`, started: Math.floor(n / 3), intent: n % 2 ? 'APPLY' : 'VALIDATE' })
        .execute()
    const seen: string[] = []
    for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken; isFirst = false) {
      const page = await ask('ListWaitingChangeSets', { maxResults: 20, ...(nextToken && { nextToken }) })
      seen.push(...page.changeSets.map((set: Answer) => set.changeSetId))
      assert.ok(page.changeSets.every((set: Answer) => set.changes[0].entityName === 'Iris Trees'))
      nextToken = page.nextToken
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 65 }, (_, n) => `waiting${1001 + 2 * n}`),
    )
    await house.store.db
      .updateTable('market_change_set')
      .set({ status: 'CANCELLED' })
      .where('status', '=', 'PREPARING')
      .where('review', '=', '')
      .execute()
    await ask('PutPublicationReview', { isReviewing: false })
  })

  it('hides a review and shows it again', async () => {
    await buy(house, offer)
    const { review } = await house.as(buyer)('reviews', 'PutReview', { productId: product, rating: 2, title: 'So so' })
    await ask('HideReview', { reviewId: review.reviewId, reason: 'It names a person.' })
    const { reviews } = await ask('ListReviewsToModerate')
    assert.deepEqual(
      reviews.map(({ reviewId, title, hiddenReason }: Answer) => [reviewId, title, hiddenReason]),
      [[review.reviewId, 'So so', 'It names a person.']],
    )
    await ask('RestoreReview', { reviewId: review.reviewId })
    await assert.rejects(ask('RestoreReview', { reviewId: review.reviewId }), /is not hidden/)
  })

  it('chooses the policy of scans, and lets a vulnerability pass for a while', async () => {
    await ask('PutScanPolicy', { policyName: 'current-fixable' })
    await assert.rejects(ask('PutScanPolicy', { policyName: 'none' }), /^ValidationException: There is no scan policy/)
    const except = { vulnerabilityId: 'CVE-2026-1', packageName: 'zlib', reason: 'Not reachable.' }
    await assert.rejects(ask('PutVulnerabilityException', { ...except, lastDay: '2020-01-01' }), /2020-01-01 is over/)
    await ask('PutVulnerabilityException', { ...except, lastDay: '2099-01-01' })
    const { policyName, blocksUnfixed, exceptions } = await ask('GetScanPolicy')
    assert.deepEqual([policyName, blocksUnfixed, exceptions[0].packageName], ['current-fixable', false, 'zlib'])
    const named = { vulnerabilityId: 'CVE-2026-1', packageName: 'zlib' }
    await ask('DeleteVulnerabilityException', named)
    await assert.rejects(ask('DeleteVulnerabilityException', named), { code: 'ResourceNotFoundException' })
  })

  it('lets people sign in by a provider of its own account, to roles that there are, and keeps the secret', async () => {
    const { id } = await openOperatorAccount(house.store, rootSecret)
    const arn = `arn:aws:iam::${id}:oidc-provider/login.example.com`
    const input = {
      ...{ providerName: 'Example', openIDConnectProviderArn: arn, clientId: 'console', clientSecret: 'hush' },
      roles: [{ group: 'buyers', roleArn: `arn:aws:iam::${buyer}:role/nobody` }],
    }
    await assert.rejects(ask('PutSignInProvider', input), /There is no identity provider .* in the operator’s account/)
    const provider = { arn, account: id, url: 'login.example.com', client_ids: '["console"]', thumbprints: '[]' }
    await house.store.db
      .insertInto('iam_open_id_provider')
      .values({ ...provider, tags: '[]', created: 0 })
      .execute()
    await assert.rejects(ask('PutSignInProvider', { ...input, clientId: 'other' }), /other is no client of/)
    await assert.rejects(ask('PutSignInProvider', { ...input, scopes: ['email'] }), /hold openid/)
    await assert.rejects(ask('PutSignInProvider', input), /There is no role arn:aws:iam::\d+:role\/nobody/)
    await assert.rejects(ask('DeleteSignInProvider', { providerName: 'Example' }), {
      code: 'ResourceNotFoundException',
    })
    assert.deepEqual((await ask('ListSignInProviders')).providers, [])
  })

  it('reads how the machine is, and that charges follow from the facts', async () => {
    const { checks, workloads } = await ask('GetInstallationHealth')
    assert.deepEqual(checks, [
      { name: 'ENGINE', isGood: false, detail: 'nobody answers' },
      { name: 'DISK', isGood: true, detail: 'ok' },
      { name: 'DATABASE', isGood: true, detail: 'ok' },
    ])
    assert.deepEqual(workloads, [])
    full = 'The disk is full.'
    assert.equal((await ask('GetInstallationHealth')).checks[1].detail, full)
    const { agreements, differences } = await ask('GetReconciliation')
    assert.deepEqual([agreements, differences], [1, []])
    assert.deepEqual((await ask('ListSecurityEvents')).securityEvents, [])
  })

  it('fills the market with examples, once at a time, and sees how far that is', async () => {
    const { examples, publication } = await ask('ListExamples')
    assert.deepEqual([examples[0].name, publication.status], ['iris-trees', 'NOT_STARTED'])
    const unknown = /^ValidationException: There is no example rose-trees\. There are iris-trees\./
    await assert.rejects(ask('PublishExamples', { names: ['rose-trees'] }), unknown)
    const started = await ask('PublishExamples', { names: ['iris-trees'] })
    assert.deepEqual([started.publication.status, started.publication.lines], ['IN_PROGRESS', ['iris-trees']])
    await assert.rejects(ask('PublishExamples'), /under way/)
    published = { status: 'COMPLETED', lines: [] }
    assert.equal((await ask('ListExamples')).publication.status, 'COMPLETED')
    await ask('PublishExamples')
  })
})

it('a name that is taken makes nobody the operator', async () => {
  const { store } = await openMarketFixture()
  after(() => store.close())
  await createAccount(store, rootSecret, { name: 'operator' })
  await assert.rejects(openOperatorAccount(store, rootSecret), /There is an account named operator/)
  assert.equal(await operatorAccount(store.db), undefined)
  const { id } = await openOperatorAccount(store, rootSecret, 'boss')
  assert.equal(await operatorAccount(store.db), id)
})
