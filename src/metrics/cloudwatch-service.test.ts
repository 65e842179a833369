import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMetrics } from './metrics.fixture.ts'
import { sweepMetrics } from './metrics-sweep.ts'

const minute = 60 * 1000
const day = 24 * 60 * minute
const Dimensions = [
  { Name: 'VariantName', Value: 'v' },
  { Name: 'EndpointName', Value: 'e' },
]
type Open = Awaited<ReturnType<typeof openMetrics>>
type Datapoint = Record<string, unknown> & { Timestamp: Date }

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 12) + minutes * minute)
const put = (open: Open, data: object[], Namespace = 'App') =>
  open.call('PutMetricData', { Namespace, MetricData: data })
const statistics = async (open: Open, input: object): Promise<Datapoint[]> =>
  (
    await open.call('GetMetricStatistics', {
      Namespace: 'App',
      MetricName: 'Latency',
      StartTime: at(-60),
      EndTime: at(5),
      Period: 60,
      ...input,
    })
  ).Datapoints

test('every operation of the model is served', async () => {
  await using open = await openMetrics()
  assert.deepEqual(Object.keys(open.service.operations).sort(), Object.keys(open.service.model.operations).sort())
})

test('values, counts and statistic sets come back as statistics', async () => {
  await using open = await openMetrics()
  await put(open, [
    { MetricName: 'Latency', Value: 3, Timestamp: at(-2), Unit: 'Milliseconds' },
    { MetricName: 'Latency', Values: [1, 10], Counts: [2, 1], Timestamp: at(-2), Unit: 'Milliseconds' },
    {
      MetricName: 'Latency',
      StatisticValues: { SampleCount: 2, Sum: 30, Minimum: 10, Maximum: 20 },
      Timestamp: at(-1),
      Unit: 'Milliseconds',
    },
    { MetricName: 'Latency', Value: 1, Dimensions, Timestamp: at(-1) },
  ])
  const Statistics = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum']
  const [first, second, ...rest] = await statistics(open, { Statistics, ExtendedStatistics: ['p50', 'p100'] })
  assert.deepEqual(first, {
    Timestamp: at(-2),
    Unit: 'Milliseconds',
    SampleCount: 4,
    Sum: 15,
    Average: 3.75,
    Minimum: 1,
    Maximum: 10,
    ExtendedStatistics: { p50: 1, p100: 10 },
  })
  assert.deepEqual(second?.ExtendedStatistics, {})
  assert.equal(second?.Average, 15)
  assert.deepEqual(rest, [])
  assert.equal((await statistics(open, { Statistics, Period: 300, StartTime: at(-10) }))[0]?.SampleCount, 6)
  assert.deepEqual(await statistics(open, { Statistics, Unit: 'Seconds' }), [])
  assert.equal((await statistics(open, { Statistics, Dimensions: [...Dimensions].reverse() })).length, 1)
})

test('the platform’s own data is written by itself, and by a close', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'metrics-'))
  const path = join(directory, 'store.sqlite')
  const time = new Date('2026-11-20T12:00:10Z')
  const dimensions = { TrainingJobName: 'job' }
  const asked = {
    Namespace: '/aws/sagemaker/TrainingJobs',
    MetricName: 'loss',
    Dimensions: [{ Name: 'TrainingJobName', Value: 'job' }],
    Period: 1,
    Statistics: ['Average'],
  }
  {
    await using open = await openMetrics(path)
    open.metrics.put('111122223333', 'us-east-1', '/aws/sagemaker/TrainingJobs', [
      { name: 'loss', dimensions, time, value: 0.5 },
      { name: 'loss', dimensions, time, value: Number.NaN },
    ])
    for (let tries = 0; tries < 600 && (await statistics(open, { ...asked, StartTime: time })).length === 0; tries += 1)
      await new Promise(resolve => setTimeout(resolve, 100))
    assert.equal((await statistics(open, { ...asked, StartTime: time }))[0]?.Average, 0.5)
    open.metrics.put('111122223333', 'us-east-1', '/aws/sagemaker/TrainingJobs', [
      { name: 'loss', dimensions, time, value: 1.5 },
    ])
  }
  await using again = await openMetrics(path)
  assert.deepEqual(await statistics(again, { ...asked, StartTime: time }), [
    { Timestamp: time, Unit: 'None', Average: 1, ExtendedStatistics: undefined },
  ])
  assert.deepEqual(
    await statistics(again, { ...asked, StartTime: time, EndTime: at(1), Period: 60 }).then(found => found.length),
    1,
  )
  await rm(directory, { recursive: true })
})

