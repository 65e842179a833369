import { setImmediate as turn } from 'node:timers/promises'
import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import { invalidToken, validationError } from './cloudwatch-error.ts'
import { MathFault } from './math/math-fault.ts'
import { type Plan, planQueries, type MetricQuery as Query, readMetric, readPlan } from './math/metric-query.ts'
import type { Series } from './math/series-value.ts'
import type { Op } from './metrics-operation.ts'
import { roundStart, type Windows } from './series-data.ts'

type DataInput = Input<typeof Sdk, 'GetMetricData'>

const queryLimit = 500
const datapointLimit = 100_800
/** Datapoints of all parts of all expressions: half a second of work, in which nobody else is answered. */
const mostWork = 2_500_000

/** The next datapoint to tell: of which query, and at or beyond which time. */
type Cursor = readonly [query: number, time: number]

/**
 * Datapoints of many metrics, newest first unless asked otherwise. Periods are counted from the epoch, so that the data of one
 * period is always one datapoint. A page ends within a query: the next one goes on with the same Id.
 */
export const getMetricData: Op<'GetMetricData'> = async (input, ctx) => {
  const { NextToken, MaxDatapoints = datapointLimit, ...asked } = input
  const plans = checkInput(input, ctx)
  const pages = paging<Cursor>(['GetMetricData', ctx.account, ctx.region, asked], NextToken, invalidToken)
  const [first, time] = pages.after ?? ([0, undefined] as const)
  const results: Sdk.MetricDataResult[] = []
  let room = Math.min(MaxDatapoints, datapointLimit)
  for (const [index, query] of asked.MetricDataQueries.entries()) {
    if (index < first || query.ReturnData === false) continue
    // Five hundred queries over a day take seconds; others have their turn in between.
    await turn()
    const points = await datapoints(
      ctx,
      { query, plan: plans.get(query.Id) },
      asked,
      index === first ? time : undefined,
    )
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
  { Id, Label, MetricStat: stat }: Query,
  points: readonly Point[],
  more: boolean,
): Sdk.MetricDataResult => ({
  Id,
  Label: Label ?? stat?.Metric.MetricName ?? Id,
  Timestamps: points.map(point => new Date(point.time)),
  Values: points.map(point => point.value),
  StatusCode: more ? 'PartialData' : 'Complete',
})

interface Planned {
  readonly query: Query
  /** Of an expression. */
  readonly plan: Plan | undefined
}

/** In the order that is asked for, from `begin` on. Throws ValidationError for an expression over too many. */
async function datapoints(
  ctx: Context,
  { query, plan }: Planned,
  asked: DataInput,
  begin: number | undefined,
): Promise<Point[]> {
  const { MetricStat: stat } = query
  const points = stat
    ? [...(await readMetric(ctx.store.db, ctx, stat, windowsOf(stat.Period, asked, ctx)))]
    : [...(await computed(ctx, query, plan as Plan, asked))].map(([time, value]) => ({ time, value }))
  if (asked.ScanBy === 'TimestampAscending') return points.filter(({ time }) => begin === undefined || time >= begin)
  return points.reverse().filter(({ time }) => begin === undefined || time <= begin)
}

const periods = (seconds: number, { StartTime, EndTime }: DataInput): number =>
  Math.ceil((EndTime.getTime() - StartTime.getTime()) / (seconds * 1000)) + 1

function windowsOf(seconds: number, { StartTime, EndTime }: DataInput, ctx: Context): Windows {
  const period = seconds * 1000
  const start = roundStart(StartTime.getTime(), period, ctx.now().getTime())
  return { from: start - (start % period), to: EndTime.getTime(), period }
}

async function computed(ctx: Context, query: Query, plan: Plan, asked: DataInput): Promise<Series> {
  try {
    return await readPlan(ctx.store.db, ctx, plan, windowsOf(plan.period, asked, ctx), turn)
  } catch (error) {
    if (!(error instanceof MathFault)) throw error
    throw validationError(`The query ${query.Id}: Expression ${query.Expression}: ${error.message}`)
  }
}

/** Returns how the expressions are computed. */
function checkInput(input: DataInput, ctx: Context): ReadonlyMap<string, Plan> {
  const queries = input.MetricDataQueries
  if (queries.length > queryLimit)
    throw validationError(`MetricDataQueries can hold no more than ${queryLimit} queries.`)
  if (input.StartTime >= input.EndTime)
    throw validationError('The parameter StartTime must be less than the parameter EndTime.')
  if (input.MaxDatapoints !== undefined && input.MaxDatapoints < 1)
    throw validationError('MaxDatapoints must be positive.')
  if (queries.every(query => query.ReturnData === false)) throw validationError('No query has ReturnData true.')
  if (input.LabelOptions?.Timezone !== undefined && !/^[+-]\d{4}$/.test(input.LabelOptions.Timezone))
    throw validationError(`LabelOptions.Timezone must be like +0130, not ${input.LabelOptions.Timezone}.`)
  const planned = planQueries(queries, ctx.account)
  if (planned.fault !== undefined) throw validationError(planned.fault)
  const work = [...planned.plans.values()].reduce((sum, plan) => sum + plan.work(periods(plan.period, input)), 0)
  if (work > mostWork)
    throw validationError('The expressions come to too many datapoints: ask for fewer, or for longer periods.')
  return planned.plans
}
