import assert from 'node:assert/strict'
import { request } from 'node:http'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SNS, type SubscribeCommandInput } from '@aws-sdk/client-sns'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { clientOf, installation } from './installation.ts'
import { differs, eventually, parityOf, refused, unverified, verified } from './parity.ts'
import { isGenuine } from './sns-signature.ts'
import { userWith } from './user.ts'

let sns: SNS
const at = installation(async opened => {
  sns = clientOf(SNS, opened)
})
const parity = parityOf('SNS')
const api = verified('Amazon SNS API Reference')
const guide = verified('Amazon SNS Developer Guide')
const reference = verified('Service Authorization Reference, Amazon SNS')
const reported = unverified('what clients of SNS report of it')

const arnOf = (name: string, account = '123456789012') => `arn:aws:sns:us-east-1:${account}:${name}`
const topic = async (Name: string, Attributes?: Record<string, string>): Promise<string> =>
  (await sns.createTopic({ Name, Attributes })).TopicArn ?? ''

type Receiver = Awaited<ReturnType<typeof openReceiver>>

/** Subscribes a receiver, which visits the link that it gets. Returns the subscription's ARN. */
async function listen(
  TopicArn: string,
  receiver: Receiver,
  more: Partial<SubscribeCommandInput> = {},
): Promise<string> {
  const given = { TopicArn, Protocol: 'http', Endpoint: receiver.url, ReturnSubscriptionArn: true, ...more }
  const { SubscriptionArn = '' } = await sns.subscribe(given)
  const [question] = await eventually(
    async () => receiver.documents('SubscriptionConfirmation'),
    found => found.length > 0,
  )
  const answer = await fetch(question?.SubscribeURL ?? '')
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), new RegExp(`<SubscriptionArn>${SubscriptionArn}</SubscriptionArn>`))
  return SubscriptionArn
}

const arrived = (receiver: Receiver, count: number) =>
  eventually(
    async () => receiver.documents('Notification'),
    found => found.length >= count,
  )

parity(
  'CreateTopic ListTopics GetTopicAttributes DeleteTopic',
  api,
  'a topic is made once, told with its attributes, listed in pages and deleted, also twice',
  async () => {
    const arn = await topic('made', { DisplayName: 'Made' })
    assert.equal(arn, arnOf('made'))
    assert.equal(await topic('made'), arn)
    assert.equal(await topic('made', { DisplayName: 'Made' }), arn)
    await refused(topic('made', { DisplayName: 'Other' }), 'InvalidParameterException', /different attributes/)
    const { Attributes = {} } = await sns.getTopicAttributes({ TopicArn: arn })
    const { Policy = '', EffectiveDeliveryPolicy = '', ...rest } = Attributes
    assert.deepEqual(rest, {
      ...{ TopicArn: arn, Owner: '123456789012', DisplayName: 'Made', TracingConfig: 'PassThrough' },
      ...{ SubscriptionsConfirmed: '0', SubscriptionsPending: '0', SubscriptionsDeleted: '0' },
    })
    const [statement] = JSON.parse(Policy).Statement
    assert.deepEqual(statement.Condition, { StringEquals: { 'AWS:SourceOwner': '123456789012' } })
    assert.equal(JSON.parse(EffectiveDeliveryPolicy).http.defaultHealthyRetryPolicy.numRetries, 3)
    await Promise.all(Array.from({ length: 110 }, (_, index) => topic(`page-${String(index).padStart(3, '0')}`)))
    const first = await sns.listTopics({})
    const rest2 = await sns.listTopics({ NextToken: first.NextToken })
    assert.equal(first.Topics?.length, 100)
    const names = [...(first.Topics ?? []), ...(rest2.Topics ?? [])].map(({ TopicArn }) => TopicArn)
    assert.equal(new Set(names).size, names.length)
    assert.ok(names.includes(arn) && names.includes(arnOf('page-109')))
    await refused(sns.listTopics({ NextToken: 'other' }), 'InvalidParameterException', /NextToken/)
    for (let index = 0; index < 110; index++)
      await sns.deleteTopic({ TopicArn: arnOf(`page-${String(index).padStart(3, '0')}`) })
    await sns.deleteTopic({ TopicArn: arn })
    await sns.deleteTopic({ TopicArn: arn })
    await refused(sns.getTopicAttributes({ TopicArn: arn }), 'NotFoundException', 'Topic does not exist')
  },
)

