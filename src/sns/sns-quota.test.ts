import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quotas } from '../quotas/quotas.ts'
import { openSns } from './open-sns.fixture.ts'

/** So many rows, some hundreds a statement. */
async function inRuns<Row>(count: number, rowOf: (index: number) => Row, put: (rows: Row[]) => Promise<unknown>) {
  for (let from = 0; from < count; from += 500)
    await put(Array.from({ length: Math.min(500, count - from) }, (_, index) => rowOf(from + index)))
}

test('an account has as many topics as AWS lets it, and may ask for those it has', async () => {
  await using at = await openSns()
  const { account } = at.owner
  const most = quotas.sns.topics.value
  await inRuns(
    most - 1,
    index => ({
      ...{ arn: `a${index}`, account, region: 'eu-west-1', name: `n${index}` },
      ...{ policy: '', attributes: '{}', created: 0 },
    }),
    rows => at.store.db.insertInto('sns_topic').values(rows).execute(),
  )
  await at.call('CreateTopic', { Name: 'last' })
  await at.call('CreateTopic', { Name: 'last' })
  await assert.rejects(at.call('CreateTopic', { Name: 'more' }), { code: 'TopicLimitExceededException' })
  await at.call('DeleteTopic', { TopicArn: at.arn('last') })
  await at.call('CreateTopic', { Name: 'more' })
})

test('who has asked too many that have not answered asks no more, until some have', async () => {
  await using at = await openSns()
  await at.listen('news', 'https://confirmed.example/')
  const asked = {
    ...{ topic_arn: 'elsewhere', owner: at.owner.account, region: 'us-east-1', principal: '', protocol: 'https' },
    ...{ state: 'pending', token_issued: 0, confirmed_signed: 0, signed_end: 0, attributes: '{}' },
    ...{ created: 0, retry_at: 0 },
  }
  await inRuns(
    quotas.sns.pendingSubscriptions.value - 1,
    index => ({ ...asked, arn: `s${index}`, id: `i${index}`, endpoint: `https://x/${index}` }),
    rows => at.store.db.insertInto('sns_subscription').values(rows).execute(),
  )
  const ask = (host: string) =>
    at.call('Subscribe', { TopicArn: at.arn('news'), Protocol: 'https', Endpoint: `https://${host}.example/` })
  await ask('one')
  await assert.rejects(ask('two'), { code: 'SubscriptionLimitExceededException' })
  // One that is asked already is asked again.
  await ask('one')
  await at.store.db.updateTable('sns_subscription').set({ state: 'confirmed' }).where('arn', '=', 's1').execute()
  await ask('two')
})

for (const [whose, most, others] of [
  ['a topic', quotas.sns.filterPoliciesOfTopic.value, { owner: '999988887777' }],
  ['an account', quotas.sns.filterPolicies.value, { topic_arn: 'elsewhere' }],
] as const)
  test(`${whose} has as many filter policies as AWS lets it; without one subscribing goes on`, async () => {
    await using at = await openSns()
    await at.call('CreateTopic', { Name: 'news' })
    const TopicArn = at.arn('news')
    const row = {
      ...{ topic_arn: TopicArn, owner: at.owner.account, region: 'us-east-1', principal: '', protocol: 'https' },
      ...{ state: 'confirmed', token_issued: 0, confirmed_signed: 0, signed_end: 0, created: 0, retry_at: 0 },
      ...{ attributes: '{"FilterPolicy":"{}"}', filtered: 1, ...others },
    }
    await inRuns(
      most - 1,
      index => ({ ...row, arn: `s${index}`, id: `i${index}`, endpoint: `https://x/${index}` }),
      rows => at.store.db.insertInto('sns_subscription').values(rows).execute(),
    )
    const FilterPolicy = '{"a":["b"]}'
    const ask = (host: string, Attributes: object) =>
      at.call('Subscribe', {
        ...{
          TopicArn,
          Protocol: 'https',
          Endpoint: `https://${host}.example/`,
          Attributes,
          ReturnSubscriptionArn: true,
        },
      })
    const { SubscriptionArn } = await ask('one', { FilterPolicy })
    const refused = { code: 'FilterPolicyLimitExceededException' }
    await assert.rejects(ask('two', { FilterPolicy }), refused)
    const plain = (await ask('three', { FilterPolicy: '{ }' })).SubscriptionArn
    const set = (arn: string, AttributeValue: string) =>
      at.call('SetSubscriptionAttributes', { SubscriptionArn: arn, AttributeName: 'FilterPolicy', AttributeValue })
    await assert.rejects(set(plain, FilterPolicy), refused)
    // One that has a policy may have another, and room is made by taking it back.
    await set(SubscriptionArn, '{"a":["c"]}')
    await set(SubscriptionArn, '{}')
    await set(plain, FilterPolicy)
  })
