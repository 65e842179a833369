import { setImmediate as turn } from 'node:timers/promises'
import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { ServiceError } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import { invalidToken, validationError } from './cloudwatch-error.ts'
import type { Op } from './metrics-operation.ts'
import { writeDimensions } from './series.ts'
import { findSeries, isPeriod, readWindows, roundStart } from './series-data.ts'
import { needsValues, parseStatistic } from './statistic.ts'

type DataInput = Input<typeof Sdk, 'GetMetricData'>
type Query = DataInput['MetricDataQueries'][number]

const queryLimit = 500
const datapointLimit = 100_800

/** The next datapoint to tell: of which query, and at or beyond which time. */
type Cursor = readonly [query: number, time: number]

/**
 * Datapoints of many metrics, newest first unless asked otherwise. Periods are counted from the epoch, so that the data of one
 * period is always one datapoint. A page ends within a query: the next one goes on with the same Id.
 */
export const getMetricData: Op<'GetMetricData'> = async (input, ctx) => {
  const { NextToken, MaxDatapoints = datapointLimit, ...asked } = input
  checkInput(input, ctx)
  const pages = paging<Cursor>(['GetMetricData', ctx.account, ctx.region, asked], NextToken, invalidToken)
  const [first, time] = pages.after ?? ([0, undefined] as const)
  const results: Sdk.MetricDataResult[] = []
  let room = Math.min(MaxDatapoints, datapointLimit)
  for (const [index, query] of asked.MetricDataQueries.entries()) {
    if (index < first || query.ReturnData === false) continue
    // Five hundred queries over a day take seconds; others have their turn in between.
    await turn()
    const points = await datapoints(ctx, query, asked, index === first ? time : undefined)
    const page = points.slice(0, room)
    const next = points[room]
    results.push(describeResult(query, page, next !== undefined))
    if (next) return { MetricDataResults: results, NextToken: pages.token([index, next.time]), Messages: [] }
    room -= page.length
  }
  return { MetricDataResults: results, Messages: [] }
}

interface Point {
  readonly time: number
  readonly value: number
}

const describeResult = (
  { Id, Label, MetricStat }: Query,
  points: readonly Point[],
  more: boolean,
): Sdk.MetricDataResult => ({
  Id,
  Label: Label ?? MetricStat?.Metric.MetricName,
  Timestamps: points.map(point => new Date(point.time)),
  Values: points.map(point => point.value),
  StatusCode: more ? 'PartialData' : 'Complete',
})

async function datapoints(ctx: Context, query: Query, asked: DataInput, begin: number | undefined): Promise<Point[]> {
  const { Metric, Period, Stat, Unit } = query.MetricStat as NonNullable<Query['MetricStat']>
  const period = Period * 1000
  const start = roundStart(asked.StartTime.getTime(), period, ctx.now().getTime())
  const windows = { from: start - (start % period), to: asked.EndTime.getTime(), period }
  const name = {
    namespace: Metric.Namespace ?? '',
    name: Metric.MetricName ?? '',
    dimensions: writeDimensions(Metric.Dimensions ?? []),
  }
  const series = await findSeries(ctx.store.db, { account: ctx.account, region: ctx.region, ...name, unit: Unit })
  const ids = series.map(({ id }) => id)
  const of = parseStatistic(Stat)
  const found = await readWindows(ctx.store.db, ids, windows, needsValues(Stat))
  const points = found.flatMap(({ time, bucket }) => {
    const value = of(bucket)
    return value === undefined ? [] : [{ time, value }]
  })
  if (asked.ScanBy === 'TimestampAscending') return points.filter(({ time }) => begin === undefined || time >= begin)
  return points.reverse().filter(({ time }) => begin === undefined || time <= begin)
}

function checkInput(input: DataInput, ctx: Context): void {
  const queries = input.MetricDataQueries
  if (queries.length > queryLimit)
    throw validationError(`MetricDataQueries can hold no more than ${queryLimit} queries.`)
  if (input.StartTime >= input.EndTime)
    throw validationError('The parameter StartTime must be less than the parameter EndTime.')
  if (input.MaxDatapoints !== undefined && input.MaxDatapoints < 1)
    throw validationError('MaxDatapoints must be positive.')
  const repeated = queries.find(({ Id }, index) => queries.findIndex(other => other.Id === Id) !== index)
  if (repeated) throw validationError(`The Id ${repeated.Id} is in MetricDataQueries more than once.`)
  if (queries.every(query => query.ReturnData === false)) throw validationError('No query has ReturnData true.')
  if (input.LabelOptions?.Timezone !== undefined && !/^[+-]\d{4}$/.test(input.LabelOptions.Timezone))
    throw validationError(`LabelOptions.Timezone must be like +0130, not ${input.LabelOptions.Timezone}.`)
  for (const query of queries) {
    const fault = queryFault(query, ctx.account)
    if (fault) throw validationError(`The query ${query.Id}: ${fault}`)
  }
}

function queryFault(
  { Id, Expression, MetricStat, Label, Period, AccountId }: Query,
  account: string,
): string | undefined {
  if (!/^[a-z]\w*$/.test(Id))
    return 'its Id must begin with a lower-case letter and hold letters, digits and underscores only.'
  if (Expression !== undefined && MetricStat !== undefined)
    return 'it may have an Expression or a MetricStat, not both.'
  if (Expression !== undefined) return `metric math is not served, so the Expression ${Expression} cannot be computed.`
  if (!MetricStat) return 'it needs a MetricStat.'
  if (Period !== undefined) return 'its Period belongs into MetricStat.'
  if (AccountId !== undefined && AccountId !== account) return `account ${AccountId} is not linked to this one.`
  if (Label?.includes('${')) return `dynamic labels are not served: ${Label}`
  if (!isPeriod(MetricStat.Period))
    return `its Period ${MetricStat.Period} must be 1, 5, 10, 20, 30 or a multiple of 60, at most 86400.`
  if (!MetricStat.Metric.Namespace || !MetricStat.Metric.MetricName)
    return 'its Metric needs a Namespace and a MetricName.'
  return statisticFault(MetricStat.Stat)
}

function statisticFault(name: string): string | undefined {
  try {
    parseStatistic(name)
  } catch (error) {
    return (error as ServiceError).message
  }
}