parity(
  'CreateTopic SetTopicAttributes GetTopicAttributes',
  api,
  'attributes are set and told, also set to nothing; what is not served is refused by its name',
  async () => {
    const TopicArn = await topic('attributed', { FifoTopic: 'false', TracingConfig: 'PassThrough' })
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.setTopicAttributes({ TopicArn, AttributeName, AttributeValue })
    const told = async () => (await sns.getTopicAttributes({ TopicArn })).Attributes ?? {}
    const policy = JSON.stringify({ http: { defaultHealthyRetryPolicy: { numRetries: 5 } } })
    await set('SQSSuccessFeedbackSampleRate', '0')
    await set('DisplayName', 'Shown')
    await set('SignatureVersion', '2')
    await set('DeliveryPolicy', policy)
    const { DisplayName, SignatureVersion, DeliveryPolicy, EffectiveDeliveryPolicy = '' } = await told()
    assert.deepEqual([DisplayName, SignatureVersion, DeliveryPolicy], ['Shown', '2', policy])
    assert.equal(JSON.parse(EffectiveDeliveryPolicy).http.defaultHealthyRetryPolicy.numRetries, 5)
    await set('DisplayName', '')
    await set('DeliveryPolicy', '')
    assert.deepEqual([(await told()).DisplayName, (await told()).DeliveryPolicy], ['', undefined])
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ['Nothing', '1', /AttributeName/],
      ['DisplayName', 'x'.repeat(101), /DisplayName/],
      ['SignatureVersion', '3', /SignatureVersion/],
      ['DeliveryPolicy', '{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}', /numRetries/],
      ['Policy', '{"Statement":[]}', /Policy/],
      ['Policy', JSON.stringify(allowing({ AWS: '*' }, 's3:GetObject', TopicArn)), /out of service scope/],
      ['KmsMasterKeyId', 'alias/aws/sns', /KmsMasterKeyId is not served here/],
      ['TracingConfig', 'Active', /TracingConfig Active is not served here/],
      ['ContentBasedDeduplication', 'true', /is not served here: there are no FIFO topics/],
      ['HTTPSuccessFeedbackRoleArn', at.owner.role, /is not served here/],
    ]
    for (const [name, value, says] of wrong) await refused(set(name, value), 'InvalidParameterException', says)
    for (const Name of ['', 'a b', 'x'.repeat(257)])
      await refused(sns.createTopic({ Name }), 'InvalidParameterException', /Topic Name/)
    await refused(sns.createTopic({ Name: 'queue.fifo' }), 'InvalidParameterException', /no FIFO topics/)
    await refused(topic('other', { FifoTopic: 'true' }), 'InvalidParameterException', /no FIFO topics/)
    const TopicOfNone = { TopicArn: arnOf('none'), AttributeName: 'DisplayName', AttributeValue: '' }
    await refused(sns.setTopicAttributes(TopicOfNone), 'NotFoundException', 'Topic does not exist')
    await refused(sns.getTopicAttributes({ TopicArn: 'made' }), 'InvalidParameterException', /TopicArn/)
  },
)

parity(
  'CreateTopic TagResource UntagResource ListTagsForResource',
  api,
  'a topic has tags; a topic that is there with others is not made anew',
  async () => {
    const Tags = [{ Key: 'team', Value: 'red' }]
    await sns.createTopic({ Name: 'tagged', Tags })
    await sns.createTopic({ Name: 'tagged', Tags })
    const other = [{ Key: 'team', Value: 'blue' }]
    await refused(sns.createTopic({ Name: 'tagged', Tags: other }), 'InvalidParameterException', /different tags/)
    const ResourceArn = arnOf('tagged')
    await sns.tagResource({ ResourceArn, Tags: [{ Key: 'stage', Value: 'test' }, ...other] })
    await sns.untagResource({ ResourceArn, TagKeys: ['stage'] })
    assert.deepEqual((await sns.listTagsForResource({ ResourceArn })).Tags, other)
    const many = Array.from({ length: 51 }, (_, index) => ({ Key: `${index}`, Value: '' }))
    await refused(sns.tagResource({ ResourceArn, Tags: many }), 'TagLimitExceededException', /exceeded/)
    const reserved = [{ Key: 'aws:mine', Value: '' }]
    await refused(sns.tagResource({ ResourceArn, Tags: reserved }), 'InvalidParameterException', /reserved/)
    const none = sns.listTagsForResource({ ResourceArn: arnOf('none') })
    await refused(none, 'ResourceNotFoundException', 'Resource does not exist')
  },
)

