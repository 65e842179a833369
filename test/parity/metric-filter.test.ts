import assert from 'node:assert/strict'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogs,
  type MetricTransformation,
  type PutMetricFilterCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'
import { clientOf, installation } from './installation.ts'
import { eventually, parityOf, refused, unverified, verified } from './parity.ts'

const at = installation(async ({ owner: { logs } }) => {
  for (const logGroupName of ['app', 'other']) {
    await logs.createLogGroup({ logGroupName })
    await logs.createLogStream({ logGroupName, logStreamName: 'one' })
  }
})
const parity = parityOf('CloudWatch Logs')
const guide = verified('Amazon CloudWatch Logs User Guide, "Creating metrics from log events using filters"')
const minute = 60_000
const now = Math.floor(Date.now() / minute) * minute - 10 * minute

const filter = (
  filterName: string,
  filterPattern: string,
  transformation: Partial<MetricTransformation> = {},
): PutMetricFilterCommandInput => ({
  ...{ logGroupName: 'app', filterName, filterPattern },
  metricTransformations: [{ metricName: filterName, metricNamespace: 'App', metricValue: '1', ...transformation }],
})

const put = (logGroupName: string, ...messages: readonly string[]) =>
  at.owner.logs.putLogEvents({
    ...{ logGroupName, logStreamName: 'one' },
    logEvents: messages.map(message => ({ timestamp: now, message })),
  })

/** The sum and the count of a metric, once there is one. */
async function statistics(MetricName: string, Dimensions: { Name: string; Value: string }[] = []) {
  const cloudWatch = clientOf(CloudWatch, at)
  const times = { StartTime: new Date(now - minute), EndTime: new Date(now + minute), Period: 60 }
  const { Datapoints } = await eventually(
    () =>
      cloudWatch.getMetricStatistics({
        ...{ Namespace: 'App', MetricName, Dimensions, ...times, Statistics: ['Sum', 'SampleCount'] },
      }),
    answer => (answer.Datapoints?.length ?? 0) > 0,
  )
  return [Datapoints?.[0]?.Sum, Datapoints?.[0]?.SampleCount, Datapoints?.[0]?.Unit]
}

parity(
  'PutMetricFilter',
  guide,
  'what is put from then on becomes a metric: counted, taken from a field, by dimensions',
  async () => {
    const { logs } = at.owner
    await put('app', 'ERROR before there was a filter')
    await logs.putMetricFilter(filter('errors', 'ERROR', { unit: 'Count' }))
    await logs.putMetricFilter(filter('latency', '{ $.ms = * }', { metricValue: '$.ms', unit: 'Milliseconds' }))
    const sizes = filter('sizes', '[method, path, code = 2*, size]', {
      metricValue: '$size',
      dimensions: { Method: '$method' },
    })
    await logs.putMetricFilter(sizes)
    await put('app', 'ERROR one', 'ERROR two', 'fine', '{"ms": 12.5}', '{"ms": "7.5"}', '{"ms": "soon"}')
    await put('app', 'GET /a 200 10', 'GET /b 500 99', 'PUT /a 201 5', 'GET /c 204 30')
    await put('other', 'ERROR elsewhere')
    assert.deepEqual(await statistics('errors'), [2, 2, 'Count'])
    assert.deepEqual(await statistics('latency'), [20, 2, 'Milliseconds'])
    assert.deepEqual(await statistics('sizes', [{ Name: 'Method', Value: 'GET' }]), [40, 2, 'None'])
    assert.deepEqual(await statistics('sizes', [{ Name: 'Method', Value: 'PUT' }]), [5, 1, 'None'])
  },
)

