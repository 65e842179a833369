import { ServiceError } from '../../ground/errors.ts'
import { validationError } from '../cloudwatch-error.ts'
import { planQueries } from '../math/metric-query.ts'
import { isPeriod } from '../series-data.ts'
import { parseStatistic } from '../statistic.ts'
import { type AlarmSettings, queriesOf } from './alarm.ts'
import { comparisons, treatments } from './alarm-decision.ts'

/** Members of the API for what this installation does not do. */
const unserved = {
  ThresholdMetricId: 'alarms on anomaly detection',
  EvaluationWindow: 'alarms whose windows are not as long as their periods',
  WarmUpConfiguration: 'alarms that warm up',
  EvaluationCriteria: 'alarms on queries',
  EvaluationInterval: 'alarms on queries',
  ActionConfiguration: 'actions that are configured',
} as const

const ofOneMetric = [
  'MetricName',
  'Namespace',
  'Dimensions',
  'Period',
  'Unit',
  'Statistic',
  'ExtendedStatistic',
] as const

const day = 24 * 60 * 60
const hour = 60 * 60

/** Throws ValidationError, as AWS does, for settings that are no alarm or ask for what is not served. Source: API Reference, PutMetricAlarm. */
export function checkAlarm(settings: AlarmSettings, account: string): void {
  for (const [member, what] of Object.entries(unserved))
    if (settings[member as keyof typeof unserved] !== undefined)
      throw validationError(`${member} is not served here: there are no ${what}.`)
  const fault = settings.Metrics ? queryFault(settings, account) : metricFault(settings)
  if (fault !== undefined) throw validationError(fault)
  checkRule(settings)
}

function metricFault(settings: AlarmSettings): string | undefined {
  const { MetricName, Namespace, Period, Statistic, ExtendedStatistic } = settings
  if (MetricName === undefined || Namespace === undefined)
    return 'Either MetricName with Namespace, or Metrics, must be specified.'
  if ((Statistic === undefined) === (ExtendedStatistic === undefined))
    return 'Exactly one of Statistic and ExtendedStatistic must be specified.'
  if (Period === undefined || !isAlarmPeriod(Period))
    return `Period must be 10, 20, 30 or a multiple of 60, at most 86400, not ${Period}.`
  if (ExtendedStatistic !== undefined) return statisticFault(ExtendedStatistic)
}

const isAlarmPeriod = (seconds: number): boolean => seconds >= 10 && isPeriod(seconds)

function statisticFault(name: string): string | undefined {
  if (!name.startsWith('p')) return `The ExtendedStatistic ${name} is not served: give a percentile such as p99.`
  try {
    parseStatistic(name)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return error.message
  }
}

/** AWS takes so many queries of one alarm. */
const mostQueries = 20
/** Datapoints of all parts of an expression at each evaluation. */
const mostWork = 500_000

function queryFault(settings: AlarmSettings, account: string): string | undefined {
  const more = ofOneMetric.find(member => settings[member] !== undefined)
  if (more) return `${more} cannot be specified together with Metrics.`
  const { queries, watched } = queriesOf(settings)
  if (queries.length === 0 || queries.length > mostQueries)
    return `Metrics must hold 1 to ${mostQueries} queries, not ${queries.length}.`
  if (queries.length > 1 && queries.filter(({ ReturnData }) => ReturnData !== false).length !== 1)
    return 'Exactly one of the Metrics must have ReturnData true.'
  const planned = planQueries(queries, account)
  if (planned.fault !== undefined) return planned.fault
  const plan = planned.plans.get(watched?.Id ?? '')
  const period = plan?.period ?? watched?.MetricStat?.Period ?? 0
  if (!isAlarmPeriod(period)) return `The period of an alarm is 10 seconds at least, not ${period}.`
  if (plan && plan.work((settings.EvaluationPeriods ?? 1) + 2) > mostWork)
    return 'The expression comes to too many datapoints for so many EvaluationPeriods.'
}

function checkRule(settings: AlarmSettings): void {
  const { EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, Threshold } = settings
  if (EvaluationPeriods === undefined) throw validationError('EvaluationPeriods must be specified.')
  if (ComparisonOperator === undefined) throw validationError('ComparisonOperator must be specified.')
  if (!Object.hasOwn(comparisons, ComparisonOperator))
    throw validationError(
      `ComparisonOperator ${ComparisonOperator} is not served here: there are no alarms on anomaly detection.`,
    )
  if (Threshold === undefined || !Number.isFinite(Threshold)) throw validationError('Threshold must be a number.')
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods)
    throw validationError('DatapointsToAlarm must be less than or equal to EvaluationPeriods.')
  if (settings.TreatMissingData !== undefined && !treatments.some(one => one === settings.TreatMissingData))
    throw validationError(`TreatMissingData must be one of ${treatments.join(', ')}, not ${settings.TreatMissingData}.`)
  checkLowSamples(settings)
  checkSpan(settings, EvaluationPeriods)
}

function checkLowSamples({ EvaluateLowSampleCountPercentile: given, ExtendedStatistic }: AlarmSettings): void {
  if (given === undefined) return
  if (given !== 'evaluate' && given !== 'ignore')
    throw validationError(`EvaluateLowSampleCountPercentile must be evaluate or ignore, not ${given}.`)
  if (ExtendedStatistic === undefined)
    throw validationError(
      'EvaluateLowSampleCountPercentile can be specified only with a percentile as ExtendedStatistic.',
    )
}

/** Periods of an hour and more may come to a week, others to a day. */
function checkSpan(settings: AlarmSettings, periods: number): void {
  const period = settings.Period ?? longestPeriod(settings)
  const most = period >= hour ? 7 * day : day
  if (period * periods > most)
    throw validationError(
      `Metrics cannot be checked across more than ${most / day} days: Period times EvaluationPeriods is ${period * periods} seconds.`,
    )
}

const longestPeriod = ({ Metrics = [] }: AlarmSettings): number =>
  Math.max(...Metrics.map(({ MetricStat: stat, Period }) => stat?.Period ?? Period ?? 0))

/** Whether metric alarms are asked for, as they are when nothing is said; there are no others. */
export const asksMetricAlarms = (types: readonly string[] | undefined): boolean =>
  types === undefined || types.length === 0 || types.includes('MetricAlarm')