for (const version of ['1', '2'])
  parity(
    'Subscribe Publish ListSubscriptions GetSubscriptionAttributes',
    guide,
    `an endpoint that has agreed gets what is published, signed by version ${version}, with its subject and attributes`,
    async () => {
      using receiver = await openReceiver()
      const TopicArn = await topic(`signed-${version}`, { SignatureVersion: version })
      const asked = { TopicArn, Protocol: 'http', Endpoint: receiver.url }
      assert.equal((await sns.subscribe(asked)).SubscriptionArn, 'pending confirmation')
      const isPending = async () =>
        (await sns.listSubscriptions({})).Subscriptions?.some(
          one => one.Endpoint === receiver.url && one.SubscriptionArn === 'PendingConfirmation',
        )
      assert.ok(await isPending())
      await sns.publish({ TopicArn, Message: 'nobody has agreed yet' })
      const arn = await listen(TopicArn, receiver)
      const [question = {}] = receiver.documents('SubscriptionConfirmation')
      assert.ok(await isGenuine(question))
      assert.deepEqual([question.TopicArn, question.SignatureVersion], [TopicArn, version])
      assert.equal((await sns.subscribe(asked)).SubscriptionArn, arn)
      const MessageAttributes = {
        kind: { DataType: 'String', StringValue: 'greeting' },
        bytes: { DataType: 'Binary', BinaryValue: Buffer.from('né') },
      }
      const { MessageId } = await sns.publish({ TopicArn, Message: 'Hello,\nné', Subject: 'A word', MessageAttributes })
      const [message = {}] = await arrived(receiver, 1)
      const { Timestamp, Signature, SigningCertURL, UnsubscribeURL, ...rest } = message
      assert.deepEqual(rest, {
        ...{ Type: 'Notification', MessageId, TopicArn, Subject: 'A word', Message: 'Hello,\nné' },
        SignatureVersion: version,
        MessageAttributes: {
          kind: { Type: 'String', Value: 'greeting' },
          bytes: { Type: 'Binary', Value: Buffer.from('né').toString('base64') },
        },
      })
      assert.match(Timestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.ok(Signature && SigningCertURL && UnsubscribeURL)
      assert.ok(await isGenuine(message))
      assert.equal(await isGenuine({ ...message, Message: 'Hullo,\nné' }), false)
      const { headers } = receiver.received.at(-1) ?? assert.fail()
      assert.deepEqual(
        ['message-type', 'message-id', 'topic-arn', 'subscription-arn'].map(name => headers[`x-amz-sns-${name}`]),
        ['Notification', MessageId, TopicArn, arn],
      )
      assert.equal(headers['content-type'], 'text/plain; charset=UTF-8')
      const { Attributes } = await sns.getSubscriptionAttributes({ SubscriptionArn: arn })
      const { EffectiveDeliveryPolicy, ...told } = Attributes ?? {}
      assert.ok(EffectiveDeliveryPolicy)
      assert.deepEqual(told, {
        ...{ SubscriptionArn: arn, TopicArn, Owner: '123456789012', Protocol: 'http', Endpoint: receiver.url },
        ...{ SubscriptionPrincipal: 'arn:aws:iam::123456789012:root', RawMessageDelivery: 'false' },
        ...{ PendingConfirmation: 'false', ConfirmationWasAuthenticated: 'false' },
      })
      assert.equal(receiver.documents('Notification').length, 1)
    },
  )

parity(
  'Subscribe ConfirmSubscription ListSubscriptionsByTopic Unsubscribe',
  api,
  'a token confirms, a wrong one does not; whoever confirms by name decides who may end it; it is ended by its owner',
  async () => {
    using receiver = await openReceiver()
    const TopicArn = await topic('confirmed')
    const asked = { TopicArn, Protocol: 'http', Endpoint: receiver.url, ReturnSubscriptionArn: true }
    const { SubscriptionArn = '' } = await sns.subscribe(asked)
    const pending = sns.unsubscribe({ SubscriptionArn })
    await refused(
      pending,
      'InvalidParameterException',
      /Cannot unsubscribe a subscription that is pending confirmation/,
    )
    const [question] = await eventually(
      async () => receiver.documents('SubscriptionConfirmation'),
      found => found.length > 0,
    )
    const Token = question?.Token ?? ''
    for (const wrong of ['x', Token.replace(/.$/, last => (last === '0' ? '1' : '0'))])
      await refused(sns.confirmSubscription({ TopicArn, Token: wrong }), 'InvalidParameterException', /Token/)
    const given = { TopicArn, Token, AuthenticateOnUnsubscribe: 'true' }
    assert.equal((await sns.confirmSubscription(given)).SubscriptionArn, SubscriptionArn)
    assert.equal((await sns.confirmSubscription({ TopicArn, Token })).SubscriptionArn, SubscriptionArn)
    const listed = async () => (await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions
    assert.deepEqual(await listed(), [
      { SubscriptionArn, Owner: '123456789012', Protocol: 'http', Endpoint: receiver.url, TopicArn },
    ])
    const link = `${at.url}/_sns/?${new URLSearchParams({ Action: 'Unsubscribe', SubscriptionArn })}`
    assert.equal((await fetch(link)).status, 403, 'the link does not sign')
    await sns.unsubscribe({ SubscriptionArn })
    await sns.unsubscribe({ SubscriptionArn })
    assert.deepEqual(await listed(), [])
    await refused(sns.unsubscribe({ SubscriptionArn: 'x' }), 'InvalidParameterException', /at least 6 elements, not 1/)
    await refused(
      sns.listSubscriptionsByTopic({ TopicArn: arnOf('none') }),
      'NotFoundException',
      'Topic does not exist',
    )
  },
)

parity(
  'Subscribe Publish GetTopicAttributes',
  guide,
  'the link of a message ends the subscription, its endpoint is told, and can take that back by the link of what tells it',
  async () => {
    using receiver = await openReceiver()
    const TopicArn = await topic('left')
    const SubscriptionArn = await listen(TopicArn, receiver)
    await sns.publish({ TopicArn, Message: 'first' })
    const [message] = await arrived(receiver, 1)
    assert.equal((await fetch(message?.UnsubscribeURL ?? '')).status, 200)
    const [told = {}] = await eventually(
      async () => receiver.documents('UnsubscribeConfirmation'),
      found => found.length > 0,
    )
    assert.ok(await isGenuine(told))
    const counts = async () => {
      const { Attributes = {} } = await sns.getTopicAttributes({ TopicArn })
      return [Attributes.SubscriptionsConfirmed, Attributes.SubscriptionsDeleted]
    }
    assert.deepEqual(await counts(), ['0', '1'])
    await sns.publish({ TopicArn, Message: 'nobody' })
    assert.equal((await fetch(message?.UnsubscribeURL ?? '')).status, 404)
    const back = await (await fetch(told.SubscribeURL ?? '')).text()
    assert.ok(back.includes(SubscriptionArn))
    assert.deepEqual(await counts(), ['1', '0'])
    await sns.publish({ TopicArn, Message: 'second' })
    const messages = await arrived(receiver, 2)
    assert.deepEqual(
      messages.map(({ Message }) => Message),
      ['first', 'second'],
    )
  },
)

parity(
  'Subscribe SetSubscriptionAttributes GetSubscriptionAttributes Publish',
  guide,
  'raw delivery sends the message alone, with the content type that the delivery policy names',
  async () => {
    using receiver = await openReceiver()
    const TopicArn = await topic('raw')
    const DeliveryPolicy = JSON.stringify({ requestPolicy: { headerContentType: 'application/json' } })
    const SubscriptionArn = await listen(TopicArn, receiver, { Attributes: { DeliveryPolicy } })
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.setSubscriptionAttributes({ SubscriptionArn, AttributeName, AttributeValue })
    await set('RawMessageDelivery', 'true')
    await sns.publish({ TopicArn, Message: '{"n":1}', Subject: 'unseen' })
    await eventually(
      async () => receiver.received,
      found => found.length > 1,
    )
    const { headers, body } = receiver.received[1] ?? assert.fail()
    assert.deepEqual(
      [body, headers['content-type'], headers['x-amz-sns-rawdelivery']],
      ['{"n":1}', 'application/json', 'true'],
    )
    const { Attributes = {} } = await sns.getSubscriptionAttributes({ SubscriptionArn })
    assert.deepEqual([Attributes.RawMessageDelivery, Attributes.DeliveryPolicy], ['true', DeliveryPolicy])
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ['RawMessageDelivery', 'yes', /RawMessageDelivery/],
      ['FilterPolicyScope', 'Elsewhere', /FilterPolicyScope/],
      ['FilterPolicy', '{"a":["x"', /FilterPolicy: failed to parse JSON/],
      ['FilterPolicy', '{"a":{"b":["x"]}}', /have nothing within them/],
      ['FilterPolicy', '{"a":[{"nearly":1}]}', /FilterPolicy: Unrecognized match type nearly/],
      ['DeliveryPolicy', '{"healthyRetryPolicy":{"minDelayTarget":0}}', /minDelayTarget/],
      ['RedrivePolicy', '{"deadLetterTargetArn":"x"}', /RedrivePolicy is not served here: there are no queues/],
      ['SubscriptionRoleArn', at.owner.role, /SubscriptionRoleArn is not served here/],
      ['ReplayPolicy', '{}', /ReplayPolicy is not served here/],
      ['Nothing', '1', /AttributeName/],
    ]
    for (const [name, value, says] of wrong) await refused(set(name, value), 'InvalidParameterException', says)
    const other = { SubscriptionArn: `${TopicArn}:00000000-0000-4000-8000-000000000000` }
    await refused(sns.getSubscriptionAttributes(other), 'NotFoundException', 'Subscription does not exist')
  },
)

parity(
  'Subscribe SetSubscriptionAttributes Publish',
  guide,
  'a filter policy lets through what fits: by attributes, or by the body',
  async () => {
    const TopicArn = await topic('filtered')
    using byAttributes = await openReceiver()
    using byBody = await openReceiver()
    using all = await openReceiver()
    const FilterPolicy = JSON.stringify({ kind: ['sale', { prefix: 're' }], price: [{ numeric: ['>', 10] }] })
    await listen(TopicArn, byAttributes, { Attributes: { FilterPolicy } })
    const SubscriptionArn = await listen(TopicArn, byBody, { Attributes: { FilterPolicyScope: 'MessageBody' } })
    await sns.setSubscriptionAttributes({
      ...{ SubscriptionArn, AttributeName: 'FilterPolicy' },
      AttributeValue: '{"order":{"items":{"name":["pen"]}}}',
    })
    await listen(TopicArn, all)
    const attributes = (kind: string, price: string) => ({
      kind: { DataType: 'String', StringValue: kind },
      price: { DataType: 'Number', StringValue: price },
    })
    const order = (name: string) => JSON.stringify({ order: { items: [{ name: 'ink' }, { name }] } })
    const messages = [
      { Message: 'a', MessageAttributes: attributes('sale', '10.5') },
      { Message: 'b', MessageAttributes: attributes('sale', '10.0') },
      { Message: 'c', MessageAttributes: attributes('return', '1e2') },
      { Message: 'd' },
      { Message: order('pen') },
      { Message: order('pad') },
    ]
    for (const message of messages) await sns.publish({ TopicArn, ...message })
    await arrived(all, messages.length)
    const texts = (receiver: Receiver) => receiver.documents('Notification').map(({ Message }) => Message)
    const both = await eventually(
      async () => [texts(byAttributes).sort(), texts(byBody)],
      ([first, second]) => first?.length === 2 && second?.length === 1,
    )
    assert.deepEqual(both, [['a', 'c'], [order('pen')]])
  },
)

parity(
  'Publish PublishBatch',
  api,
  'each entry of a batch is a message or told why not; batches and messages that are none are refused',
  async () => {
    using receiver = await openReceiver()
    const TopicArn = await topic('batch')
    await listen(TopicArn, receiver)
    const PublishBatchRequestEntries = [
      { Id: 'one', Message: 'first' },
      { Id: 'two', Message: '' },
      { Id: 'three', Message: 'third', MessageAttributes: { n: { DataType: 'Number', StringValue: 'x' } } },
      { Id: 'four', Message: '{"default":"fourth","http":"for http","email":"for mail"}', MessageStructure: 'json' },
    ]
    const { Successful = [], Failed = [] } = await sns.publishBatch({ TopicArn, PublishBatchRequestEntries })
    assert.deepEqual(
      Successful.map(({ Id }) => Id),
      ['one', 'four'],
    )
    assert.deepEqual(
      Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
      [
        ['two', 'InvalidParameter', true],
        ['three', 'ParameterValueInvalid', true],
      ],
    )
    const messages = await arrived(receiver, 2)
    assert.deepEqual(messages.map(({ Message }) => Message).sort(), ['first', 'for http'])
    const entries = (count: number, more: object = {}) =>
      sns.publishBatch({
        TopicArn,
        PublishBatchRequestEntries: Array.from({ length: count }, (_, index) => ({
          Id: `${index}`,
          Message: 'x',
          ...more,
        })),
      })
    await refused(entries(0), 'EmptyBatchRequestException', /any entries/)
    await refused(entries(11), 'TooManyEntriesInBatchRequestException', /more entries/)
    await refused(entries(2, { Id: 'same' }), 'BatchEntryIdsNotDistinctException', /same Id/)
    await refused(entries(1, { Id: 'a b' }), 'InvalidBatchEntryIdException', /specification/)
    await refused(entries(2, { Message: 'x'.repeat(140_000) }), 'BatchRequestTooLongException', /limit/)
    const wrong: readonly (readonly [object, string, RegExp])[] = [
      [{ Message: '' }, 'InvalidParameterException', /Empty message/],
      [{ Message: 'x'.repeat(262_145) }, 'InvalidParameterException', /Message too long/],
      [{ Subject: 'x'.repeat(101) }, 'InvalidParameterException', /Subject/],
      [{ Subject: 'two\nlines' }, 'InvalidParameterException', /Subject/],
      [{ MessageStructure: 'xml' }, 'InvalidParameterException', /Message Structure/],
      [{ MessageStructure: 'json' }, 'InvalidParameterException', /failed to parse/],
      [{ MessageStructure: 'json', Message: '{"http":"x"}' }, 'InvalidParameterException', /No default entry/],
      [{ MessageGroupId: 'g' }, 'InvalidParameterException', /MessageGroupId/],
      [{ MessageDeduplicationId: 'd' }, 'InvalidParameterException', /MessageDeduplicationId/],
      [{ TargetArn: TopicArn }, 'InvalidParameterException', /Exactly one/],
      [{ TopicArn: undefined }, 'InvalidParameterException', /no value for required parameter/],
      [{ TopicArn: undefined, PhoneNumber: '+15550100' }, 'InvalidParameterException', /PhoneNumber is not served/],
      [{ TopicArn: arnOf('none') }, 'NotFoundException', /Topic does not exist/],
      ...[
        { DataType: 'Text', StringValue: 'x' },
        { DataType: 'String' },
        { DataType: 'String', StringValue: '' },
        { DataType: 'Number', StringValue: 'three' },
        { DataType: 'String.Array', StringValue: '[{}]' },
        { DataType: 'Binary', StringValue: 'x' },
      ].map(a => [{ MessageAttributes: { a } }, 'InvalidParameterValueException', /'a'/] as const),
      [
        { MessageAttributes: { 'a b': { DataType: 'String', StringValue: 'x' } } },
        'InvalidParameterValueException',
        /name/,
      ],
    ]
    for (const [more, name, says] of wrong) await refused(sns.publish({ TopicArn, Message: 'x', ...more }), name, says)
    assert.ok((await sns.publish({ TargetArn: TopicArn, Message: 'x' })).MessageId)
  },
)

parity(
  'Subscribe',
  differs('what cannot be reached here is refused by its name, with the reason'),
  'other protocols, endpoints of another scheme and addresses of inner networks are refused',
  async () => {
    const TopicArn = await topic('refusing')
    const wrong: readonly (readonly [string, string | undefined, RegExp])[] = [
      ['sqs', 'arn:aws:sqs:us-east-1:123456789012:q', /Protocol sqs is not served here/],
      ['lambda', 'arn:aws:lambda:us-east-1:123456789012:function:f', /Protocol lambda is not served here/],
      ['firehose', 'x', /Protocol firehose is not served here/],
      ['sms', '+15550100', /Protocol sms is not served here/],
      ['application', 'x', /Protocol application is not served here/],
      ['email', 'ann@example.com', /Protocol email is not served here: the operator has named no mail server/],
      ['email-json', 'ann@example.com', /Protocol email-json is not served here/],
      ['pigeon', 'x', /Does not support this protocol string: pigeon/],
      ['https', 'http://receiver.invalid/', /must match the specified protocol/],
      ['http', undefined, /Endpoint/],
      ['http', 'http://10.0.0.1/', /10\.0\.0\.1 is not a public address/],
      ['http', `${at.url.replace('localhost', '127.0.0.1')}/`, /is this platform itself/],
      ['http', 'http://ann:secret@receiver.invalid/', /user name or password/],
    ]
    for (const [Protocol, Endpoint, says] of wrong)
      await refused(sns.subscribe({ TopicArn, Protocol, Endpoint }), 'InvalidParameterException', says)
    const none = sns.subscribe({ TopicArn: arnOf('none'), Protocol: 'http', Endpoint: 'http://receiver.invalid/' })
    await refused(none, 'NotFoundException', 'Topic does not exist')
  },
)

const allowing = (Principal: object, Action: string | string[], Resource: string, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal, Action, Resource, ...more }],
})