test('GetMetricData pages through queries either way and tells each datapoint once', async () => {
  await using open = await openMetrics()
  await put(
    open,
    Array.from({ length: 50 }, (_, index) => ({
      MetricName: index % 2 ? 'A' : 'B',
      Value: index,
      Timestamp: at(-index),
    })),
  )
  const query = (Id: string, MetricName: string, Stat = 'Sum') => ({
    Id,
    MetricStat: { Metric: { Namespace: 'App', MetricName }, Period: 60, Stat },
  })
  for (const ScanBy of ['TimestampAscending', 'TimestampDescending', undefined]) {
    const input = {
      MetricDataQueries: [
        query('a', 'A'),
        query('none', 'C'),
        { ...query('b', 'B', 'p99'), Label: 'bee' },
        { ...query('hidden', 'A'), ReturnData: false },
      ],
      StartTime: at(-60),
      EndTime: at(1),
      ScanBy,
      MaxDatapoints: 7,
    }
    const found: Record<string, number[]> = {}
    let NextToken: string | undefined
    do {
      const page = await open.call('GetMetricData', { ...input, NextToken })
      for (const { Id, Values, Timestamps, StatusCode, Label } of page.MetricDataResults) {
        assert.equal(Label, { a: 'A', none: 'C', b: 'bee' }[Id as 'a'])
        assert.equal(Values.length, Timestamps.length)
        assert.ok(StatusCode === 'Complete' || page.NextToken)
        found[Id] = [...(found[Id] ?? []), ...Values]
      }
      NextToken = page.NextToken
    } while (NextToken)
    const descending = (odd: number) => Array.from({ length: 25 }, (_, index) => index * 2 + odd)
    const expected = { a: descending(1), none: [], b: descending(0) }
    if (ScanBy === 'TimestampAscending') for (const list of [expected.a, expected.b]) list.reverse()
    assert.deepEqual(found, expected)
  }
})

test('GetMetricData aligns periods to the epoch; GetMetricStatistics to the start', async () => {
  await using open = await openMetrics()
  await put(
    open,
    [0, 1, 2, 3, 4, 5, 6].map(index => ({ MetricName: 'Latency', Value: 1, Timestamp: at(index - 10) })),
  )
  const StartTime = new Date(at(-8).getTime() + 15_000)
  const data = await open.call('GetMetricData', {
    MetricDataQueries: [
      { Id: 'a', MetricStat: { Metric: { Namespace: 'App', MetricName: 'Latency' }, Period: 300, Stat: 'Sum' } },
    ],
    StartTime,
    EndTime: at(0),
    ScanBy: 'TimestampAscending',
  })
  assert.deepEqual(data.MetricDataResults[0].Timestamps, [at(-10), at(-5)])
  assert.deepEqual(data.MetricDataResults[0].Values, [5, 2])
  const points = await statistics(open, { StartTime, EndTime: at(0), Period: 300, Statistics: ['Sum'] })
  assert.deepEqual(
    points.map(({ Timestamp, Sum }) => [Timestamp, Sum]),
    [[at(-8), 5]],
  )
})

