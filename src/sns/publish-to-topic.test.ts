import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSns } from './open-sns.fixture.ts'
import { publishToTopic, type ServiceMessage } from './publish-to-topic.ts'

const rule = 'arn:aws:events:us-east-1:111122223333:rule/mine'
const allow = (Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish', Resource: '*' },
      ...(Condition && { Condition }),
    },
  ],
})

async function openNews() {
  const at = await openSns()
  await at.listen('news', 'https://one.example/')
  const TopicArn = at.arn('news')
  return {
    at,
    setPolicy: (policy: object) =>
      at.call('SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue: JSON.stringify(policy) }),
    tell: (more: Partial<ServiceMessage> = {}) =>
      at.store.transaction(tx =>
        publishToTopic(tx, at, {
          ...{ topicArn: TopicArn, message: 'hello', service: 'events.amazonaws.com', sourceArn: rule },
          ...{ sourceAccount: '111122223333', ...more },
        }),
      ),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  }
}

test('a service publishes where the topic’s policy allows it, by name and by what it acts for', async () => {
  await using news = await openNews()
  const { at, setPolicy, tell } = news
  assert.match(
    ((await tell()) as { refused: string }).refused,
    /events\.amazonaws\.com is not authorized to perform: SNS:Publish/,
  )
  const cases: readonly (readonly [object, Partial<ServiceMessage>, boolean])[] = [
    [allow(), {}, true],
    [allow(), { service: 'cloudwatch.amazonaws.com' }, false],
    [allow({ ArnEquals: { 'aws:SourceArn': rule } }), {}, true],
    [allow({ ArnEquals: { 'aws:SourceArn': rule } }), { sourceArn: `${rule}-other` }, false],
    [allow({ StringEquals: { 'aws:SourceAccount': '111122223333' } }), {}, true],
    [allow({ StringEquals: { 'aws:SourceAccount': '444455556666' } }), {}, false],
  ]
  for (const [policy, more, isAllowed] of cases) {
    await setPolicy(policy)
    const told = await tell(more)
    assert.equal('messageId' in told, isAllowed, JSON.stringify([policy, more, told]))
  }
  await at.work()
  assert.equal(at.sent.length, 3)
})

test('an alarm publishes to a topic of its own account without a policy, to another’s with one', async () => {
  await using news = await openNews()
  const service = 'cloudwatch.amazonaws.com'
  assert.ok('messageId' in (await news.tell({ service, subject: 'ALARM: "High" in US East' })))
  assert.ok('refused' in (await news.tell({ service, sourceAccount: '444455556666' })))
  await news.at.work()
  assert.equal(JSON.parse(news.at.sent[0]?.body ?? '').Subject, 'ALARM: "High" in US East')
})

test('a topic that is not there, and a message that is none, is told and undoes nothing', async () => {
  await using news = await openNews()
  await news.setPolicy(allow())
  for (const more of [{ topicArn: news.at.arn('none') }, { topicArn: 'x' }, { message: '' }, { subject: 'two\nlines' }])
    assert.ok('refused' in (await news.tell(more)), JSON.stringify(more))
})