parity(
  'AddPermission RemovePermission Publish SetTopicAttributes',
  api,
  'another account publishes as soon as the topic’s policy allows it, and no longer',
  async () => {
    const TopicArn = await topic('shared')
    const theirs = clientOf(SNS, at, { credentials: at.stranger.credentials })
    const asked = () => theirs.publish({ TopicArn, Message: 'x' })
    await refused(asked(), 'AuthorizationErrorException', /is not authorized to perform: SNS:Publish/)
    const given = { TopicArn, Label: 'them', AWSAccountId: [at.stranger.id], ActionName: ['Publish'] }
    await sns.addPermission(given)
    assert.ok((await asked()).MessageId)
    await refused(sns.addPermission(given), 'InvalidParameterException', /Statement already exists/)
    await refused(
      sns.addPermission({ ...given, Label: 'x', ActionName: ['Fly'] }),
      'InvalidParameterException',
      /ActionName/,
    )
    await refused(
      sns.addPermission({ ...given, Label: 'x', AWSAccountId: ['7'] }),
      'InvalidParameterException',
      /AWSAccountId/,
    )
    await sns.removePermission({ TopicArn, Label: 'them' })
    await refused(asked(), 'AuthorizationErrorException', /is not authorized/)
    await refused(sns.removePermission({ TopicArn, Label: 'them' }), 'InvalidParameterException', /Label/)
    const policy = allowing({ AWS: at.stranger.id }, 'SNS:*', TopicArn)
    await sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue: JSON.stringify(policy) })
    assert.ok((await asked()).MessageId)
    await sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue: '' })
    await refused(asked(), 'AuthorizationErrorException', /is not authorized/)
  },
)

