import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Input } from '../service/operation.ts'
import { invalidCombination, invalidValue } from './cloudwatch-error.ts'
import type { Bucket } from './metric-bucket.ts'
import type { Op } from './metrics-operation.ts'
import { writeDimensions } from './series.ts'
import { findSeries, isPeriod, readWindows, roundStart } from './series-data.ts'
import { needsValues, parseStatistic } from './statistic.ts'

const datapointLimit = 1440

/** Datapoints of one metric, in order of time, for each unit its own. Periods are counted from the rounded start. */
export const getMetricStatistics: Op<'GetMetricStatistics'> = async (input, ctx) => {
  const { Namespace, MetricName, Dimensions = [], Period, Unit } = input
  const simple = (input.Statistics ?? []).map(name => ({ name, of: parseStatistic(name) }))
  const extended = (input.ExtendedStatistics ?? []).map(name => ({ name, of: parseStatistic(name) }))
  const [from, to] = checkRange(input, ctx.now().getTime())
  const series = await findSeries(ctx.store.db, {
    account: ctx.account,
    region: ctx.region,
    namespace: Namespace,
    name: MetricName,
    dimensions: writeDimensions(Dimensions),
    unit: Unit,
  })
  const values = extended.some(({ name }) => needsValues(name))
  const Datapoints: Sdk.Datapoint[] = []
  for (const { id, unit } of series)
    for (const { time, bucket } of await readWindows(ctx.store.db, [id], { from, to, period: Period * 1000 }, values))
      Datapoints.push({
        Timestamp: new Date(time),
        Unit: unit as Sdk.StandardUnit,
        ...Object.fromEntries(simple.map(({ name, of }) => [name, of(bucket)])),
        ExtendedStatistics: extended.length > 0 ? extendedValues(extended, bucket) : undefined,
      })
  return { Label: MetricName, Datapoints }
}

const extendedValues = (
  extended: readonly { name: string; of: (bucket: Bucket) => number | undefined }[],
  bucket: Bucket,
) =>
  Object.fromEntries(
    extended.flatMap(({ name, of }) => (of(bucket) === undefined ? [] : [[name, of(bucket) as number]])),
  )

function checkRange(input: Input<typeof Sdk, 'GetMetricStatistics'>, now: number): [from: number, to: number] {
  const { StartTime, EndTime, Period, Statistics, ExtendedStatistics } = input
  if (!Statistics && !ExtendedStatistics)
    throw invalidCombination('At least one of the parameters Statistics and ExtendedStatistics must be specified.')
  if (!isPeriod(Period))
    throw invalidValue(
      `The value ${Period} for parameter Period is invalid: it must be 1, 5, 10, 20, 30 or a multiple of 60, at most 86400.`,
    )
  if (StartTime >= EndTime) throw invalidCombination('The parameter StartTime must be less than the parameter EndTime.')
  const from = roundStart(StartTime.getTime(), Period * 1000, now)
  const count = Math.ceil((EndTime.getTime() - from) / (Period * 1000))
  if (count > datapointLimit)
    throw invalidCombination(
      `You have requested up to ${count} datapoints, which exceeds the limit of ${datapointLimit}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    )
  return [from, EndTime.getTime()]
}
