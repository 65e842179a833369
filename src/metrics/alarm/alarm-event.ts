import type { Announcement } from '../../store/announcement.ts'
import { type Alarm, queriesOf, type ToldState } from './alarm.ts'
import { longTime } from './alarm-reason.ts'

/** Source: CloudWatch User Guide, "Alarm events and EventBridge", whose examples these are. */
const event = (alarm: Alarm, detailType: string, time: number, detail: object): Announcement => ({
  ...{
    account: alarm.account,
    region: alarm.region,
    source: 'aws.cloudwatch',
    detailType,
    resources: [alarm.arn],
    time,
  },
  detail: { alarmName: alarm.name, ...detail },
})

const stateTold = ({ value, reason, reasonData, updated }: ToldState) => ({
  ...{ value, reason, timestamp: longTime(updated) },
  ...(reasonData !== undefined && { reasonData }),
})

function metricsTold({ settings }: Alarm) {
  const { queries } = queriesOf(settings)
  return queries.map(({ Id, Expression, MetricStat: stat, Label, ReturnData = true }) => ({
    id: Id,
    ...(Expression !== undefined && { expression: Expression }),
    ...(Label !== undefined && { label: Label }),
    ...(stat && {
      metricStat: {
        metric: {
          namespace: stat.Metric.Namespace,
          name: stat.Metric.MetricName,
          dimensions: Object.fromEntries((stat.Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
        },
        period: stat.Period,
        stat: stat.Stat,
        ...(stat.Unit && { unit: stat.Unit }),
      },
    }),
    returnData: ReturnData,
  }))
}

const described = ({ AlarmDescription }: Alarm['settings']) =>
  AlarmDescription === undefined ? {} : { description: AlarmDescription }

export const stateChanged = (alarm: Alarm, from: ToldState): Announcement =>
  event(alarm, 'CloudWatch Alarm State Change', alarm.state.updated, {
    state: stateTold(alarm.state),
    previousState: stateTold(from),
    configuration: { ...described(alarm.settings), metrics: metricsTold(alarm) },
  })

/** How an alarm is configured, as events and its history tell it. */
export const configurationTold = (alarm: Alarm) => ({
  ...{ alarmName: alarm.name, ...described(alarm.settings), metrics: metricsTold(alarm) },
  evaluationPeriods: alarm.settings.EvaluationPeriods,
  ...(alarm.settings.DatapointsToAlarm !== undefined && { datapointsToAlarm: alarm.settings.DatapointsToAlarm }),
  threshold: alarm.settings.Threshold,
  comparisonOperator: alarm.settings.ComparisonOperator,
  treatMissingData: alarm.settings.TreatMissingData ?? 'missing',
  actionsEnabled: alarm.settings.ActionsEnabled ?? true,
  okActions: alarm.settings.OKActions ?? [],
  alarmActions: alarm.settings.AlarmActions ?? [],
  insufficientDataActions: alarm.settings.InsufficientDataActions ?? [],
  timestamp: longTime(alarm.configured),
})

export const configurationChanged = (
  alarm: Alarm,
  operation: 'create' | 'update' | 'delete',
  now: number,
  before?: Alarm,
): Announcement =>
  event(alarm, 'CloudWatch Alarm Configuration Change', now, {
    operation,
    state: stateTold(alarm.state),
    configuration: configurationTold(alarm),
    ...(before && { previousConfiguration: configurationTold(before) }),
  })
