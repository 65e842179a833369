import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMetrics } from '../metrics.fixture.ts'
import type { AlarmAction } from './alarm-action.ts'
import { sweepAlarmHistory } from './alarm-history.ts'

const minute = 60_000
const settings = {
  ...{ AlarmName: 'high', Namespace: 'App', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
  ...{ EvaluationPeriods: 2, Threshold: 5, ComparisonOperator: 'GreaterThanThreshold' },
}
type Open = Awaited<ReturnType<typeof openMetrics>>

/** An action that notes what it was called for. */
function noting(isRepeated: boolean, kind: string) {
  const noted: string[] = []
  const action: AlarmAction = {
    arn: new RegExp(`^arn:aws:${kind}:`),
    isRepeated,
    fault: arn => (arn.endsWith(':absent') ? 'there is none.' : undefined),
    async run(_tx, arn, { alarm, from }) {
      noted.push(`${arn} ${from.value} ${alarm.state.value}`)
      return arn.endsWith(':deaf') ? 'nobody hears.' : undefined
    },
  }
  return { noted, action }
}

const later = (open: Open, minutes: number) => {
  open.clock.now = new Date(open.clock.now.getTime() + minutes * minute)
}
const put = (open: Open, Value: number, minutes = -1) =>
  open.call('PutMetricData', {
    Namespace: 'App',
    MetricData: [{ MetricName: 'Errors', Value, Timestamp: new Date(open.clock.now.getTime() + minutes * minute) }],
  })
const described = async (open: Open, name = 'high') =>
  (await open.call('DescribeAlarms', { AlarmNames: [name] })).MetricAlarms[0]
const stateOf = async (open: Open, name = 'high') => (await described(open, name))?.StateValue
const history = async (open: Open, more: object = {}): Promise<string[]> =>
  (
    await open.call('DescribeAlarmHistory', { AlarmName: 'high', ScanBy: 'TimestampAscending', ...more })
  ).AlarmHistoryItems.map(({ HistorySummary }: { HistorySummary: string }) => HistorySummary)

test('an alarm goes by what is put, minute by minute, and says why', async () => {
  const topic = noting(false, 'sns')
  const policy = noting(true, 'autoscaling')
  await using open = await openMetrics(':memory:', [topic.action, policy.action])
  const AlarmActions = ['arn:aws:sns:us-east-1:111122223333:told', 'arn:aws:autoscaling:us-east-1:111122223333:policy']
  const OKActions = ['arn:aws:sns:us-east-1:111122223333:well']
  await open.call('PutMetricAlarm', { ...settings, AlarmActions, OKActions })
  const first = await described(open)
  assert.deepEqual([first.StateValue, first.StateReason], ['INSUFFICIENT_DATA', 'Unchecked: Initial alarm creation'])

  assert.equal(await open.evaluate('high'), 33_000, 'at 12:00:30 the next look is three seconds after the full minute')
  assert.equal(await stateOf(open), 'INSUFFICIENT_DATA')
  assert.deepEqual(topic.noted, [])

  await put(open, 1, -2)
  await put(open, 1, -1)
  await open.evaluate('high')
  assert.equal(await stateOf(open), 'OK')
  assert.match(
    (await described(open)).StateReason,
    /^Threshold Crossed: 2 out of the last 2 datapoints \[1\.0 \(20\/11\/26 11:59:00\), 1\.0 \(20\/11\/26 11:58:00\)\] were not greater than the threshold \(5\.0\) \(minimum 1 datapoint for INSUFFICIENT_DATA -> OK transition\)\.$/,
  )
  for (const value of [7, 8]) {
    later(open, 1)
    await put(open, value)
  }
  await open.evaluate('high')
  const alarm = await described(open)
  assert.equal(alarm.StateValue, 'ALARM')
  const data = JSON.parse(alarm.StateReasonData)
  assert.deepEqual([data.recentDatapoints, data.threshold, data.period, data.statistic], [[7, 8], 5, 60, 'Sum'])
  assert.deepEqual(topic.noted, [`${OKActions[0]} INSUFFICIENT_DATA OK`, `${AlarmActions[0]} OK ALARM`])

  later(open, 1)
  await put(open, 9)
  await open.evaluate('high')
  assert.equal((await described(open)).StateTransitionedTimestamp.getTime(), alarm.StateTransitionedTimestamp.getTime())
  assert.equal(topic.noted.length, 2, 'a topic is told of changes only')
  assert.deepEqual(policy.noted, [`${AlarmActions[1]} OK ALARM`, `${AlarmActions[1]} ALARM ALARM`])

  later(open, 10)
  await open.evaluate('high')
  assert.equal((await described(open)).StateReason, 'Insufficient Data: 2 datapoints were unknown.')
  assert.deepEqual(await history(open), [
    'Alarm "high" created',
    'Alarm updated from INSUFFICIENT_DATA to OK',
    `Successfully executed action ${OKActions[0]}`,
    'Alarm updated from OK to ALARM',
    `Successfully executed action ${AlarmActions[0]}`,
    `Successfully executed action ${AlarmActions[1]}`,
    'Alarm updated from ALARM to INSUFFICIENT_DATA',
  ])
})

test('periods of ten seconds are looked at every ten seconds, longer ones every minute, over what has passed by then', async () => {
  await using open = await openMetrics()
  await open.call('PutMetricAlarm', { ...settings, Period: 10, EvaluationPeriods: 1 })
  const Timestamp = new Date('2026-11-20T12:00:25Z')
  const MetricData = [{ MetricName: 'Errors', Value: 9, StorageResolution: 1, Timestamp }]
  await open.call('PutMetricData', { Namespace: 'App', MetricData })
  assert.equal(await open.evaluate('high'), 3_000)
  assert.equal(await stateOf(open), 'ALARM')
  await open.call('PutMetricAlarm', { ...settings, AlarmName: 'wide', Period: 300, EvaluationPeriods: 1 })
  await put(open, 9, -1)
  assert.equal(await open.evaluate('wide'), 33_000)
  assert.equal(await stateOf(open, 'wide'), 'ALARM', 'five minutes up to the last whole one')
})

test('an expression, a percentile and few samples', async () => {
  await using open = await openMetrics()
  const metric = (Id: string) => ({
    ...{ Id, ReturnData: false },
    MetricStat: { Metric: { Namespace: 'App', MetricName: 'Errors' }, Period: 60, Stat: 'Sum' },
  })
  const { Threshold, ComparisonOperator } = settings
  const rest = { EvaluationPeriods: 1, Threshold, ComparisonOperator }
  const Metrics = [metric('m1'), metric('m2'), { Id: 'e1', Expression: 'm1 + m2', Label: 'both' }]
  await open.call('PutMetricAlarm', { AlarmName: 'sum', Metrics, ...rest })
  const percentile = { Namespace: 'App', MetricName: 'Errors', ExtendedStatistic: 'p90', Period: 60, ...rest }
  await open.call('PutMetricAlarm', { AlarmName: 'all', ...percentile, Threshold: 1 })
  const few = { EvaluateLowSampleCountPercentile: 'ignore', Threshold: 1 }
  await open.call('PutMetricAlarm', { AlarmName: 'few', ...percentile, ...few })
  await put(open, 3)
  for (const name of ['sum', 'all', 'few']) await open.evaluate(name)
  assert.equal(await stateOf(open, 'sum'), 'ALARM', '3 + 3 is more than 5')
  assert.equal(await stateOf(open, 'all'), 'ALARM')
  assert.equal(await stateOf(open, 'few'), 'INSUFFICIENT_DATA', 'a hundred samples are wanted for p90')
  const Values = Array.from({ length: 100 }, (_, index) => index)
  const Timestamp = new Date(open.clock.now.getTime() - minute)
  await open.call('PutMetricData', { Namespace: 'App', MetricData: [{ MetricName: 'Errors', Values, Timestamp }] })
  await open.evaluate('few')
  assert.equal(await stateOf(open, 'few'), 'ALARM')
  assert.deepEqual((await described(open, 'sum')).Metrics, Metrics)
})

test('actions that are off are not done, and what is configured anew meanwhile is not judged by the old configuration', async () => {
  const topic = noting(false, 'sns')
  await using open = await openMetrics(':memory:', [topic.action])
  const AlarmActions = ['arn:aws:sns:us-east-1:111122223333:told']
  await open.call('PutMetricAlarm', { ...settings, EvaluationPeriods: 1, AlarmActions })
  await open.call('DisableAlarmActions', { AlarmNames: ['high', 'absent'] })
  const wished = async () => (await open.store.db.selectFrom('work').select('key').execute()).map(({ key }) => key)
  assert.deepEqual(await wished(), ['arn:aws:cloudwatch:us-east-1:111122223333:alarm:high'])
  await put(open, 9)
  await open.evaluate('high')
  assert.deepEqual([await stateOf(open), topic.noted], ['ALARM', []])
  await open.call('EnableAlarmActions', { AlarmNames: ['high'] })
  await open.call('SetAlarmState', {
    AlarmName: 'high',
    StateValue: 'OK',
    StateReason: 'by hand',
    StateReasonData: '{}',
  })
  await open.call('SetAlarmState', { AlarmName: 'high', StateValue: 'ALARM', StateReason: 'by hand' })
  assert.deepEqual(topic.noted, [`${AlarmActions[0]} OK ALARM`])
  const judged = open.evaluate('high')
  await open.call('PutMetricAlarm', { ...settings, EvaluationPeriods: 1, Threshold: 100 })
  await judged
  await open.evaluate('high')
  assert.equal(await stateOf(open), 'OK')
})

test('a change whose action cannot be done is no change at all, and is made with the next look', async () => {
  const { action, noted } = noting(false, 'sns')
  const failing: { with?: Error } = { with: new Error('not now') }
  const run: AlarmAction['run'] = async (...given) => {
    if (failing.with) throw failing.with
    return action.run(...given)
  }
  await using open = await openMetrics(':memory:', [{ ...action, run }])
  const AlarmActions = ['arn:aws:sns:us-east-1:111122223333:told']
  await open.call('PutMetricAlarm', { ...settings, EvaluationPeriods: 1, AlarmActions })
  await open.store.db
    .insertInto('event_bus')
    .values({ account: '111122223333', region: 'us-east-1', listening: 1, last_seq: 0 })
    .execute()
  const events = async () => (await open.store.db.selectFrom('event').select('body').execute()).length
  await put(open, 9)
  await assert.rejects(open.evaluate('high'), /not now/)
  assert.deepEqual(
    [await stateOf(open), await events(), await history(open)],
    ['INSUFFICIENT_DATA', 0, ['Alarm "high" created']],
  )
  delete failing.with
  await open.evaluate('high')
  assert.deepEqual(
    [await stateOf(open), await events(), (await history(open)).length, noted.length],
    ['ALARM', 1, 3, 1],
  )
})

test('what is refused of alarms, by its name', async () => {
  await using open = await openMetrics(':memory:', [noting(false, 'sns').action])
  const { Statistic: _, ...bare } = settings
  const { AlarmName, EvaluationPeriods, Threshold, ComparisonOperator } = settings
  const stat = (Id: string, Period = 60) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'App', MetricName: 'Errors' }, Period, Stat: 'Sum' },
  })
  const ofQueries = (Metrics: object[], more: object = {}) => ({
    ...{ AlarmName, EvaluationPeriods, Threshold, ComparisonOperator, Metrics },
    ...more,
  })
  const refused: readonly (readonly [object, RegExp])[] = [
    [bare, /Exactly one of Statistic and ExtendedStatistic/],
    [{ ...settings, ExtendedStatistic: 'p99' }, /Exactly one of Statistic and ExtendedStatistic/],
    [{ ...bare, ExtendedStatistic: 'tm90' }, /The ExtendedStatistic tm90 is not served/],
    [{ ...bare, ExtendedStatistic: 'p101' }, /p101 is not served/],
    [{ ...settings, Namespace: undefined }, /Either MetricName with Namespace, or Metrics/],
    [{ ...settings, Period: 5 }, /Period must be 10, 20, 30/],
    [{ ...settings, EvaluationPeriods: undefined }, /EvaluationPeriods must be specified/],
    [{ ...settings, ComparisonOperator: undefined }, /ComparisonOperator must be specified/],
    [{ ...settings, Threshold: undefined }, /Threshold must be a number/],
    [{ ...settings, ComparisonOperator: 'GreaterThanUpperThreshold' }, /no alarms on anomaly detection/],
    [{ ...settings, ThresholdMetricId: 'ad1' }, /ThresholdMetricId is not served/],
    [{ ...settings, EvaluationInterval: 60 }, /EvaluationInterval is not served/],
    [{ ...settings, DatapointsToAlarm: 3 }, /DatapointsToAlarm must be less than or equal/],
    [{ ...settings, TreatMissingData: 'other' }, /TreatMissingData must be one of/],
    [{ ...settings, EvaluateLowSampleCountPercentile: 'ignore' }, /only with a percentile/],
    [{ ...bare, ExtendedStatistic: 'p9', EvaluateLowSampleCountPercentile: 'x' }, /must be evaluate or ignore/],
    [{ ...settings, Period: 1800, EvaluationPeriods: 49 }, /more than 1 days/],
    [{ ...settings, Period: 3600, EvaluationPeriods: 169 }, /more than 7 days/],
    [{ ...settings, Metrics: [stat('m1')] }, /MetricName cannot be specified together with Metrics/],
    [ofQueries([]), /1 to 20 queries, not 0/],
    [ofQueries([stat('m1'), stat('m2')]), /Exactly one of the Metrics must have ReturnData true/],
    [ofQueries([stat('m1', 5)]), /10 seconds at least, not 5/],
    [ofQueries([stat('m1'), { Id: 'e1', Expression: 'SEARCH("a")' }]), /Exactly one/],
    [
      ofQueries([
        { ...stat('m1'), ReturnData: false },
        { Id: 'e1', Expression: 'LAMBDA("a")' },
      ]),
      /LAMBDA is not served/,
    ],
    [{ ...settings, AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'] }, /no action of this kind is served/],
    [{ ...settings, OKActions: ['arn:aws:sns:us-east-1:1:absent'] }, /there is none/],
  ]
  for (const [input, message] of refused)
    await assert.rejects(open.call('PutMetricAlarm', input), { code: 'ValidationError', message })
  assert.deepEqual((await open.call('DescribeAlarms', {})).MetricAlarms, [])
  const unknown = { AlarmName: 'absent', StateValue: 'OK', StateReason: 'x' }
  await assert.rejects(open.call('SetAlarmState', unknown), { code: 'ResourceNotFound' })
  await open.call('PutMetricAlarm', settings)
  await assert.rejects(open.call('SetAlarmState', { ...unknown, AlarmName: 'high', StateReasonData: '{' }), {
    code: 'InvalidFormatFault',
  })
  await assert.rejects(open.call('DeleteAlarms', { AlarmNames: ['high', 'absent'] }), { code: 'ResourceNotFound' })
  assert.equal(await stateOf(open), 'INSUFFICIENT_DATA', 'none is deleted when one is not there')
})

