import { setImmediate as turn } from 'node:timers/promises'
import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Selectable } from 'kysely'
import { ServiceError } from '../ground/errors.ts'
import { quotas } from '../quotas/quotas.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import type { LogMetricFilterTable } from '../store/schema/logs-tables.ts'
import { parseExtraction, parseSelection } from './filter-selection.ts'
import { requireGroup } from './log-group.ts'
import { badToken, invalidParameter } from './logs-error.ts'
import type { Op } from './logs-operation.ts'
import { matchAll } from './match-all.ts'
import { endOfPrefix } from './prefix.ts'

type Transformation = Input<typeof Sdk, 'PutMetricFilter'>['metricTransformations'][number]

const mostFilters = quotas.logs.metricFilters.value
const mostDimensions = quotas.logs.filterDimensions.value

/** Makes a filter or replaces it. It counts what is put into the group from then on, not what is there already. */
export const putMetricFilter: Op<'PutMetricFilter'> = async (input, ctx) => {
  refuseUnserved(input)
  const { logGroupName, filterName, filterPattern } = input
  const [transformation] = input.metricTransformations as [Transformation]
  matchAll(filterPattern)
  checkTransformation(filterPattern, transformation)
  await ctx.store.transaction(async tx => {
    const group = await requireGroup(tx.db, { ...ctx, group: logGroupName })
    const rows = await tx.db.selectFrom('log_metric_filter').select('name').where('group_id', '=', group.id).execute()
    if (rows.length >= mostFilters && !rows.some(({ name }) => name === filterName))
      throw new ServiceError('LimitExceededException', 'Resource limit exceeded.')
    const row = {
      ...{ group_id: group.id, name: filterName, account: group.account, region: group.region },
      ...{ pattern: filterPattern, transformation: JSON.stringify(transformation), created: ctx.now().getTime() },
    }
    await tx.db
      .insertInto('log_metric_filter')
      .values(row)
      .onConflict(conflict => conflict.columns(['group_id', 'name']).doUpdateSet(row))
      .execute()
  })
  return {}
}

function refuseUnserved(input: Input<typeof Sdk, 'PutMetricFilter'>): void {
  if (/[:*]/.test(input.filterName)) throw invalidParameter('filterName must not hold : or *.')
  if (input.applyOnTransformedLogs)
    throw invalidParameter('applyOnTransformedLogs is not served: log events are not transformed here.')
  if (input.fieldSelectionCriteria !== undefined || input.emitSystemFieldDimensions !== undefined)
    throw invalidParameter(
      'fieldSelectionCriteria and emitSystemFieldDimensions are not served: no logs are centralized here.',
    )
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text))

/** Throws InvalidParameterException. */
function checkTransformation(pattern: string, given: Transformation): void {
  const { metricValue, dimensions = {}, defaultValue } = given
  if (!isNumber(metricValue)) {
    if (!metricValue.startsWith('$'))
      throw invalidParameter(
        `Invalid metricValue '${metricValue}': it must be a number or a selector such as $.latency or $size.`,
      )
    parseSelection(pattern, metricValue)
  }
  const names = Object.keys(dimensions)
  if (names.length > mostDimensions)
    throw invalidParameter(`A metric filter can have no more than ${mostDimensions} dimensions.`)
  if (names.length > 0 && defaultValue !== undefined)
    throw invalidParameter(
      'Invalid metric transformation: dimensions and default value are mutually exclusive properties.',
    )
  for (const selector of Object.values(dimensions)) parseSelection(pattern, selector)
}

export const deleteMetricFilter: Op<'DeleteMetricFilter'> = async ({ logGroupName, filterName }, ctx) => {
  await ctx.store.transaction(async tx => {
    const group = await requireGroup(tx.db, { ...ctx, group: logGroupName })
    const { numDeletedRows } = await tx.db
      .deleteFrom('log_metric_filter')
      .where('group_id', '=', group.id)
      .where('name', '=', filterName)
      .executeTakeFirst()
    if (numDeletedRows !== 1n)
      throw new ServiceError('ResourceNotFoundException', 'The specified metric filter does not exist.')
  })
  return {}
}

type Row = Selectable<LogMetricFilterTable> & { readonly group: string }

/** By name; of a group, or of the account, where a metric may be looked for by its name and namespace. */
export const describeMetricFilters: Op<'DescribeMetricFilters'> = async (input, ctx) => {
  const { nextToken, limit = 50, ...filters } = input
  const { logGroupName, filterNamePrefix: prefix = '', metricName, metricNamespace } = filters
  if ((metricName === undefined) !== (metricNamespace === undefined))
    throw invalidParameter('metricName and metricNamespace must be specified together.')
  const group =
    logGroupName === undefined ? undefined : await requireGroup(ctx.store.db, { ...ctx, group: logGroupName })
  const scope = ['DescribeMetricFilters', ctx.account, ctx.region, filters]
  const pages = paging<{ name: string; group: string }>(scope, nextToken, badToken)
  const found: Row[] = []
  for (let after = pages.after; found.length <= limit; ) {
    const rows = await ctx.store.db
      .selectFrom('log_metric_filter')
      .innerJoin('log_group', 'log_group.id', 'log_metric_filter.group_id')
      .selectAll('log_metric_filter')
      .select('log_group.name as group')
      .where('log_metric_filter.account', '=', ctx.account)
      .where('log_metric_filter.region', '=', ctx.region)
      .where('log_metric_filter.name', '>=', prefix)
      .where('log_metric_filter.name', '<', endOfPrefix(prefix))
      .$if(group !== undefined, query => query.where('log_metric_filter.group_id', '=', group?.id ?? ''))
      .$if(after !== undefined, query =>
        query.where(eb =>
          eb(
            eb.refTuple('log_metric_filter.name', 'log_metric_filter.group_id'),
            '>',
            eb.tuple(after?.name ?? '', after?.group ?? ''),
          ),
        ),
      )
      .orderBy('log_metric_filter.name')
      .orderBy('log_metric_filter.group_id')
      .limit(200)
      .execute()
    found.push(...rows.filter(row => isOf(row, metricName, metricNamespace)))
    const last = rows.at(-1)
    if (rows.length < 200 || !last) break
    await turn()
    after = { name: last.name, group: last.group_id }
  }
  const { items, next } = pages.cut(found, limit, row => ({ name: row.name, group: row.group_id }))
  return { metricFilters: items.map(describe), nextToken: next }
}

function isOf({ transformation }: Row, metricName: string | undefined, metricNamespace: string | undefined): boolean {
  if (metricName === undefined) return true
  const given: Transformation = JSON.parse(transformation)
  return given.metricName === metricName && given.metricNamespace === metricNamespace
}

const describe = (row: Row): Sdk.MetricFilter => ({
  filterName: row.name,
  filterPattern: row.pattern,
  metricTransformations: [JSON.parse(row.transformation)],
  creationTime: row.created,
  logGroupName: row.group,
  applyOnTransformedLogs: false,
})

/** Events by their number, from 1, that the pattern matches, and what it finds in them. */
export const testMetricFilter: Op<'TestMetricFilter'> = async ({ filterPattern, logEventMessages }) => {
  const found = await matchAll(filterPattern)(logEventMessages)
  const extract = parseExtraction(filterPattern)
  const matches = logEventMessages.flatMap((eventMessage, index) =>
    found[index] ? [{ eventNumber: index + 1, eventMessage, extractedValues: extract(eventMessage) }] : [],
  )
  return { matches }
}
