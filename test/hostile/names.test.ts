import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SNS } from '@aws-sdk/client-sns'
import { clientsFor, region } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { until } from '../e2e/until.ts'

/** What ends a string, a line, an element or a header somewhere, or has a meaning of its own. */
const hostile = [
  '__proto__',
  'constructor',
  '"}],"Resource":"*","x":"',
  "'; drop table s3_object; --",
  '</Key><Key>other',
  '<script>alert(1)</script>',
  'a\r\nX-Injected: yes\r\n\r\nGET / HTTP/1.1',
  '../../../etc/passwd',
  '%2e%2e%2f%00',
  '<aws.events.event.json>',
  '\u202e\u2028\u2029\ufeff',
  '𝕏'.repeat(200),
]

describe('names and texts that mean something elsewhere', { timeout: 300_000 }, () => {
  let data: string
  let server: ServerProcess
  let clients: ReturnType<typeof clientsFor>
  let events: EventBridge
  let sns: SNS
  let topic: string

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-names-'))
    const env = { MODELMART_ALLOW_OUTGOING: '127.0.0.0/8' }
    server = await startServer({ data, engineSocket: 'unix:///nobody', env })
    const account = await server.account('mallory')
    const settings = { endpoint: server.url, region, credentials: account }
    clients = clientsFor(server.url, account)
    events = new EventBridge(settings)
    sns = new SNS(settings)
    topic = (await sns.createTopic({ Name: 'told' })).TopicArn ?? ''
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: topic,
    }
    const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement })
    await sns.setTopicAttributes({ TopicArn: topic, AttributeName: 'Policy', AttributeValue })
  })
  after(async () => {
    await server.stop()
    await rm(data, { recursive: true })
  })

  async function listen(more: Record<string, string> = {}) {
    const receiver = await openReceiver()
    const Attributes = more
    await sns.subscribe({ TopicArn: topic, Protocol: 'http', Endpoint: receiver.url, Attributes })
    const [question] = await until(
      'it is asked',
      async () => receiver.documents('SubscriptionConfirmation'),
      ({ length }) => length,
    )
    assert.equal((await fetch(question?.SubscribeURL ?? '')).status, 200)
    return receiver
  }

  it('of objects arrive as they are, through an event, a template and a message', async () => {
    using receiver = await listen()
    await clients.s3.createBucket({ Bucket: 'mallory' })
    const NotificationConfiguration = { EventBridgeConfiguration: {} }
    await clients.s3.putBucketNotificationConfiguration({ Bucket: 'mallory', NotificationConfiguration })
    await events.putRule({ Name: 'objects', EventPattern: '{"source":["aws.s3"]}' })
    const InputTransformer = {
      InputPathsMap: { key: '$.detail.object.key', type: '$.detail-type' },
      InputTemplate: '{"key": <key>, "type": <type>}',
    }
    await events.putTargets({ Rule: 'objects', Targets: [{ Id: 'topic', Arn: topic, InputTransformer }] })
    for (const Key of hostile) await clients.s3.putObject({ Bucket: 'mallory', Key, Body: 'x' })
    const told = () => receiver.documents('Notification').map(({ Message = '' }) => JSON.parse(Message))
    const got = await until(
      'all are told',
      async () => told(),
      ({ length }) => length >= hostile.length,
    )
    assert.deepEqual(new Set(got.map(({ key }) => key)), new Set(hostile))
    assert.ok(got.every(({ type }) => type === 'Object Created'))
    assert.ok(receiver.received.every(({ headers }) => headers['x-injected'] === undefined))
  })

  it('of messages arrive as they are, in documents and raw, and set no header', async () => {
    using document = await listen()
    using raw = await listen({ RawMessageDelivery: 'true' })
    for (const text of hostile) {
      const MessageAttributes = { name: { DataType: 'String', StringValue: text } }
      await sns.publish({ TopicArn: topic, Message: text, MessageAttributes })
    }
    const wrapped = await until(
      'all arrive',
      async () => document.documents('Notification'),
      ({ length }) => length >= hostile.length,
    )
    assert.deepEqual(new Set(wrapped.map(({ Message }) => Message)), new Set(hostile))
    const plain = () => raw.received.filter(({ headers }) => headers['x-amz-sns-message-type'] === 'Notification')
    const bare = await until(
      'all arrive raw',
      async () => plain(),
      ({ length }) => length >= hostile.length,
    )
    assert.deepEqual(new Set(bare.map(({ body }) => body)), new Set(hostile))
    assert.ok([...document.received, ...raw.received].every(({ headers }) => headers['x-injected'] === undefined))
    for (const Subject of ['a\r\nX-Injected: yes', '\u0000', 'a\tb', 'x'.repeat(101)])
      await assert.rejects(sns.publish({ TopicArn: topic, Message: 'm', Subject }), {
        name: 'InvalidParameterException',
      })
  })

  it('of topics of an endpoint that answers later are refused where they are no topics of this region', async () => {
    const config = (SuccessTopic: string) =>
      clients.sagemaker.createEndpointConfig({
        EndpointConfigName: 'later',
        ProductionVariants: [
          { VariantName: 'v', ModelName: 'm', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
        ],
        AsyncInferenceConfig: {
          OutputConfig: { S3OutputPath: 's3://mallory/out', NotificationConfig: { SuccessTopic } },
        },
      })
    for (const name of hostile) await assert.rejects(config(name), { name: 'ValidationException' }, name)
  })
})