test('alarms are listed by name, prefix, state, action and metric; a deleted one leaves its history for 30 days', async () => {
  await using open = await openMetrics(':memory:', [noting(false, 'sns').action])
  for (let index = 0; index < 5; index++) {
    const OKActions = index === 3 ? ['arn:aws:sns:us-east-1:111122223333:three'] : []
    const Dimensions = [{ Name: 'n', Value: String(index) }]
    await open.call('PutMetricAlarm', { ...settings, AlarmName: `a${index}`, OKActions, Dimensions })
  }
  await open.call('PutMetricAlarm', { ...settings, AlarmName: 'high' })
  const names = async (input: object) => {
    const found: string[] = []
    let NextToken: string | undefined
    do {
      const page = await open.call('DescribeAlarms', { ...input, NextToken })
      found.push(...page.MetricAlarms.map(({ AlarmName }: { AlarmName: string }) => AlarmName))
      NextToken = page.NextToken
    } while (NextToken)
    return found.join(' ')
  }
  assert.equal(await names({ MaxRecords: 2 }), 'a0 a1 a2 a3 a4 high')
  assert.equal(await names({ AlarmNamePrefix: 'a', MaxRecords: 3 }), 'a0 a1 a2 a3 a4')
  assert.equal(await names({ ActionPrefix: 'arn:aws:sns' }), 'a3')
  assert.equal(await names({ AlarmTypes: ['CompositeAlarm'] }), '')
  await open.call('SetAlarmState', { AlarmName: 'a4', StateValue: 'ALARM', StateReason: 'x' })
  assert.equal(await names({ StateValue: 'ALARM' }), 'a4')
  const forMetric = async (more: object) =>
    (await open.call('DescribeAlarmsForMetric', { Namespace: 'App', MetricName: 'Errors', ...more })).MetricAlarms
      .length
  assert.equal(await forMetric({}), 1)
  assert.equal(await forMetric({ Dimensions: [{ Name: 'n', Value: '2' }] }), 1)
  assert.equal(await forMetric({ Period: 300 }), 0)
  await open.call('DeleteAlarms', { AlarmNames: ['a0', 'high'] })
  assert.equal(await names({}), 'a1 a2 a3 a4')
  assert.equal(await open.evaluate('high'), undefined)
  assert.deepEqual(await history(open), ['Alarm "high" created', 'Alarm "high" deleted'])
  assert.deepEqual(await history(open, { HistoryItemType: 'StateUpdate' }), [])
  later(open, 31 * 24 * 60)
  await sweepAlarmHistory(open.store, open.clock.now)
  assert.deepEqual(await history(open), [])
})

test('tags of an alarm: given when it is made, changed and taken away; not by an update', async () => {
  await using open = await openMetrics()
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:high'
  const tags = async () => (await open.call('ListTagsForResource', { ResourceARN })).Tags
  await open.call('PutMetricAlarm', { ...settings, Tags: [{ Key: 'a', Value: '1' }] })
  await open.call('PutMetricAlarm', { ...settings, Tags: [{ Key: 'b', Value: '1' }] })
  assert.deepEqual(await tags(), [{ Key: 'a', Value: '1' }])
  await open.call('TagResource', { ResourceARN, Tags: [{ Key: 'c', Value: '2' }] })
  await open.call('UntagResource', { ResourceARN, TagKeys: ['a'] })
  assert.deepEqual(await tags(), [{ Key: 'c', Value: '2' }])
  await assert.rejects(open.call('TagResource', { ResourceARN, Tags: [{ Key: 'aws:x', Value: '' }] }), /reserved/)
  await assert.rejects(open.call('ListTagsForResource', { ResourceARN: `${ResourceARN}x` }), {
    code: 'ResourceNotFoundException',
  })
})
