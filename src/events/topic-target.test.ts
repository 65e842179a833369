import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy } from '../sns/topic-policy.ts'
import { openEvents } from './events.fixture.ts'

const topic = 'arn:aws:sns:us-east-1:111122223333:news'
const allowing = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish', Resource: topic },
      Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:111122223333:rule/mine' } },
    },
  ],
})

type At = Awaited<ReturnType<typeof openEvents>>

async function aim(at: At, Arn: string, more: object = {}): Promise<void> {
  await at.call('events', 'PutRule', { Name: 'mine', EventPattern: '{"source":["test"]}' })
  await at.call('events', 'PutTargets', { Rule: 'mine', Targets: [{ Id: 'topic', Arn, ...more }] })
}

async function makeTopic({ store, owner }: At, policy: string): Promise<void> {
  const row = { arn: topic, ...owner, name: 'news', attributes: '{}', created: 0, policy }
  await store.db.insertInto('sns_topic').values(row).execute()
  const subscription = { id: 'one', topic_arn: topic, owner: owner.account, region: owner.region, principal: '' }
  const state = { protocol: 'https', endpoint: 'https://one.example/', state: 'confirmed', token_issued: 0, created: 0 }
  await store.db
    .insertInto('sns_subscription')
    .values({
      arn: `${topic}:one`,
      ...subscription,
      ...state,
      confirmed_signed: 0,
      signed_end: 0,
      attributes: '{}',
      retry_at: 0,
    })
    .execute()
}

const published = async ({ store }: At): Promise<string[]> =>
  (await store.db.selectFrom('sns_message').select('body').orderBy('sequence').execute()).map(
    ({ body }) => JSON.parse(body).texts.default,
  )

test('events are published to a topic whose policy lets the rule, in order, as the transformer makes them', async () => {
  await using at = await openEvents()
  await makeTopic(at, allowing)
  const InputTransformer = { InputPathsMap: { n: '$.detail.n' }, InputTemplate: '"number <n>"' }
  await aim(at, topic, { InputTransformer })
  for (const n of [1, 2, 3]) await at.announce({ detail: { n } })
  await at.work()
  assert.deepEqual(await published(at), ['"number 1"', '"number 2"', '"number 3"'])
  assert.deepEqual((await at.call('letters', 'ListDeadLetters', {})).deadLetters, [])
})

const refusals: readonly (readonly [string, (at: At) => Promise<void>, string, RegExp])[] = [
  ['a topic that is not there', async () => {}, 'RESOURCE_NOT_FOUND', /does not exist/],
  [
    'a topic whose policy names no service',
    at => makeTopic(at, defaultPolicy(topic, '111122223333')),
    'NO_PERMISSIONS',
    /events\.amazonaws\.com is not authorized to perform: SNS:Publish/,
  ],
  [
    'a topic whose policy names another rule',
    at => makeTopic(at, allowing.replace('rule/mine', 'rule/other')),
    'NO_PERMISSIONS',
    /is not authorized/,
  ],
]
for (const [what, furnish, code, says] of refusals)
  test(`${what} makes a dead letter at once`, async () => {
    await using at = await openEvents()
    await furnish(at)
    await aim(at, topic)
    await at.announce()
    assert.deepEqual(
      (await at.work()).filter(wait => wait > 0),
      [],
    )
    const { deadLetters } = await at.call('letters', 'ListDeadLetters', {})
    assert.deepEqual([deadLetters.length, deadLetters[0]?.errorCode], [1, code])
    assert.match(deadLetters[0]?.errorMessage, says)
    assert.deepEqual(await published(at), [])
  })