parity(
  'Subscribe GetSubscriptionAttributes ListSubscriptions Unsubscribe',
  api,
  'a subscription is its owner’s and the topic owner’s, nobody else’s',
  async () => {
    using receiver = await openReceiver()
    const TopicArn = await topic('theirs')
    const policy = allowing({ AWS: at.stranger.id }, ['SNS:Subscribe', 'SNS:Receive'], TopicArn)
    await sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue: JSON.stringify(policy) })
    const theirs = clientOf(SNS, at, { credentials: at.stranger.credentials })
    const asked = { TopicArn, Protocol: 'http', Endpoint: receiver.url, ReturnSubscriptionArn: true }
    const { SubscriptionArn = '' } = await theirs.subscribe(asked)
    assert.equal((await theirs.getSubscriptionAttributes({ SubscriptionArn })).Attributes?.Owner, at.stranger.id)
    assert.equal((await theirs.listSubscriptions({})).Subscriptions?.length, 1)
    assert.ok(!(await sns.listSubscriptions({})).Subscriptions?.some(one => one.TopicArn === TopicArn))
    assert.equal((await sns.getSubscriptionAttributes({ SubscriptionArn })).Attributes?.Owner, at.stranger.id)
    const other = await topic('ours')
    using ours = await openReceiver()
    const own = await listen(other, ours)
    for (const ask of [
      () => theirs.getSubscriptionAttributes({ SubscriptionArn: own }),
      () =>
        theirs.setSubscriptionAttributes({
          SubscriptionArn: own,
          AttributeName: 'RawMessageDelivery',
          AttributeValue: 'true',
        }),
      () => theirs.unsubscribe({ SubscriptionArn: own }),
    ])
      await refused(ask(), 'AuthorizationErrorException', /is not authorized/)
  },
)

