import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AccessDenied } from '../../ground/errors.ts'
import type { Waiting } from '../../runtime/async-backlog.ts'
import type { Platform } from '../../service/context.ts'
import { openTestStore } from '../../store/store.fixture.ts'
import { AsyncFailure } from './async-failure.ts'
import { notificationOf, publishNotification } from './async-notification.ts'
import type { EndpointRow } from './endpoint.ts'

const topic = (name: string) => `arn:aws:sns:us-east-1:111122223333:${name}`
const waiting: Waiting = {
  ...{ sequence: 1, created: Date.parse('2026-11-20T12:00:00Z') },
  invocation: {
    ...{ inferenceId: 'mine', input: { location: 's3://in/put.csv' }, contentType: 'text/csv', accept: 'text/plain' },
    ...{ outputLocation: 's3://out/put.out', expires: 0, timeoutMs: 0 },
  },
}
const answer = { download: 1, model: 2, upload: 3, contentType: 'text/plain', content: Buffer.from('yes') }
const failure = new AsyncFailure('InvocationFailures', 'Received server error (500)', {
  ...{ status: 500, content: Buffer.from('no') },
})

async function openPlatform(mayPublish = true) {
  const store = await openTestStore()
  const account = '111122223333'
  for (const name of ['good', 'bad']) {
    const row = { arn: topic(name), account, region: 'us-east-1', name, policy: '{}', attributes: '{}', created: 0 }
    await store.db.insertInto('sns_topic').values(row).execute()
    const place = { arn: `${topic(name)}:one`, id: 'one', topic_arn: topic(name), owner: account, region: 'us-east-1' }
    const state = {
      principal: '',
      protocol: 'https',
      endpoint: 'https://one.example/',
      state: 'confirmed',
      attributes: '{}',
    }
    await store.db
      .insertInto('sns_subscription')
      .values({ ...place, ...state, token_issued: 0, confirmed_signed: 0, signed_end: 0, created: 0, retry_at: 0 })
      .execute()
  }
  const iam = {
    assumeForService: async () => ({ kind: 'assumed-role', account, arn: 'role', userId: 'role' }),
    authorize: async () => {
      if (!mayPublish) throw new AccessDenied('the role may not publish')
    },
  }
  return { store, iam, now: () => new Date('2026-11-20T12:00:05Z') } as unknown as Platform
}

const rowWith = (config: object) =>
  ({
    ...{ arn: 'endpoint', account: '111122223333', region: 'us-east-1', name: 'later' },
    live: { async: { OutputConfig: { NotificationConfig: config } }, variants: [{ name: 'all', model: {} }] },
  }) as unknown as EndpointRow

const slot = { variant: { name: 'all' } } as Parameters<typeof notificationOf>[3]

async function told(platform: Platform, config: object, outcome: typeof answer | AsyncFailure) {
  const notification = await notificationOf(platform, rowWith(config), waiting, slot, outcome)
  const untold = await platform.store.transaction(tx => publishNotification(tx, notification))
  const rows = await platform.store.db.selectFrom('sns_message').select(['topic_arn', 'body']).execute()
  return {
    untold,
    messages: rows.map(({ topic_arn, body }) => [topic_arn, JSON.parse(JSON.parse(body).texts.default)]),
  }
}

const both = { SuccessTopic: topic('good'), ErrorTopic: topic('bad') }
const request = {
  accept: 'text/plain',
  contentType: 'text/csv',
  endpointName: 'later',
  inputLocation: 's3://in/put.csv',
}
const common = {
  ...{ awsRegion: 'us-east-1', eventTime: '2026-11-20T12:00:05.000Z', receivedTime: '2026-11-20T12:00:00.000Z' },
  ...{ requestParameters: request, inferenceId: 'mine', eventVersion: '1.0' },
  ...{ eventSource: 'aws:sagemaker', eventName: 'InferenceResult' },
}

test('an answer is told to the topic for success, in AWS’s form', async () => {
  const { untold, messages } = await told(await openPlatform(), both, answer)
  const responseParameters = { contentType: 'text/plain', outputLocation: 's3://out/put.out' }
  assert.deepEqual(messages, [[topic('good'), { ...common, invocationStatus: 'Completed', responseParameters }]])
  assert.equal(untold, undefined)
})

test('a failure is told to the topic for errors, with its reason', async () => {
  const { messages } = await told(await openPlatform(), both, failure)
  const failed = { invocationStatus: 'Failed', failureReason: 'Received server error (500)' }
  assert.deepEqual(messages, [[topic('bad'), { ...common, ...failed }]])
})

test('the response is in the messages of the topics that are to have it, if it is not too long', async () => {
  const include = (...IncludeInferenceResponseIn: string[]) => ({ ...both, IncludeInferenceResponseIn })
  const bodyTold = async (config: object, outcome: typeof answer | AsyncFailure) =>
    (await told(await openPlatform(), config, outcome)).messages[0]?.[1].responseBody
  const yes = { content: Buffer.from('yes').toString('base64'), encoding: 'BASE64' }
  const no = { content: Buffer.from('no').toString('base64'), encoding: 'BASE64' }
  assert.deepEqual(await bodyTold(include('SUCCESS_NOTIFICATION_TOPIC'), answer), yes)
  assert.deepEqual(await bodyTold(include('SUCCESS_NOTIFICATION_TOPIC'), failure), undefined)
  assert.deepEqual(await bodyTold(include('ERROR_NOTIFICATION_TOPIC'), failure), no)
  const long = { ...answer, content: Buffer.alloc(131_073) }
  assert.match((await bodyTold(include('SUCCESS_NOTIFICATION_TOPIC'), long)).message, /131072 bytes/)
})

test('where no topic is named nobody is told', async () => {
  const { untold, messages } = await told(await openPlatform(), { ErrorTopic: topic('bad') }, answer)
  assert.deepEqual([untold, messages], [undefined, []])
})

test('what cannot be told is told in the log, and settles the request all the same', async () => {
  const denied = await told(await openPlatform(false), both, answer)
  assert.deepEqual(denied.messages, [])
  assert.equal(denied.untold, `The topic ${topic('good')} was not told: the role may not publish`)
  const gone = await told(await openPlatform(), { SuccessTopic: topic('gone') }, answer)
  assert.match(gone.untold ?? '', /does not exist/)
})
