import assert from 'node:assert/strict'
import {
  CloudWatch,
  type GetMetricDataCommandInput,
  paginateGetMetricData,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch'
import { clientOf, installation } from './installation.ts'
import { differs, parityOf, refused, verified } from './parity.ts'

const at = installation()
const parity = parityOf('CloudWatch')
const reference = verified('Amazon CloudWatch API Reference')
const guide = verified('CloudWatch User Guide, "Using math expressions with CloudWatch metrics"')
const cloudwatch = () => clientOf(CloudWatch, at)
const minute = 60_000
const begin = Math.floor(Date.now() / minute) * minute - 30 * minute
const time = (minutes: number) => new Date(begin + minutes * minute)
const range = { StartTime: time(0), EndTime: time(20) }

parity(
  'PutMetricData ListMetrics',
  reference,
  'what was put is listed, by namespace, name and dimensions',
  async () => {
    const client = cloudwatch()
    const Dimensions = [{ Name: 'EndpointName', Value: 'e' }]
    const datum = { MetricName: 'Latency', Timestamp: time(1), Value: 1 }
    await client.putMetricData({ Namespace: 'Listed', MetricData: [datum, { ...datum, Dimensions }] })
    await client.putMetricData({ Namespace: 'Listed', MetricData: [{ ...datum, MetricName: 'Other' }] })
    const list = async (input: object) => {
      const found: (string | undefined)[] = []
      for await (const { Metrics } of paginateListMetrics({ client }, { Namespace: 'Listed', ...input }))
        found.push(...(Metrics ?? []).map(({ MetricName, Dimensions: of }) => `${MetricName} ${of?.length ?? 0}`))
      return found.sort()
    }
    assert.deepEqual(await list({}), ['Latency 0', 'Latency 1', 'Other 0'])
    assert.deepEqual(await list({ MetricName: 'Latency', Dimensions: [{ Name: 'EndpointName' }] }), ['Latency 1'])
    assert.deepEqual(
      (await clientOf(CloudWatch, at, { credentials: at.stranger.credentials }).listMetrics({})).Metrics,
      [],
    )
    const both = { ...datum, Values: [1] }
    await assert.rejects(client.putMetricData({ Namespace: 'Listed', MetricData: [both] }), /Value/)
    await assert.rejects(client.putMetricData({ Namespace: 'Listed', MetricData: [{ ...datum, Value: Number.NaN }] }))
    await assert.rejects(client.putMetricData({ Namespace: 'AWS/Mine', MetricData: [datum] }), /AWS\//)
    const old = { ...datum, Timestamp: new Date(Date.now() - 15 * 24 * 60 * minute) }
    await assert.rejects(client.putMetricData({ Namespace: 'Listed', MetricData: [old] }), /Timestamp/)
  },
)

parity('PutMetricData GetMetricStatistics', reference, 'statistics and percentiles of periods', async () => {
  const client = cloudwatch()
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  for (const [minutes, factor] of [
    [1, 1],
    [2, 10],
  ] as const) {
    const Values = values.map(value => value * factor)
    const MetricData = [{ MetricName: 'Steps', Timestamp: time(minutes), Values, Unit: 'Seconds' as const }]
    await client.putMetricData({ Namespace: 'Statistics', MetricData })
  }
  const asked = { Namespace: 'Statistics', MetricName: 'Steps', Period: 60, ...range }
  const Statistics = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const
  const { Datapoints, Label } = await client.getMetricStatistics({ ...asked, Statistics: [...Statistics] })
  assert.equal(Label, 'Steps')
  assert.deepEqual(
    Datapoints?.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp)),
    [
      { Timestamp: time(1), SampleCount: 100, Sum: 5050, Average: 50.5, Minimum: 1, Maximum: 100, Unit: 'Seconds' },
      { Timestamp: time(2), SampleCount: 100, Sum: 50_500, Average: 505, Minimum: 10, Maximum: 1000, Unit: 'Seconds' },
    ],
  )
  const { Datapoints: extended } = await client.getMetricStatistics({ ...asked, ExtendedStatistics: ['p50', 'p99'] })
  const first = extended?.find(({ Timestamp }) => Timestamp?.getTime() === time(1).getTime())?.ExtendedStatistics
  assert.ok(Math.abs((first?.p50 ?? 0) - 50) <= 1 && Math.abs((first?.p99 ?? 0) - 99) <= 1, JSON.stringify(first))
  const wide = await client.getMetricStatistics({ ...asked, Period: 1200, Statistics: ['Sum'] })
  assert.equal(
    wide.Datapoints?.reduce((sum, { Sum = 0 }) => sum + Sum, 0),
    55_550,
  )
  await refused(
    client.getMetricStatistics({ ...asked, Period: 7, Statistics: ['Sum'] }),
    'InvalidParameterValueException',
    /Period/,
  )
  const backwards = { ...asked, StartTime: range.EndTime, EndTime: range.StartTime, Statistics: ['Sum' as const] }
  await refused(
    client.getMetricStatistics(backwards),
    'InvalidParameterCombinationException',
    /StartTime must be less than/,
  )
  const many = { ...asked, StartTime: time(-2000), Period: 60, Statistics: ['Sum' as const] }
  await refused(client.getMetricStatistics(many), 'InvalidParameterCombinationException', /exceeds the limit of 1440/)
})

