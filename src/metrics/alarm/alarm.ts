import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Selectable } from 'kysely'
import { ServiceError } from '../../ground/errors.ts'
import type { Input } from '../../service/operation.ts'
import type { Db } from '../../store/database.ts'
import { indexedDimensions } from '../../store/schema/long-dimensions.ts'
import type { MetricAlarmTable } from '../../store/schema/metrics-tables.ts'
import type { MetricQuery, Place } from '../math/metric-query.ts'
import { writeDimensions } from '../series.ts'
import { type AlarmRule, type AlarmState, type Comparison, type Treatment, treatments } from './alarm-decision.ts'

/** How an alarm is configured: what PutMetricAlarm was given, but for its tags. */
export type AlarmSettings = Omit<Input<typeof Sdk, 'PutMetricAlarm'>, 'Tags'>

/** What an alarm's state was told to be; times in milliseconds. */
export interface ToldState {
  readonly value: AlarmState
  readonly reason: string
  readonly reasonData?: string
  /** When any of it changed. */
  readonly updated: number
  /** When the value changed. */
  readonly transitioned: number
}

export interface Alarm extends Place {
  readonly arn: string
  readonly name: string
  readonly settings: AlarmSettings
  /** When it was configured, in milliseconds. */
  readonly configured: number
  readonly state: ToldState
  readonly version: number
}

export const alarmArn = ({ account, region }: Place, name: string): string =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`

/** An alarm as its row has it. */
export function readAlarm(row: Selectable<MetricAlarmTable>): Alarm {
  const { arn, account, region, name, version } = row
  const { settings, configured, state } = JSON.parse(row.document) as Pick<Alarm, 'settings' | 'configured' | 'state'>
  return { arn, account, region, name, version, settings, configured, state }
}

export function writeAlarm({
  arn,
  account,
  region,
  name,
  version,
  settings,
  configured,
  state,
}: Alarm): MetricAlarmTable {
  return {
    ...{ arn, account, region, name, version, state: state.value },
    namespace: settings.Namespace ?? '',
    metric: settings.MetricName ?? '',
    dimensions: settings.MetricName === undefined ? '' : indexedDimensions(writeDimensions(settings.Dimensions ?? [])),
    document: JSON.stringify({ settings, configured, state }),
  }
}

export async function findAlarm(db: Db, arn: string): Promise<Alarm | undefined> {
  const row = await db.selectFrom('metric_alarm').selectAll().where('arn', '=', arn).executeTakeFirst()
  return row && readAlarm(row)
}

/** Throws ResourceNotFound, with the name. */
export async function requireAlarm(db: Db, place: Place, name: string): Promise<Alarm> {
  const found = await findAlarm(db, alarmArn(place, name))
  if (!found) throw new ServiceError('ResourceNotFound', `Unknown alarm: ${name}`)
  return found
}

/** What decides about an alarm of its settings, which were checked. */
export function ruleOf(settings: AlarmSettings): AlarmRule {
  const { EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods, Threshold = 0, ComparisonOperator } = settings
  return {
    comparison: ComparisonOperator as Comparison,
    threshold: Threshold,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    missing: treatments.find(one => one === settings.TreatMissingData) ?? usualTreatment(settings),
    ...(settings.EvaluateLowSampleCountPercentile === 'ignore' && { leastSamples: leastSamples(settings) }),
  }
}

/** Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data". */
const usualTreatment = ({ Namespace }: AlarmSettings): Treatment =>
  Namespace === 'AWS/DynamoDB' ? 'ignore' : 'missing'

/** Source: CloudWatch User Guide, "Percentile-based alarms and low data samples". */
function leastSamples({ ExtendedStatistic = 'p50' }: AlarmSettings): number {
  const part = Number(ExtendedStatistic.slice(1)) / 100
  const least = part >= 0.5 ? 10 / (1 - part) : 10 / part
  return Number.isFinite(least) ? Math.round(least) : 0
}

/** What an alarm watches, as queries of which one is the alarm's. */
export function queriesOf(settings: AlarmSettings): {
  queries: readonly MetricQuery[]
  watched: MetricQuery | undefined
} {
  const { Metrics: queries = [single(settings)] } = settings
  return {
    queries,
    watched: queries.length === 1 ? queries[0] : queries.find(({ ReturnData }) => ReturnData !== false),
  }
}

function single(settings: AlarmSettings): MetricQuery {
  const { Namespace, MetricName, Dimensions, Period = 60, Statistic, ExtendedStatistic = '', Unit } = settings
  const Metric = {
    ...(Namespace && { Namespace }),
    ...(MetricName && { MetricName }),
    ...(Dimensions && { Dimensions }),
  }
  return { Id: 'm1', MetricStat: { Metric, Period, Stat: Statistic ?? ExtendedStatistic, ...(Unit && { Unit }) } }
}

/** As DescribeAlarms tells it. */
export const alarmView = ({ arn, settings, configured, state }: Alarm): Sdk.MetricAlarm => ({
  ...(settings as Sdk.MetricAlarm),
  AlarmArn: arn,
  AlarmConfigurationUpdatedTimestamp: new Date(configured),
  ActionsEnabled: settings.ActionsEnabled ?? true,
  OKActions: settings.OKActions ?? [],
  AlarmActions: settings.AlarmActions ?? [],
  InsufficientDataActions: settings.InsufficientDataActions ?? [],
  Dimensions: settings.Dimensions ?? [],
  StateValue: state.value,
  StateReason: state.reason,
  ...(state.reasonData !== undefined && { StateReasonData: state.reasonData }),
  StateUpdatedTimestamp: new Date(state.updated),
  StateTransitionedTimestamp: new Date(state.transitioned),
})
