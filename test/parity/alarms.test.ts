import assert from 'node:assert/strict'
import { CloudWatch, type PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SNS } from '@aws-sdk/client-sns'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { clientOf, installation } from './installation.ts'
import { differs, eventually, parityOf, refused, unverified, verified } from './parity.ts'
import { userWith } from './user.ts'

const at = installation()
const parity = parityOf('CloudWatch')
const reference = verified('Amazon CloudWatch API Reference')
const cloudwatch = () => clientOf(CloudWatch, at)
const minute = 60_000
const arnOf = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`

const alarm = (AlarmName: string, more: Partial<PutMetricAlarmCommandInput> = {}): PutMetricAlarmCommandInput => ({
  ...{ AlarmName, Namespace: AlarmName, MetricName: 'Errors', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
  ...{ Threshold: 5, ComparisonOperator: 'GreaterThanThreshold', ...more },
})

const put = (Namespace: string, Value: number) =>
  cloudwatch().putMetricData({
    Namespace,
    MetricData: [{ MetricName: 'Errors', Value, Timestamp: new Date(Date.now() - 2 * minute) }],
  })

parity(
  'PutMetricAlarm DescribeAlarms DescribeAlarmHistory PutMetricData',
  reference,
  'an alarm is evaluated by what is put, and its change is announced as CloudWatch does',
  async () => {
    const client = cloudwatch()
    const events = clientOf(EventBridge, at)
    const logGroupName = '/aws/events/alarms'
    await at.owner.logs.createLogGroup({ logGroupName })
    await events.putRule({ Name: 'alarms', EventPattern: JSON.stringify({ source: ['aws.cloudwatch'] }) })
    const Arn = `arn:aws:logs:us-east-1:123456789012:log-group:${logGroupName}`
    await events.putTargets({ Rule: 'alarms', Targets: [{ Id: 'log', Arn }] })
    await put('told', 9)
    await client.putMetricAlarm(
      alarm('told', { AlarmDescription: 'many', DatapointsToAlarm: 1, TreatMissingData: 'ignore' }),
    )
    const [found] = await eventually(
      async () => (await client.describeAlarms({ AlarmNames: ['told'] })).MetricAlarms ?? [],
      ([one]) => one?.StateValue === 'ALARM',
    )
    assert.deepEqual(
      [found?.AlarmArn, found?.ActionsEnabled, found?.Threshold, found?.DatapointsToAlarm],
      [arnOf('told'), true, 5, 1],
    )
    assert.match(
      found?.StateReason ?? '',
      /^Threshold Crossed: 1 out of the last 1 datapoints \[9\.0 \(.*\)\] was greater than the threshold \(5\.0\)/,
    )
    const { AlarmHistoryItems = [] } = await client.describeAlarmHistory({ AlarmName: 'told' })
    assert.deepEqual(
      AlarmHistoryItems.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary]),
      [
        ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
        ['ConfigurationUpdate', 'Alarm "told" created'],
      ],
    )
    const logged = async () => (await at.owner.logs.filterLogEvents({ logGroupName })).events ?? []
    const told = (await eventually(logged, ({ length }) => length === 2)).map(({ message = '' }) => JSON.parse(message))
    assert.deepEqual(
      told.map(event => [event['detail-type'], event.resources]),
      [
        ['CloudWatch Alarm Configuration Change', [arnOf('told')]],
        ['CloudWatch Alarm State Change', [arnOf('told')]],
      ],
    )
    const { alarmName, state, previousState, configuration } = told[1].detail
    assert.deepEqual([alarmName, state.value, previousState.value], ['told', 'ALARM', 'INSUFFICIENT_DATA'])
    assert.equal(JSON.parse(state.reasonData).recentDatapoints[0], 9)
    assert.equal(configuration.description, 'many')
    assert.deepEqual(configuration.metrics[0].metricStat, {
      ...{ metric: { namespace: 'told', name: 'Errors', dimensions: {} }, period: 60, stat: 'Sum' },
    })
  },
)

parity(
  'PutMetricAlarm DescribeAlarmsForMetric SetAlarmState EnableAlarmActions DisableAlarmActions DeleteAlarms DescribeAlarms',
  reference,
  'an alarm of an expression and one of a metric, found, set, switched off and deleted',
  async () => {
    const client = cloudwatch()
    const MetricStat = { Metric: { Namespace: 'life', MetricName: 'Errors' }, Period: 60, Stat: 'Sum' }
    const Metrics = [
      { Id: 'm1', MetricStat, ReturnData: false },
      { Id: 'e1', Expression: 'FILL(m1, 0) * 100', Label: 'percent' },
    ]
    const math = { AlarmName: 'life-math', Metrics, EvaluationPeriods: 3, Threshold: 1 }
    await client.putMetricAlarm({ ...math, ComparisonOperator: 'LessThanThreshold' })
    await client.putMetricAlarm(alarm('life', { Dimensions: [{ Name: 'a', Value: 'b' }], Unit: 'Count' }))
    const metric = { Namespace: 'life', MetricName: 'Errors', Dimensions: [{ Name: 'a', Value: 'b' }] }
    const { MetricAlarms } = await client.describeAlarmsForMetric(metric)
    assert.deepEqual(
      MetricAlarms?.map(({ AlarmName }) => AlarmName),
      ['life'],
    )
    await client.disableAlarmActions({ AlarmNames: ['life'] })
    const enabled = async () =>
      (await client.describeAlarms({ AlarmNames: ['life'] })).MetricAlarms?.[0]?.ActionsEnabled
    assert.equal(await enabled(), false)
    await client.enableAlarmActions({ AlarmNames: ['life'] })
    assert.equal(await enabled(), true)
    await client.setAlarmState({ AlarmName: 'life', StateValue: 'ALARM', StateReason: 'a test' })
    const { AlarmHistoryItems } = await client.describeAlarmHistory({
      AlarmName: 'life',
      HistoryItemType: 'StateUpdate',
    })
    assert.ok(AlarmHistoryItems?.some(({ HistorySummary }) => HistorySummary?.endsWith('to ALARM')))
    await refused(
      client.setAlarmState({ AlarmName: 'none', StateValue: 'OK', StateReason: 'a test' }),
      'ResourceNotFound',
      /none/,
    )
    const prefixed = await client.describeAlarms({ AlarmNamePrefix: 'life' })
    assert.deepEqual(
      prefixed.MetricAlarms?.map(({ AlarmName, Metrics: told }) => [AlarmName, told?.length ?? 0]),
      [
        ['life', 0],
        ['life-math', 2],
      ],
    )
    assert.deepEqual(
      (await clientOf(CloudWatch, at, { credentials: at.stranger.credentials }).describeAlarms({})).MetricAlarms,
      [],
    )
    await refused(client.deleteAlarms({ AlarmNames: ['life', 'none'] }), 'ResourceNotFound', /none/)
    await client.deleteAlarms({ AlarmNames: ['life', 'life-math'] })
    assert.deepEqual((await client.describeAlarms({ AlarmNamePrefix: 'life' })).MetricAlarms, [])
  },
)

parity(
  'PutMetricAlarm SetAlarmState DescribeAlarmHistory',
  verified('CloudWatch User Guide, "Using Amazon CloudWatch alarms"; its messages are what their receivers document'),
  'an alarm tells a topic of its change, and its history tells of a topic that does not take it',
  async () => {
    const client = cloudwatch()
    const sns = clientOf(SNS, at)
    using receiver = await openReceiver()
    const { TopicArn = '' } = await sns.createTopic({ Name: 'alarms' })
    await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: receiver.url })
    const [asked] = await eventually(
      async () => receiver.documents('SubscriptionConfirmation'),
      found => found.length > 0,
    )
    await sns.confirmSubscription({ TopicArn, Token: asked?.Token })
    const AlarmActions = [TopicArn, `${TopicArn}-absent`]
    await client.putMetricAlarm(
      alarm('loud', { AlarmActions, AlarmDescription: 'too many', TreatMissingData: 'ignore' }),
    )
    await client.setAlarmState({ AlarmName: 'loud', StateValue: 'OK', StateReason: 'quiet' })
    await client.setAlarmState({ AlarmName: 'loud', StateValue: 'ALARM', StateReason: 'a test' })
    const [told] = await eventually(
      async () => receiver.documents('Notification'),
      found => found.length > 0,
    )
    assert.equal(told?.Subject, 'ALARM: "loud" in us-east-1')
    const { Trigger, ...message } = JSON.parse(told?.Message ?? '')
    assert.deepEqual(
      [message.AlarmName, message.AlarmDescription, message.AlarmArn, message.AWSAccountId, message.Region],
      ['loud', 'too many', arnOf('loud'), '123456789012', 'us-east-1'],
    )
    assert.deepEqual([message.OldStateValue, message.NewStateValue, message.NewStateReason], ['OK', 'ALARM', 'a test'])
    assert.deepEqual(
      [Trigger.MetricName, Trigger.Statistic, Trigger.Threshold, Trigger.ComparisonOperator],
      ['Errors', 'SUM', 5, 'GreaterThanThreshold'],
    )
    const { AlarmHistoryItems = [] } = await client.describeAlarmHistory({
      AlarmName: 'loud',
      HistoryItemType: 'Action',
    })
    const summaries = AlarmHistoryItems.map(({ HistorySummary = '' }) => HistorySummary)
    assert.ok(summaries.includes(`Successfully executed action ${TopicArn}`), String(summaries))
    assert.ok(
      summaries.some(text => text.startsWith(`Failed to execute action ${TopicArn}-absent. Topic `)),
      String(summaries),
    )
    const elsewhere = alarm('never', { AlarmActions: [TopicArn.replace('us-east-1', 'eu-west-1')] })
    await refused(client.putMetricAlarm(elsewhere), 'ValidationException', /its topic is not in us-east-1/)
  },
)

parity('PutMetricAlarm TagResource UntagResource ListTagsForResource', reference, 'tags of an alarm', async () => {
  const client = cloudwatch()
  const ResourceARN = arnOf('tagged')
  await client.putMetricAlarm(alarm('tagged', { Tags: [{ Key: 'team', Value: 'red' }] }))
  await client.tagResource({ ResourceARN, Tags: [{ Key: 'stage', Value: 'test' }] })
  await client.untagResource({ ResourceARN, TagKeys: ['team'] })
  assert.deepEqual((await client.listTagsForResource({ ResourceARN })).Tags, [{ Key: 'stage', Value: 'test' }])
  await refused(client.listTagsForResource({ ResourceARN: arnOf('none') }), 'ResourceNotFoundException', /none/)
})

parity(
  'PutMetricAlarm DescribeAlarms DeleteAlarms',
  verified('Service Authorization Reference, Amazon CloudWatch'),
  'by the alarm, its tags and its actions, before anything is told',
  async () => {
    await cloudwatch().putMetricAlarm(alarm('mine', { Tags: [{ Key: 'team', Value: 'red' }] }))
    const allow = (Action: string, Resource: string, Condition?: object) => ({
      ...{ Effect: 'Allow', Action, Resource },
      ...(Condition && { Condition }),
    })
    const credentials = await userWith(at, 'watcher', [
      allow('cloudwatch:DescribeAlarms', '*', { StringEquals: { 'aws:ResourceTag/team': 'red' } }),
      allow('cloudwatch:PutMetricAlarm', arnOf('mine*')),
    ])
    const user = clientOf(CloudWatch, at, { credentials })
    const denied = (call: Promise<unknown>, action: string) =>
      refused(
        call,
        'AccessDeniedException',
        new RegExp(`not authorized to perform: cloudwatch:${action} on resource: `),
      )
    assert.equal((await user.describeAlarms({ AlarmNames: ['mine'] })).MetricAlarms?.length, 1)
    await denied(user.describeAlarms({ AlarmNames: ['mine', 'absent'] }), 'DescribeAlarms')
    await denied(user.describeAlarms({}), 'DescribeAlarms')
    await user.putMetricAlarm(alarm('mine-too'))
    await denied(user.putMetricAlarm(alarm('yours')), 'PutMetricAlarm')
    await denied(user.deleteAlarms({ AlarmNames: ['mine'] }), 'DeleteAlarms')
  },
)

parity(
  'PutMetricAlarm DescribeAlarms DescribeAlarmHistory',
  differs('no anomaly detection, no composite alarms, no alarms on logs; AWS serves them'),
  'what is not served is refused by its name',
  async () => {
    const client = cloudwatch()
    const refuse = (more: Partial<PutMetricAlarmCommandInput>, message: RegExp) =>
      refused(client.putMetricAlarm(alarm('never', more)), 'ValidationException', message)
    await refuse({ ComparisonOperator: 'GreaterThanUpperThreshold' }, /anomaly detection/)
    await refuse({ ThresholdMetricId: 'ad1' }, /ThresholdMetricId/)
    await refuse({ Statistic: undefined, ExtendedStatistic: 'tm90' }, /tm90/)
    await refuse({ AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'] }, /ec2:stop: no action of this kind/)
    await refused(client.describeAlarms({ ChildrenOfAlarmName: 'x' }), 'InvalidParameterValueException', /composite/)
    const composite = await client.describeAlarms({ AlarmTypes: ['CompositeAlarm'] })
    assert.deepEqual([composite.MetricAlarms, composite.CompositeAlarms], [[], []])
    const asked = { AlarmName: 'x', AlarmContributorId: 'c' }
    await refused(client.describeAlarmHistory(asked), 'InvalidParameterCombinationException', /AlarmContributorId/)
    await refused(
      client.putCompositeAlarm({ AlarmName: 'both', AlarmRule: 'ALARM(a)' }),
      'UnknownOperationException',
      /PutCompositeAlarm/,
    )
  },
)

parity(
  'PutMetricAlarm',
  unverified('AWS’s texts are not documented; its codes are'),
  'the rules of an alarm',
  async () => {
    const client = cloudwatch()
    const refuse = (more: Partial<PutMetricAlarmCommandInput>, message: RegExp) =>
      refused(client.putMetricAlarm(alarm('never', more)), 'ValidationException', message)
    await refuse({ Statistic: undefined }, /Exactly one of Statistic and ExtendedStatistic/)
    await refuse({ Period: 7 }, /Period must be 10, 20, 30/)
    await refuse({ DatapointsToAlarm: 2 }, /DatapointsToAlarm/)
    await refuse({ TreatMissingData: 'maybe' }, /TreatMissingData/)
    await refuse({ EvaluateLowSampleCountPercentile: 'ignore' }, /percentile/)
    await refuse({ Period: 3600, EvaluationPeriods: 200 }, /7 days/)
    await refuse({ Metrics: [{ Id: 'm1' }] }, /together with Metrics/)
  },
)
