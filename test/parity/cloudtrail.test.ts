import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { CloudTrail, type LookupEventsCommandInput, ThrottlingException } from '@aws-sdk/client-cloudtrail'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { STS } from '@aws-sdk/client-sts'
import { runCommand } from '../../src/cli/command.fixture.ts'
import { clientOf, installation } from './installation.ts'
import { eventually, parityOf, refused, verified } from './parity.ts'

const at = installation()
const parity = parityOf('CloudTrail')
const reference = verified('AWS CloudTrail API Reference, LookupEvents')

/** Asks again when the account has asked twice within the second. */
async function look(input: LookupEventsCommandInput = {}, client = clientOf(CloudTrail, at)) {
  for (;;)
    try {
      return await client.lookupEvents(input)
    } catch (error) {
      if (!isThrottled(error)) throw error
      await new Promise(resolve => setTimeout(resolve, 200))
    }
}

const isThrottled = (error: unknown) =>
  (error as Error).name === new ThrottlingException({ message: '', $metadata: {} }).name

const by = (AttributeKey: 'EventId' | 'EventName' | 'ReadOnly' | 'Username', AttributeValue: string) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
})

parity('LookupEvents', reference, 'a change is found by each of its attributes', async () => {
  const { iam, credentials, id } = at.owner
  await iam.createUser({ UserName: 'looked-at' })
  const [event] = (await look(by('EventName', 'CreateUser'))).Events ?? []
  assert.deepEqual(
    [event?.EventName, event?.EventSource, event?.Username, event?.AccessKeyId, event?.ReadOnly],
    ['CreateUser', 'iam.amazonaws.com', 'root', credentials.accessKeyId, 'false'],
  )
  assert.deepEqual(event?.Resources, [{ ResourceType: 'AWS::IAM::User', ResourceName: 'looked-at' }])
  const told = JSON.parse(event?.CloudTrailEvent ?? '{}')
  assert.deepEqual(
    [told.userIdentity.type, told.userIdentity.arn, told.sourceIPAddress, told.requestParameters.userName],
    ['Root', `arn:aws:iam::${id}:root`, '127.0.0.1', 'looked-at'],
  )
  assert.match(told.userAgent, /aws-sdk-js/)
  const attributes = {
    EventId: event?.EventId,
    EventSource: 'iam.amazonaws.com',
    Username: 'root',
    ResourceName: 'looked-at',
    ResourceType: 'AWS::IAM::User',
    ReadOnly: 'false',
    AccessKeyId: credentials.accessKeyId,
  }
  for (const [AttributeKey, AttributeValue] of Object.entries(attributes)) {
    const found = await look({ LookupAttributes: [{ AttributeKey: AttributeKey as 'EventId', AttributeValue }] })
    assert.equal(found.Events?.[0]?.EventId, event?.EventId, AttributeKey)
  }
})

parity('LookupEvents', reference, 'pages and a range of time', async () => {
  const { iam } = at.owner
  for (const n of [1, 2, 3, 4, 5]) await iam.createGroup({ GroupName: `page-${n}` })
  const question = by('EventName', 'CreateGroup')
  const names: string[] = []
  let token: string | undefined
  do {
    const page = await look({ ...question, MaxResults: 2, NextToken: token })
    names.push(...(page.Events ?? []).map(({ Resources }) => Resources?.[0]?.ResourceName ?? ''))
    token = page.NextToken
  } while (token)
  assert.deepEqual(names, ['page-5', 'page-4', 'page-3', 'page-2', 'page-1'])
  const now = Date.now()
  const after = (ms: number) => new Date(now + ms)
  assert.equal((await look({ ...question, StartTime: after(60_000) })).Events?.length, 0)
  assert.equal((await look({ ...question, EndTime: after(-60_000) })).Events?.length, 0)
  assert.equal((await look({ ...question, StartTime: after(-60_000), EndTime: after(1000) })).Events?.length, 5)
})

parity('LookupEvents', reference, 'refuses what CloudTrail refuses', async () => {
  const one = { AttributeKey: 'EventName' as const, AttributeValue: 'CreateUser' }
  await refused(look({ LookupAttributes: [one, one] }), 'InvalidLookupAttributesException', /one attribute/)
  await refused(
    look({ StartTime: new Date(2000), EndTime: new Date(1000) }),
    'InvalidTimeRangeException',
    /before the end time/,
  )
  await refused(look({ NextToken: 'forged' }), 'InvalidNextTokenException', /not one/)
  await refused(look({ EventCategory: 'insight' }), 'InvalidEventCategoryException', /Insights/)
})

parity('LookupEvents', reference, 'twice a second for an account and region, and no more', async () => {
  const client = clientOf(CloudTrail, at, { region: 'eu-west-1' })
  const asked = await Promise.allSettled(Array.from({ length: 6 }, () => client.lookupEvents({})))
  const refusals = asked.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
  assert.ok(refusals.length > 0 && refusals.length <= 4)
  assert.ok(refusals.every(isThrottled), String(refusals[0]))
})

parity('LookupEvents', reference, 'each account sees its own', async () => {
  const stranger = clientOf(CloudTrail, at, { credentials: at.stranger.credentials })
  await at.owner.iam.createUser({ UserName: 'unseen' })
  const seen = await look(by('EventName', 'CreateUser'), stranger)
  assert.deepEqual(seen.Events, [])
})

