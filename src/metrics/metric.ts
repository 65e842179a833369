import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import { invalidToken, invalidValue } from './cloudwatch-error.ts'
import type { Op } from './metrics-operation.ts'
import { type Dimension, readDimensions } from './series.ts'

const day = 24 * 60 * 60 * 1000

const pageSize = 500

interface ListedMetric {
  readonly place: MetricPlace
  readonly dimensions: readonly Dimension[]
}

type MetricPlace = readonly [namespace: string, name: string, dimensions: string]

/** Metrics with data of the last two weeks, or three hours (API reference, ListMetrics), 500 a page. */
export const listMetrics: Op<'ListMetrics'> = async (input, ctx) => {
  const { NextToken, ...filters } = input
  const pages = paging<MetricPlace>(['ListMetrics', ctx.account, ctx.region, filters], NextToken, invalidToken)
  const mine = input.OwningAccount === undefined || input.OwningAccount === ctx.account
  if (!mine && !input.IncludeLinkedAccounts) throw invalidValue('OwningAccount needs IncludeLinkedAccounts.')
  const found = mine ? await metricsAfter(ctx, filters, pages.after, pageSize + 1) : []
  const { items: page, next } = pages.cut(found, pageSize, last => last.place)
  return {
    Metrics: page.map(({ place: [Namespace, MetricName], dimensions }) => ({
      Namespace,
      MetricName,
      Dimensions: [...dimensions],
    })),
    OwningAccounts: input.IncludeLinkedAccounts ? page.map(() => ctx.account) : undefined,
    NextToken: next,
  }
}

type Filters = Omit<Input<typeof Sdk, 'ListMetrics'>, 'NextToken'>

/** Dimensions are text to the database, so they are filtered here, a batch at a time. */
async function metricsAfter(ctx: Context, filters: Filters, after: MetricPlace | undefined, count: number) {
  const { Namespace, MetricName, RecentlyActive, Dimensions = [] } = filters
  const since = ctx.now().getTime() - (RecentlyActive ? day / 8 : 14 * day)
  const found: ListedMetric[] = []
  let last = after
  while (found.length < count) {
    const rows = await ctx.store.db
      .selectFrom('metric_series')
      .select(eb => ['namespace', 'name', 'dimensions', eb.fn.max<string>('long_dimensions').as('long')])
      .groupBy(['namespace', 'name', 'dimensions'])
      .where('account', '=', ctx.account)
      .where('region', '=', ctx.region)
      .where('last_time', '>=', since)
      .$if(Namespace !== undefined, query => query.where('namespace', '=', Namespace ?? ''))
      .$if(MetricName !== undefined, query => query.where('name', '=', MetricName ?? ''))
      .$if(last !== undefined, query =>
        query.where(eb =>
          eb(
            eb.refTuple('namespace', 'name', 'dimensions'),
            '>',
            eb.tuple(...((last ?? ['', '', '']) as [string, string, string])),
          ),
        ),
      )
      .orderBy('namespace')
      .orderBy('name')
      .orderBy('dimensions')
      .limit(1000)
      .execute()
    const metrics = rows.map(({ namespace, name, dimensions, long }) => ({
      place: [namespace, name, dimensions] as const,
      dimensions: readDimensions(long || dimensions),
    }))
    found.push(...metrics.filter(({ dimensions }) => hasDimensions(dimensions, Dimensions)))
    last = metrics.at(-1)?.place
    if (rows.length < 1000) break
  }
  return found.slice(0, count)
}

/** A metric may have more dimensions than are asked for; a filter without a value asks for the name only. */
const hasDimensions = (
  dimensions: readonly Dimension[],
  wanted: readonly { Name: string; Value?: string }[],
): boolean =>
  wanted.every(filter =>
    dimensions.some(
      ({ Name, Value }) => Name === filter.Name && (filter.Value === undefined || Value === filter.Value),
    ),
  )
