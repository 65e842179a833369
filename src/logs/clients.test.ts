import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs'
import { pino } from 'pino'
import { testLedger } from '../gateway/call-ledger.fixture.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createAccount } from '../iam/account.ts'
import { createIam } from '../iam/iam.ts'
import type { Platform } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createLogs } from './log-sink.ts'
import { createLogsService } from './logs-service.ts'

const run = promisify(execFile)
const group = '/aws/sagemaker/TrainingJobs'
const arn = (account: string) => `arn:aws:logs:eu-west-1:${account}:log-group:${group}`

/** The service behind the real gateway, with an account's root key. */
async function serveLogs() {
  const store = await openTestStore(':memory:')
  const now = () => new Date()
  const rootSecret = randomBytes(32)
  const iam = createIam({ store, rootSecret, now })
  const { account, accessKeyId, secretAccessKey } = await createAccount(store, rootSecret, { name: 'buyer' })
  const log = pino({ level: 'silent' })
  const platform = { url: 'http://localhost', now, log, store, iam } as unknown as Platform
  const gateway = createGateway({
    ...testLedger,
    checkAnswers: true,
    platform,
    services: [createLogsService({ store, now })],
    log,
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const endpoint = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
  const client = new CloudWatchLogsClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
  })
  return {
    client,
    account: account.id,
    sink: createLogs({ store, now }),
    cli: async (...args: string[]) => {
      const env = {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      }
      const { stdout } = await run('/usr/bin/aws', ['--endpoint-url', endpoint, '--region', 'eu-west-1', ...args], {
        env,
      })
      return stdout
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      gateway.closeAllConnections()
      gateway.close()
      await store.close()
    },
  }
}

test('the official SDK writes, describes, reads and filters', async () => {
  await using logs = await serveLogs()
  const { client } = logs
  const named = { logGroupName: group, logStreamName: 'job/algo-1' }
  await client.send(new CreateLogGroupCommand({ logGroupName: group, tags: { team: 'a' } }))
  await assert.rejects(client.send(new CreateLogGroupCommand({ logGroupName: group })), {
    name: 'ResourceAlreadyExistsException',
  })
  await client.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 30 }))
  await client.send(new CreateLogStreamCommand(named))
  const timestamp = Date.now()
  const logEvents = Array.from({ length: 50 }, (_, index) => ({
    timestamp,
    message: JSON.stringify({ step: index, loss: 1 / index }),
  }))
  await client.send(new PutLogEventsCommand({ ...named, logEvents }))
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/' }))
  assert.deepEqual(
    logGroups?.map(each => [each.arn, each.retentionInDays]),
    [[`${arn(logs.account)}:*`, 30]],
  )
  assert.deepEqual((await client.send(new ListTagsForResourceCommand({ resourceArn: arn(logs.account) }))).tags, {
    team: 'a',
  })
  const { logStreams } = await client.send(
    new DescribeLogStreamsCommand({ logGroupName: group, orderBy: 'LastEventTime' }),
  )
  assert.equal(logStreams?.[0]?.lastEventTimestamp, timestamp)
  const { events } = await client.send(new GetLogEventsCommand({ ...named, startFromHead: true }))
  assert.deepEqual(
    events?.map(each => each.message),
    logEvents.map(each => each.message),
  )
  const found: (string | undefined)[] = []
  for await (const page of paginateFilterLogEvents(
    { client, pageSize: 7 },
    { logGroupName: group, filterPattern: '{ $.step >= 10 && $.loss < 0.05 }' },
  ))
    found.push(...(page.events ?? []).map(each => each.message))
  assert.deepEqual(
    found,
    logEvents.slice(21).map(each => each.message),
  )
  await assert.rejects(client.send(new GetLogEventsCommand({ ...named, logStreamName: 'none' })), {
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  })
})

test('aws logs tail shows what containers wrote', {
  skip: !existsSync('/usr/bin/aws') && 'no awscli on this machine',
}, async () => {
  await using logs = await serveLogs()
  const place = { account: logs.account, region: 'eu-west-1', group }
  for (const host of ['algo-1', 'algo-2'])
    await logs.sink.append(
      { ...place, stream: `job/${host}` },
      [0, 1, 2].map(index => ({ time: new Date(Date.now() - 9000 + index), message: `${host} line ${index}` })),
      'c',
    )
  const tailed = await logs.cli('logs', 'tail', group, '--format', 'short', '--since', '5m')
  assert.deepEqual(
    tailed
      .trim()
      .split('\n')
      .map(line => line.slice(20))
      .sort(),
    ['algo-1', 'algo-2'].flatMap(host => [0, 1, 2].map(index => `${host} line ${index}`)),
  )
  const filtered = await logs.cli(
    'logs',
    'tail',
    group,
    '--log-stream-name-prefix',
    'job/algo-2',
    '--filter-pattern',
    '"line 1"',
  )
  assert.match(filtered, /job\/algo-2 algo-2 line 1\n$/)
  const events = JSON.parse(
    await logs.cli(
      'logs',
      'get-log-events',
      '--log-group-name',
      group,
      '--log-stream-name',
      'job/algo-1',
      '--output',
      'json',
    ),
  )
  assert.equal(events.events.length, 3)
})