parity(
  'DescribeMetricFilters PutMetricFilter DeleteMetricFilter DescribeLogGroups DeleteLogGroup',
  guide,
  'filters by group, name and metric, in pages; they go with their group',
  async () => {
    const { logs } = at.owner
    await logs.createLogGroup({ logGroupName: 'described' })
    const made = { logGroupName: 'described' }
    for (const name of ['a', 'b', 'c']) await logs.putMetricFilter({ ...filter(`listed-${name}`, name), ...made })
    await logs.putMetricFilter({ ...filter('listed-a', 'A', { metricNamespace: 'New' }), ...made })
    const first = await logs.describeMetricFilters({ ...made, limit: 2 })
    const rest = await logs.describeMetricFilters({ ...made, limit: 2, nextToken: first.nextToken })
    const names = [first, rest].map(({ metricFilters }) => metricFilters?.map(({ filterName }) => filterName))
    assert.deepEqual(names, [['listed-a', 'listed-b'], ['listed-c']])
    const byMetric = await logs.describeMetricFilters({ metricName: 'listed-a', metricNamespace: 'New' })
    const [found] = byMetric.metricFilters ?? []
    assert.deepEqual([found?.filterPattern, found?.logGroupName], ['A', 'described'])
    const byPrefix = await logs.describeMetricFilters({ filterNamePrefix: 'listed-' })
    assert.equal(byPrefix.metricFilters?.length, 3)
    assert.deepEqual((await at.stranger.logs.describeMetricFilters({})).metricFilters, [])
    const count = async () =>
      (await logs.describeLogGroups({ logGroupNamePrefix: 'described' })).logGroups?.[0]?.metricFilterCount
    assert.equal(await count(), 3)
    await logs.deleteMetricFilter({ ...made, filterName: 'listed-b' })
    await refused(
      logs.deleteMetricFilter({ ...made, filterName: 'listed-b' }),
      'ResourceNotFoundException',
      /metric filter/,
    )
    assert.equal(await count(), 2)
    await logs.deleteLogGroup(made)
    assert.deepEqual((await logs.describeMetricFilters({ filterNamePrefix: 'listed-' })).metricFilters, [])
  },
)

parity(
  'TestMetricFilter',
  verified('Amazon CloudWatch Logs API Reference, TestMetricFilter'),
  'tells which messages match, by their numbers, and the values in them',
  async () => {
    const { logs } = at.owner
    const test = async (filterPattern: string, ...logEventMessages: string[]) =>
      (await logs.testMetricFilter({ filterPattern, logEventMessages })).matches?.map(
        ({ eventNumber, extractedValues }) => [eventNumber, extractedValues],
      )
    assert.deepEqual(await test('ERROR', 'ok', '[ERROR] 400 BAD REQUEST'), [[2, {}]])
    assert.deepEqual(await test('[ip, user, ..., size > 100]', '127.0.0.1 frank GET /a 1534', '127.0.0.1 frank 20'), [
      [1, { $ip: '127.0.0.1', $user: 'frank', $3: 'GET', $4: '/a', $size: '1534' }],
    ])
    assert.deepEqual(
      await test('{ $.code = 404 && $.user.name = "a*" }', '{"code":404,"user":{"name":"ann"}}', 'no JSON'),
      [[1, { '$.code': '404', '$.user.name': 'ann' }]],
    )
  },
)

parity(
  'PutMetricFilter',
  unverified('the texts are ours; the rules are of the API Reference'),
  'what cannot be a metric is refused',
  async () => {
    const { logs } = at.owner
    const refuse = (input: PutMetricFilterCommandInput, says: RegExp) =>
      refused(logs.putMetricFilter(input), 'InvalidParameterException', says)
    await refuse(filter('no', '{ $.a'), /no closing brace/)
    await refuse(filter('no', 'ERROR', { metricValue: 'many' }), /must be a number or a selector/)
    await refuse(filter('no', 'ERROR', { metricValue: '$.ms' }), /has no such field/)
    await refuse(filter('no', '[a, b]', { metricValue: '$c' }), /has no such field/)
    await refuse(filter('no:', 'ERROR'), /must not hold|failed to satisfy/)
    const dimensions = { A: '$.a', B: '$.b', C: '$.c' }
    await refuse(filter('no', '{ $.a = 1 }', { dimensions: { ...dimensions, D: '$.d' } }), /no more than 3 dimensions/)
    await refuse(filter('no', '{ $.a = 1 }', { dimensions, defaultValue: 0 }), /mutually exclusive/)
    await refuse({ ...filter('no', 'ERROR'), applyOnTransformedLogs: true }, /not served/)
    await refuse({ ...filter('no', 'ERROR'), fieldSelectionCriteria: 'x' }, /not served/)
    const nowhere = logs.putMetricFilter({ ...filter('no', 'ERROR'), logGroupName: 'nowhere' })
    await refused(nowhere, 'ResourceNotFoundException', /log group/)
    await logs.createLogGroup({ logGroupName: 'full' })
    for (let index = 0; index < 100; index++)
      await logs.putMetricFilter({ ...filter(`f${index}`, 'x'), logGroupName: 'full' })
    const more = clientOf(CloudWatchLogs, at).putMetricFilter({ ...filter('f100', 'x'), logGroupName: 'full' })
    await refused(more, 'LimitExceededException', 'Resource limit exceeded.')
    await logs.putMetricFilter({ ...filter('f99', 'y'), logGroupName: 'full' })
  },
)