parity(
  'CreateTopic Publish Subscribe TagResource ListTopics',
  reference,
  'policies decide by topic, tags, protocol and endpoint',
  async () => {
    const Resource = arnOf('guarded-*')
    const deny = (Action: string, Condition: object) => ({ Effect: 'Deny', Action, Resource: '*', Condition })
    const credentials = await userWith(at, 'sns-user', [
      { Effect: 'Allow', Action: 'sns:*', Resource },
      deny('sns:Publish', { StringEquals: { 'aws:ResourceTag/closed': 'yes' } }),
      deny('sns:Subscribe', { StringNotEquals: { 'sns:Protocol': 'https' } }),
      deny('sns:Subscribe', { StringNotLike: { 'sns:Endpoint': 'https://receiver.invalid/*' } }),
      deny('sns:TagResource', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['owner'] } }),
      deny('sns:CreateTopic', { StringEquals: { 'aws:RequestTag/stage': 'prod' } }),
    ])
    const theirs = clientOf(SNS, at, { credentials })
    const { TopicArn } = await theirs.createTopic({ Name: 'guarded-1' })
    await theirs.publish({ TopicArn, Message: 'x' })
    await theirs.tagResource({ ResourceArn: TopicArn, Tags: [{ Key: 'closed', Value: 'yes' }] })
    const subscribe = (Protocol: string, Endpoint: string) => theirs.subscribe({ TopicArn, Protocol, Endpoint })
    assert.ok((await subscribe('https', 'https://receiver.invalid/x')).SubscriptionArn)
    const Tags = [{ Key: 'stage', Value: 'prod' }]
    for (const ask of [
      () => theirs.publish({ TopicArn, Message: 'x' }),
      () => theirs.publishBatch({ TopicArn, PublishBatchRequestEntries: [{ Id: '1', Message: 'x' }] }),
      () => subscribe('http', 'http://receiver.invalid/x'),
      () => subscribe('https', 'https://other.invalid/x'),
      () => theirs.tagResource({ ResourceArn: TopicArn, Tags: [{ Key: 'owner', Value: 'me' }] }),
      () => theirs.createTopic({ Name: 'guarded-2', Tags }),
      () => theirs.createTopic({ Name: 'other' }),
      () => theirs.listTopics({}),
    ])
      await refused(ask(), 'AuthorizationErrorException', /is not authorized to perform: SNS:/)
  },
)

