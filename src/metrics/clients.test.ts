import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
  paginateGetMetricData,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch'
import { pino } from 'pino'
import { testLedger } from '../gateway/call-ledger.fixture.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createAccount } from '../iam/account.ts'
import { createIam } from '../iam/iam.ts'
import type { Platform } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createCloudWatchService } from './cloudwatch-service.ts'
import { createMetrics } from './metric-sink.ts'

const run = promisify(execFile)

/** The service behind the real gateway, with an account's root key. */
async function serveMetrics() {
  const store = await openTestStore(':memory:')
  const now = () => new Date()
  const rootSecret = randomBytes(32)
  const iam = createIam({ store, rootSecret, now })
  const { account, accessKeyId, secretAccessKey } = await createAccount(store, rootSecret, { name: 'buyer' })
  const log = pino({ level: 'silent' })
  const metrics = createMetrics({ store, log })
  const platform = { url: 'http://localhost', now, log, store, iam } as unknown as Platform
  const gateway = createGateway({
    ...testLedger,
    checkAnswers: true,
    platform,
    services: [createCloudWatchService({ metrics, alarmActions: [] })],
    log,
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const endpoint = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
  const client = new CloudWatchClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId, secretAccessKey } })
  return {
    client,
    metrics,
    account: account.id,
    cli: async (...args: string[]) => {
      const env = {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      }
      const { stdout } = await run(
        '/usr/bin/aws',
        ['--endpoint-url', endpoint, '--region', 'eu-west-1', '--output', 'json', ...args],
        { env },
      )
      return stdout === '' ? undefined : JSON.parse(stdout)
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      gateway.closeAllConnections()
      gateway.close()
      await metrics.close()
      await store.close()
    },
  }
}

test('the official SDK puts, lists and reads', async () => {
  await using served = await serveMetrics()
  const { client, metrics, account } = served
  const Dimensions = [{ Name: 'EndpointName', Value: 'e' }]
  const minute = 60_000
  const Timestamp = new Date(Math.floor(Date.now() / minute) * minute - 5 * minute)
  await client.send(
    new PutMetricDataCommand({
      Namespace: 'App',
      MetricData: [
        { MetricName: 'Latency', Dimensions, Timestamp, Values: [1, 2, 3], Counts: [1, 1, 8], Unit: 'Milliseconds' },
      ],
    }),
  )
  metrics.put(account, 'eu-west-1', 'AWS/SageMaker', [
    { name: 'Invocations', dimensions: { EndpointName: 'e' }, time: Timestamp, value: 1, unit: 'Count' },
  ])
  await metrics.flush()
  const listed = []
  for await (const page of paginateListMetrics({ client }, { Dimensions })) listed.push(...(page.Metrics ?? []))
  assert.deepEqual(
    listed.map(metric => `${metric.Namespace} ${metric.MetricName}`),
    ['AWS/SageMaker Invocations', 'App Latency'],
  )
  const range = { StartTime: new Date(Timestamp.getTime() - minute), EndTime: new Date() }
  const asked = { Namespace: 'App', MetricName: 'Latency', Dimensions, Period: 60, ...range }
  const { Datapoints } = await client.send(
    new GetMetricStatisticsCommand({ ...asked, Statistics: ['Sum', 'Average'], ExtendedStatistics: ['p99'] }),
  )
  assert.deepEqual(Datapoints, [
    { Timestamp, Sum: 27, Average: 2.7, Unit: 'Milliseconds', ExtendedStatistics: { p99: 3 } },
  ])
  const MetricStat = { Metric: { Namespace: 'App', MetricName: 'Latency', Dimensions }, Period: 60, Stat: 'p50' }
  for await (const page of paginateGetMetricData(
    { client },
    { MetricDataQueries: [{ Id: 'a', MetricStat }], ...range },
  )) {
    assert.deepEqual(page.MetricDataResults?.[0]?.Values, [3])
    assert.deepEqual(page.MetricDataResults?.[0]?.Timestamps, [Timestamp])
  }
  await assert.rejects(client.send(new GetMetricStatisticsCommand(asked)), {
    message: /At least one of the parameters/,
  })
})

test('the Debian CLI does the same over the query protocol', {
  skip: !existsSync('/usr/bin/aws') && 'no awscli on this machine',
}, async () => {
  await using served = await serveMetrics()
  await served.cli(
    'cloudwatch',
    'put-metric-data',
    '--namespace',
    'App',
    '--metric-name',
    'm',
    '--value',
    '4.5',
    '--dimensions',
    'a=1,b=2',
  )
  const { Metrics } = await served.cli('cloudwatch', 'list-metrics', '--namespace', 'App')
  assert.deepEqual(Metrics, [
    {
      Namespace: 'App',
      MetricName: 'm',
      Dimensions: [
        { Name: 'a', Value: '1' },
        { Name: 'b', Value: '2' },
      ],
    },
  ])
  const [start, end] = [-600_000, 120_000].map(offset => new Date(Date.now() + offset).toISOString())
  const { Datapoints } = await served.cli(
    'cloudwatch',
    'get-metric-statistics',
    '--namespace',
    'App',
    '--metric-name',
    'm',
    '--dimensions',
    'Name=b,Value=2',
    'Name=a,Value=1',
    '--start-time',
    start as string,
    '--end-time',
    end as string,
    '--period',
    '60',
    '--statistics',
    'Maximum',
  )
  assert.equal(Datapoints[0].Maximum, 4.5)
  await assert.rejects(
    served.cli(
      'cloudwatch',
      'get-metric-statistics',
      '--namespace',
      'App',
      '--metric-name',
      'm',
      '--start-time',
      start as string,
      '--end-time',
      end as string,
      '--period',
      '7',
      '--statistics',
      'Sum',
    ),
    /InvalidParameterValue.*value 7 for parameter Period/,
  )
})
