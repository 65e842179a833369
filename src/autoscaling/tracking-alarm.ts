import { ServiceError } from '../ground/errors.ts'
import { type AlarmSettings, alarmArn, findAlarm } from '../metrics/alarm/alarm.ts'
import { checkAlarm } from '../metrics/alarm/alarm-check.ts'
import { configure } from '../metrics/alarm/put-metric-alarm.ts'
import type { Context } from '../service/context.ts'
import type { Transaction } from '../store/store.ts'
import { autoscalingError } from './autoscaling-error.ts'
import type { TrackingConfiguration } from './policy-configuration.ts'
import type { ScaledName } from './scaled-name.ts'

/** An alarm that a policy made for itself. */
export interface TrackingAlarm {
  readonly name: string
  readonly arn: string
  readonly tracks: 'high' | 'low'
}

interface Made {
  readonly policyArn: string
  readonly resource: string
  readonly scaled: ScaledName
  readonly configuration: TrackingConfiguration
}

/**
 * Makes or changes the two alarms of a policy: three minutes above the target, a quarter of an hour below nine tenths of it, as AWS's own are. There
 * is none for fewer instances where scaling in is disabled. Throws ValidationException for a metric that no alarm takes.
 */
export async function putTrackingAlarms(
  tx: Transaction,
  ctx: Pick<Context, 'account' | 'region' | 'now'>,
  made: Made,
  known: readonly TrackingAlarm[],
  newId: () => string,
): Promise<TrackingAlarm[]> {
  const ways = made.configuration.DisableScaleIn ? (['high'] as const) : (['high', 'low'] as const)
  const alarms: TrackingAlarm[] = []
  for (const tracks of ways) {
    const before = known.find(alarm => alarm.tracks === tracks)
    const title = tracks === 'high' ? 'AlarmHigh' : 'AlarmLow'
    const name = before?.name ?? `TargetTracking-${made.resource}-${title}-${newId()}`
    const settings = settingsOf(made, name, tracks)
    try {
      checkAlarm(settings, ctx.account)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      throw autoscalingError.invalid(`No alarm can be made on the metric: ${error.message}`)
    }
    const arn = alarmArn(ctx, name)
    await configure(tx, ctx, settings, await findAlarm(tx.db, arn))
    alarms.push({ name, arn, tracks })
  }
  return alarms
}

function settingsOf(
  { policyArn, scaled, configuration }: Made,
  AlarmName: string,
  tracks: 'high' | 'low',
): AlarmSettings {
  const { TargetValue } = configuration
  const rule =
    tracks === 'high'
      ? { EvaluationPeriods: 3, Threshold: TargetValue, ComparisonOperator: 'GreaterThanThreshold' as const }
      : { EvaluationPeriods: 15, Threshold: TargetValue * 0.9, ComparisonOperator: 'LessThanThreshold' as const }
  return {
    ...{ AlarmName, AlarmActions: [policyArn], ...rule, ...metricOf(configuration, scaled) },
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policyArn}.`,
  }
}

const Period = 60

function metricOf(
  { CustomizedMetricSpecification: customized }: TrackingConfiguration,
  scaled: ScaledName,
): Partial<AlarmSettings> {
  if (!customized) {
    const [MetricName, dimensions] =
      scaled.component === undefined
        ? ['InvocationsPerInstance', { EndpointName: scaled.endpoint, VariantName: scaled.variant }]
        : ['InvocationsPerCopy', { InferenceComponentName: scaled.component }]
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
    return { Namespace: 'AWS/SageMaker', MetricName, Dimensions, Statistic: 'Sum', Period }
  }
  const { Metrics, ...metric } = customized
  if (!Metrics) return { ...(metric as Partial<AlarmSettings>), Period }
  return {
    Metrics: Metrics.map(({ MetricStat: stat, ...query }) => ({
      ...query,
      ...(stat && { MetricStat: { ...stat, Period } }),
    })) as NonNullable<AlarmSettings['Metrics']>,
  }
}