parity(
  'CreateTopic SetTopicAttributes Subscribe',
  verified('Amazon EventBridge User Guide, Amazon SNS permissions'),
  'an event reaches the receivers of a topic that is the target of a rule, as soon as the topic’s policy lets it',
  async () => {
    using receiver = await openReceiver()
    const TopicArn = await topic('aimed')
    await listen(TopicArn, receiver)
    const events = clientOf(EventBridge, at)
    const { RuleArn = '' } = await events.putRule({ Name: 'to-topic', EventPattern: '{"source":["my.topic"]}' })
    const policy = allowing({ Service: 'events.amazonaws.com' }, 'sns:Publish', TopicArn, {
      Condition: { ArnEquals: { 'aws:SourceArn': RuleArn } },
    })
    await sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue: JSON.stringify(policy) })
    await events.putTargets({ Rule: 'to-topic', Targets: [{ Id: 'topic', Arn: TopicArn }] })
    const entry = { Source: 'my.topic', DetailType: 'Thing Happened', Detail: '{"n":1.0}' }
    const { Entries = [] } = await events.putEvents({ Entries: [entry] })
    const [message] = await arrived(receiver, 1)
    const event = JSON.parse(message?.Message ?? '')
    assert.deepEqual([event.id, event.source, event.detail], [Entries[0]?.EventId, 'my.topic', { n: 1 }])
  },
)

