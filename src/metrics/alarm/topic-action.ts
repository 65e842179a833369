import type { Iam } from '../../service/iam.ts'
import { publishToTopic } from '../../sns/publish-to-topic.ts'
import { parseTopicArn } from '../../sns/topic-arn.ts'
import { queriesOf } from './alarm.ts'
import type { AlarmAction, AlarmCall } from './alarm-action.ts'
import { longTime } from './alarm-reason.ts'

/** Alarms that tell topics of their region, once at each change. Whether a topic takes it is its owner's word; why not is in the alarm's history. */
export const createTopicAction = (parts: { readonly iam: Pick<Iam, 'authorize'> }): AlarmAction => ({
  arn: /^arn:aws:sns:/,
  isRepeated: false,
  fault(arn, { region }) {
    const topic = parseTopicArn(arn)
    if (!topic) return 'it is no ARN of a topic.'
    return topic.region === region ? undefined : `its topic is not in ${region}, where the alarm is.`
  },
  async run(tx, topicArn, call) {
    const { alarm } = call
    const published = await publishToTopic(tx, parts, {
      ...{ topicArn, subject: subjectOf(call), message: JSON.stringify(messageOf(call)) },
      ...{ service: 'cloudwatch.amazonaws.com', sourceArn: alarm.arn, sourceAccount: alarm.account },
    })
    return 'refused' in published ? published.refused : undefined
  },
})

/** SNS takes a hundred printable characters. */
const subjectOf = ({ alarm }: AlarmCall): string =>
  `${alarm.state.value}: "${alarm.name}" in ${alarm.region}`.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100)

/** As CloudWatch's messages are read by whoever takes them; the region by its code. */
function messageOf({ alarm, from }: AlarmCall) {
  const { settings, state } = alarm
  return {
    AlarmName: alarm.name,
    AlarmDescription: settings.AlarmDescription ?? null,
    AWSAccountId: alarm.account,
    AlarmConfigurationUpdatedTimestamp: longTime(alarm.configured),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: longTime(state.updated),
    Region: alarm.region,
    AlarmArn: alarm.arn,
    OldStateValue: from.value,
    OKActions: settings.OKActions ?? [],
    AlarmActions: settings.AlarmActions ?? [],
    InsufficientDataActions: settings.InsufficientDataActions ?? [],
    Trigger: { ...watched(alarm), ...ruleTold(alarm) },
  }
}

const ruleTold = ({ settings }: AlarmCall['alarm']) => ({
  Period: settings.Period,
  EvaluationPeriods: settings.EvaluationPeriods,
  DatapointsToAlarm: settings.DatapointsToAlarm,
  ComparisonOperator: settings.ComparisonOperator,
  Threshold: settings.Threshold,
  TreatMissingData: settings.TreatMissingData ?? 'missing',
  EvaluateLowSampleCountPercentile: settings.EvaluateLowSampleCountPercentile ?? '',
})

/** Of one metric its parts, of an expression the queries; AWS's spelling of either. */
function watched({ settings }: AlarmCall['alarm']) {
  if (settings.Metrics) return { Metrics: queriesOf(settings).queries }
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Unit = null, Dimensions = [] } = settings
  return {
    ...{ MetricName, Namespace, Unit },
    ...(Statistic
      ? { StatisticType: 'Statistic', Statistic: Statistic.toUpperCase() }
      : { StatisticType: 'ExtendedStatistic', ExtendedStatistic }),
    Dimensions: Dimensions.map(({ Name, Value }) => ({ name: Name, value: Value })),
  }
}