test('GetMetricData computes expressions of metrics, over the periods that hold data', async () => {
  await using open = await openMetrics()
  const datum = (MetricName: string, minutes: number, Value: number) => ({ MetricName, Value, Timestamp: at(minutes) })
  await put(open, [datum('a', -3, 2), datum('a', -2, 4), datum('b', -3, 1), datum('b', -1, 9)])
  const metric = (Id: string) => ({
    ...{ Id, ReturnData: false },
    MetricStat: { Metric: { Namespace: 'App', MetricName: Id }, Period: 60, Stat: 'Sum' },
  })
  const ask = async (Expression: string, ScanBy = 'TimestampAscending') => {
    const MetricDataQueries = [metric('a'), metric('b'), { Id: 'e', Expression }]
    const asked = { MetricDataQueries, StartTime: at(-4), EndTime: at(0), ScanBy }
    const [found, ...more] = (await open.call('GetMetricData', asked)).MetricDataResults
    assert.deepEqual([found.Id, found.Label, more], ['e', 'e', []])
    return found.Timestamps.map((time: Date, index: number) => [
      Number(time) / minute - at(0).getTime() / minute,
      found.Values[index],
    ])
  }
  const expected = [
    [-3, 3],
    [-2, 4],
    [-1, 9],
  ]
  assert.deepEqual(await ask('SUM(METRICS())'), expected)
  assert.deepEqual(await ask('SUM(METRICS())', 'TimestampDescending'), expected.toReversed())
  assert.deepEqual(await ask('a / b'), [[-3, 2]])
  assert.deepEqual(await ask('FILL(a, 0) * 1'), [
    [-4, 0],
    [-3, 2],
    [-2, 4],
    [-1, 0],
  ])
})