test('who is not allowed, or does not sign as it says, is told to the account once, with how often', async () => {
  const { iam } = at.owner
  await iam.createUser({ UserName: 'denied' })
  const { AccessKey: key } = await iam.createAccessKey({ UserName: 'denied' })
  const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  const sagemaker = clientOf(SageMaker, at, { credentials })
  for (let n = 0; n < 20; n++) await assert.rejects(sagemaker.listModels({}), /not authorized/)
  const wrong = clientOf(SageMaker, at, { credentials: { ...credentials, secretAccessKey: 'wrong' } })
  for (let n = 0; n < 20; n++) await assert.rejects(wrong.listModels({}), /signature/i)
  const { Events: events = [] } = await eventually(
    () => look({ LookupAttributes: [{ AttributeKey: 'AccessKeyId', AttributeValue: credentials.accessKeyId }] }),
    answer => answer.Events?.length === 2,
  )
  const told = events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '{}'))
  assert.deepEqual(
    told.map(({ errorCode, userIdentity, eventName }) => [errorCode, userIdentity.type, eventName]).toSorted(),
    [
      ['AccessDeniedException', 'IAMUser', 'ListModels'],
      ['InvalidSignatureException', 'Unknown', 'ListModels'],
    ],
  )
})

test('a sign-in names the new key, and no secret is in the log, in rows or files', async () => {
  const { iam, id } = at.owner
  const secrets: string[] = [at.owner.credentials.secretAccessKey, 'Correct-horse-9']
  await iam.createUser({ UserName: 'keeper' })
  await iam.createLoginProfile({ UserName: 'keeper', Password: 'Correct-horse-9' })
  const { AccessKey: key } = await iam.createAccessKey({ UserName: 'keeper' })
  secrets.push(key?.SecretAccessKey ?? '')
  const keys = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  const { Credentials: session } = await clientOf(STS, at, { credentials: keys }).getSessionToken({})
  secrets.push(session?.SecretAccessKey ?? '', session?.SessionToken ?? '')
  const wrong = { ...keys, secretAccessKey: 'wrong', sessionToken: session?.SessionToken ?? '' }
  const asSession = { ...wrong, accessKeyId: session?.AccessKeyId ?? '' }
  await assert.rejects(clientOf(STS, at, { credentials: asSession }).getCallerIdentity({}), /signature/i)
  const { authorizationData } = await at.owner.ecr.getAuthorizationToken({})
  secrets.push(authorizationData?.[0]?.authorizationToken ?? '')
  await clientOf(KMS, at).createKey({ Description: 'kept' })
  const made = (await look(by('EventName', 'CreateAccessKey'))).Events?.[0]
  assert.deepEqual(made?.Resources?.at(-1), { ResourceType: 'AWS::IAM::AccessKey', ResourceName: keys.accessKeyId })
  const [signIn] = (await look(by('EventName', 'GetSessionToken'))).Events ?? []
  const told = JSON.parse(signIn?.CloudTrailEvent ?? '{}')
  assert.equal(told.responseElements.credentials.accessKeyId, session?.AccessKeyId)
  assert.equal(told.userIdentity.arn, `arn:aws:iam::${id}:user/keeper`)

  for (const told of ['"SignatureDoesNotMatch"', '"CreateKey"'])
    await eventually(async () => (await logText()).includes(told), Boolean)
  const text = await logText()
  for (const secret of secrets) {
    assert.ok(secret.length > 8)
    assert.ok(!text.includes(secret), `${secret.slice(0, 4)}… is in the log`)
  }
  assert.match(text, /HIDDEN_DUE_TO_SECURITY_REASONS/)
})

async function logText(): Promise<string> {
  const directory = join(at.data, 'audit')
  const files = await Promise.all((await readdir(directory)).map(name => readFile(join(directory, name), 'utf8')))
  return files.join('')
}

test('the operator sees that the log is whole, and his own commands in it', async () => {
  await runCommand(at.data, 'account', 'create', 'third')
  const { out, err, code } = await runCommand(at.data, 'audit', 'verify')
  assert.deepEqual([err, code], ['', 0], out)
  assert.match(out, /The security log is whole/)
  const head = /head (\S+)/.exec(out)?.[1] ?? ''
  assert.equal((await runCommand(at.data, 'audit', 'verify', '--head', head)).code, 0)
  // The files follow with the next event of the server's own, or within a minute.
  await clientOf(IAM, at).createUser({ UserName: 'later' })
  const told = /"type":"Operator"[^\n]*"eventName":"account create"[^\n]*"name":"third"/
  await eventually(async () => told.test(await logText()), Boolean)
})

parity(
  'DescribeTrails ListTrails GetTrailStatus',
  verified('AWS CloudTrail API Reference'),
  'there are no trails: the history is what is kept',
  async () => {
    const trails = clientOf(CloudTrail, at)
    assert.deepEqual((await trails.describeTrails({ trailNameList: ['any'] })).trailList, [])
    assert.deepEqual((await trails.listTrails({})).Trails, [])
    await refused(trails.getTrailStatus({ Name: 'any' }), 'TrailNotFoundException', /trail\/any for the user: \d{12}/)
  },
)