const query = (Id: string, MetricName: string, Stat = 'Sum') => ({
  Id,
  MetricStat: { Metric: { Namespace: 'Data', MetricName }, Period: 60, Stat },
})

parity(
  'PutMetricData GetMetricData',
  reference,
  'many metrics in pages, newest first unless asked otherwise',
  async () => {
    const client = cloudwatch()
    const datum = (MetricName: string, minutes: number) => ({ MetricName, Timestamp: time(minutes), Value: minutes })
    const MetricData = [1, 2, 3].flatMap(minutes => [datum('a', minutes), datum('b', minutes)])
    await client.putMetricData({ Namespace: 'Data', MetricData })
    const read = async (input: Partial<GetMetricDataCommandInput>) => {
      const found: Record<string, number[]> = {}
      const asked = { ...range, MetricDataQueries: [query('qa', 'a'), query('qb', 'b')], ...input }
      for await (const { MetricDataResults } of paginateGetMetricData({ client }, asked))
        for (const { Id = '', Values = [] } of MetricDataResults ?? []) found[Id] = [...(found[Id] ?? []), ...Values]
      return found
    }
    assert.deepEqual(await read({}), { qa: [3, 2, 1], qb: [3, 2, 1] })
    assert.deepEqual(await read({ MaxDatapoints: 2, ScanBy: 'TimestampAscending' }), { qa: [1, 2, 3], qb: [1, 2, 3] })
    assert.deepEqual(await read({ MetricDataQueries: [query('none', 'none')] }), { none: [] })
    const twice = { ...range, MetricDataQueries: [query('qa', 'a'), query('qa', 'b')] }
    await assert.rejects(client.getMetricData(twice), /more than once/)
  },
)

parity('GetMetricData PutMetricData', guide, 'expressions of metrics are computed over their periods', async () => {
  const client = cloudwatch()
  const datum = (MetricName: string, minutes: number, Value: number) => ({
    MetricName,
    Timestamp: time(minutes),
    Value,
  })
  await client.putMetricData({ Namespace: 'Data', MetricData: [datum('x', 5, 1), datum('x', 6, 4), datum('y', 5, 2)] })
  const metrics = ['x', 'y'].map(name => ({ ...query(`q${name}`, name), ReturnData: false }))
  const ask = async (Expression: string) => {
    const MetricDataQueries = [...metrics, { Id: 'e', Expression, Label: 'made' }]
    const { MetricDataResults } = await client.getMetricData({ ...range, MetricDataQueries })
    assert.deepEqual(
      MetricDataResults?.map(({ Id, Label }) => [Id, Label]),
      [['e', 'made']],
    )
    return MetricDataResults?.[0]?.Values
  }
  assert.deepEqual(await ask('SUM(METRICS())'), [4, 3])
  assert.deepEqual(await ask('100 * qx / qy'), [50])
  assert.deepEqual(await ask('RATE(qx) * 60'), [3])
  assert.deepEqual(await ask('IF(qx > 2, qx, 0)'), [4, 0])
})

parity('GetMetricData', differs('some functions of metric math are not served'), 'refused by their names', async () => {
  const ask = (Expression: string) =>
    cloudwatch().getMetricData({
      ...range,
      MetricDataQueries: [
        { ...query('qa', 'a'), ReturnData: false },
        { Id: 'e', Expression },
      ],
    })
  for (const name of ['ANOMALY_DETECTION_BAND', 'SEARCH', 'SORT', 'SLICE', 'LAMBDA'])
    await refused(ask(`${name}(qa)`), 'ValidationException', new RegExp(`the function ${name} is not served`))
  await refused(ask('qa +'), 'ValidationException', /a value is missing before "its end"/)
})