test('what is wrong or not served is refused', async () => {
  await using open = await openMetrics()
  const datum = { MetricName: 'm', Value: 1 }
  const refusedPuts: [object, string, RegExp][] = [
    [{ Namespace: 'AWS/SageMaker', MetricData: [datum] }, 'InvalidParameterValueException', /AWS\//],
    [{ Namespace: 'App' }, 'MissingRequiredParameterException', /MetricData is required/],
    [{ Namespace: 'App', MetricData: [{ MetricName: 'm' }] }, 'MissingRequiredParameterException', /member\.1\.Value/],
    [
      { Namespace: 'App', MetricData: [datum, { ...datum, Values: [1] }] },
      'InvalidParameterCombinationException',
      /member\.2.*mutually exclusive/,
    ],
    [
      { Namespace: 'App', MetricData: [{ MetricName: 'm', Values: [1, 2], Counts: [1] }] },
      'InvalidParameterCombinationException',
      /same size/,
    ],
    [
      { Namespace: 'App', MetricData: [{ MetricName: 'm', Values: Array(151).fill(1) }] },
      'InvalidParameterValueException',
      /greater than 150/,
    ],
    [
      { Namespace: 'App', MetricData: [{ MetricName: 'm', Value: Number.NaN }] },
      'InvalidParameterValueException',
      /NaN/,
    ],
    [
      { Namespace: 'App', MetricData: [{ ...datum, Timestamp: new Date(open.clock.now.getTime() - 14 * day - 1) }] },
      'InvalidParameterValueException',
      /past two weeks/,
    ],
    [
      { Namespace: 'App', MetricData: [{ ...datum, Timestamp: new Date(open.clock.now.getTime() + 121 * minute) }] },
      'InvalidParameterValueException',
      /two hours/,
    ],
    [
      { Namespace: 'App', MetricData: [{ ...datum, StorageResolution: 5 }] },
      'InvalidParameterValueException',
      /StorageResolution/,
    ],
    [
      { Namespace: 'App', MetricData: [{ ...datum, Dimensions: [...Dimensions, ...Dimensions] }] },
      'InvalidParameterValueException',
      /more than once/,
    ],
    [
      { Namespace: 'App', MetricData: [datum], EntityMetricData: [] },
      'InvalidParameterValueException',
      /EntityMetricData/,
    ],
  ]
  for (const [input, code, message] of refusedPuts)
    await assert.rejects(open.call('PutMetricData', input), { code, message })
  assert.deepEqual((await open.call('ListMetrics', {})).Metrics, [])

  const refusedStatistics: [object, string, RegExp][] = [
    [{}, 'InvalidParameterCombinationException', /At least one of the parameters/],
    [{ Statistics: ['Sum'], Period: 7 }, 'InvalidParameterValueException', /value 7 for parameter Period/],
    [
      { Statistics: ['Sum'], EndTime: at(-60) },
      'InvalidParameterCombinationException',
      /less than the parameter EndTime/,
    ],
    [
      { Statistics: ['Sum'], StartTime: at(-1440) },
      'InvalidParameterCombinationException',
      /^You have requested up to 1445 datapoints, which exceeds the limit of 1440\./,
    ],
    [{ ExtendedStatistics: ['tm90'] }, 'InvalidParameterValueException', /tm90 is not served/],
  ]
  for (const [input, code, message] of refusedStatistics)
    await assert.rejects(statistics(open, input), { code, message })

  const MetricStat = { Metric: { Namespace: 'App', MetricName: 'm' }, Period: 60, Stat: 'Sum' }
  const refusedQueries: [object[], RegExp][] = [
    [[{ Id: 'A', MetricStat }], /lower-case/],
    [[{ Id: 'a', Expression: 'SUM(METRICS()' }], /"\)" is missing before "its end"/],
    [[{ Id: 'a', Expression: 'SEARCH("x", "Sum")' }], /the function SEARCH is not served/],
    [[{ Id: 'a', Expression: 'TIME_SERIES(1)', Period: 1 }], /too many datapoints/],
    [[{ Id: 'a' }], /needs a MetricStat/],
    [
      [
        { Id: 'a', MetricStat },
        { Id: 'a', MetricStat },
      ],
      /more than once/,
    ],
    [[{ Id: 'a', MetricStat, ReturnData: false }], /ReturnData/],
    [[{ Id: 'a', MetricStat: { ...MetricStat, Stat: 'IQM' } }], /IQM is not served/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch's own syntax
    [[{ Id: 'a', MetricStat, Label: '${AVG}' }], /dynamic labels/],
    [[{ Id: 'a', MetricStat, AccountId: '999999999999' }], /not linked/],
  ]
  const range = { StartTime: at(-60 * 24 * 60), EndTime: at(0) }
  for (const [MetricDataQueries, message] of refusedQueries)
    await assert.rejects(open.call('GetMetricData', { MetricDataQueries, ...range }), {
      code: 'ValidationError',
      message,
    })
  await assert.rejects(
    open.call('GetMetricData', { MetricDataQueries: [{ Id: 'a', MetricStat }], ...range, NextToken: 'x' }),
    { code: 'InvalidNextToken' },
  )
})

test('lists metrics by namespace, name, dimensions and activity, 500 a page, each account its own', async () => {
  await using open = await openMetrics()
  const data = Array.from({ length: 700 }, (_, index) => ({
    MetricName: `m${index % 7}`,
    Value: 1,
    Dimensions: [{ Name: 'i', Value: String(index) }],
  }))
  await put(open, data)
  await put(
    open,
    [
      { MetricName: 'old', Value: 1, Dimensions, Timestamp: at(-4 * 60) },
      { MetricName: 'old', Value: 1, Dimensions, Unit: 'Count', Timestamp: at(-4 * 60) },
    ],
    'Other',
  )
  const list = async (input: object, more = {}) => {
    const found: { MetricName: string; Dimensions: object[] }[] = []
    let NextToken: string | undefined
    do {
      const page = await open.call('ListMetrics', { ...input, NextToken }, more)
      assert.ok(page.Metrics.length <= 500)
      found.push(...page.Metrics)
      NextToken = page.NextToken
    } while (NextToken)
    return found
  }
  assert.equal((await list({})).length, 701)
  assert.equal((await list({ Namespace: 'App', MetricName: 'm3' })).length, 100)
  assert.equal((await list({ Dimensions: [{ Name: 'i', Value: '5' }] })).length, 1)
  assert.deepEqual(await list({ Dimensions: [{ Name: 'EndpointName' }] }), [
    { Namespace: 'Other', MetricName: 'old', Dimensions: [...Dimensions].reverse() },
  ])
  assert.equal((await list({ RecentlyActive: 'PT3H' })).length, 700)
  assert.deepEqual(await list({}, { account: '444455556666' }), [])
  assert.deepEqual(await list({}, { region: 'eu-west-1' }), [])
  open.clock.now = new Date(open.clock.now.getTime() + 15 * day)
  assert.deepEqual(await list({}), [])
})

test('a metric of 30 long dimensions is read, listed and watched as any other, however little they can be packed', async () => {
  await using open = await openMetrics()
  const dimension = (_: unknown, index: number) => ({ Name: `d${index + 10}`, Value: randomBytes(500).toString('hex') })
  const [long, other] = [Array.from({ length: 30 }, dimension), Array.from({ length: 30 }, dimension)]
  await put(open, [
    { MetricName: 'Latency', Value: 1, Dimensions: long, Timestamp: at(0) },
    { MetricName: 'Latency', Value: 2, Dimensions: other, Timestamp: at(0) },
    { MetricName: 'Latency', Value: 3, Dimensions: [...long].reverse(), Timestamp: at(0) },
  ])
  const Statistics = ['Sum', 'SampleCount']
  const [found, ...rest] = await statistics(open, { Statistics, Dimensions: long })
  assert.deepEqual([found?.Sum, found?.SampleCount, rest], [4, 2, []])
  const listed = await open.call('ListMetrics', { Dimensions: other.slice(-1) })
  assert.deepEqual(listed.Metrics, [{ Namespace: 'App', MetricName: 'Latency', Dimensions: other }])
  const watched = { Namespace: 'App', MetricName: 'Latency', Dimensions: long }
  const settings = { ComparisonOperator: 'GreaterThanThreshold', Threshold: 1, EvaluationPeriods: 1, Period: 60 }
  for (const AlarmName of ['two', 'one'])
    await open.call('PutMetricAlarm', { ...watched, ...settings, AlarmName, Statistic: 'Sum' })
  const { MetricAlarms } = await open.call('DescribeAlarmsForMetric', watched)
  assert.deepEqual(
    MetricAlarms.map(({ AlarmName }: { AlarmName: string }) => AlarmName),
    ['one', 'two'],
  )
})

test('old data grows coarse and goes, totals stay', async () => {
  await using open = await openMetrics()
  const start = at(-10)
  const metric = Array.from({ length: 300 }, (_, second) => ({
    MetricName: 'Latency',
    Value: second,
    StorageResolution: 1,
    Timestamp: new Date(start.getTime() + second * 1000),
  }))
  await put(open, metric)
  const rows = async () =>
    Object.fromEntries(
      (
        await open.store.db
          .selectFrom('metric_bucket')
          .select(eb => ['resolution', eb.fn.countAll<number>().as('count')])
          .groupBy('resolution')
          .execute()
      ).map(({ resolution, count }) => [resolution, count]),
    )
  const sum = async (Period: number) =>
    (await statistics(open, { StartTime: start, Period, Statistics: ['Sum'], ExtendedStatistics: ['p50'] })).reduce(
      (total, point) => total + Number(point.Sum),
      0,
    )
  assert.deepEqual(await rows(), { 1: 300 })
  const later = async (days: number, resolution: number) => {
    open.clock.now = new Date(start.getTime() + days * day + 2 * 60 * minute)
    await sweepMetrics(open.store, open.clock.now)
    assert.equal(await sweepMetrics(open.store, open.clock.now), 0)
    assert.deepEqual(Object.keys(await rows()), [String(resolution)])
    assert.equal(await sum(3600), 44850)
  }
  await later(1, 60)
  assert.equal(await sum(60), 44850)
  await later(16, 300)
  await later(64, 3600)
  await sweepMetrics(open.store, new Date(start.getTime() + 457 * day))
  assert.deepEqual(await rows(), {})
})