parity('Publish', reported, 'without a signature nothing is answered but the links of messages, by GET', async () => {
  const TopicArn = await topic('unsigned')
  const form = new URLSearchParams({ Action: 'Publish', TopicArn, Message: 'x' })
  const bare = await fetch(at.url, { method: 'POST', body: form })
  assert.equal(bare.status, 403)
  const asked = async (path: string, method = 'GET') => (await fetch(`${at.url}/_sns/${path}`, { method })).status
  assert.equal(await asked(`?${form}`), 400)
  assert.equal(await asked('?Action=constructor'), 400)
  assert.equal(await asked(''), 400)
  assert.equal(await asked('', 'POST'), 405)
  assert.equal(await asked(`SimpleNotificationService-${'0'.repeat(32)}.pem`), 404)
  assert.equal(await asked('?Action=Unsubscribe&SubscriptionArn=x'), 404)
  assert.equal(await asked(`?Action=ConfirmSubscription&TopicArn=${TopicArn}&Token=x`), 400)
  const head = await new Promise<number>(take =>
    request(`${at.url}/_sns/?Action=x`, { method: 'HEAD' }, ({ statusCode = 0 }) => take(statusCode)).end(),
  )
  assert.equal(head, 400)
  await sns.publish({ TopicArn, Message: 'x' })
})
