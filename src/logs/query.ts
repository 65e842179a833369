import { setImmediate as turn } from 'node:timers/promises'
import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import { expiry, type GroupRow, identifiedGroup, requireGroup } from './log-group.ts'
import { badToken, invalidParameter } from './logs-error.ts'
import type { Op } from './logs-operation.ts'
import { mostResults, parseQuery } from './query-language.ts'
import {
  endQuery,
  isOpen,
  type QueryRequest,
  type QueryRow,
  type QueryStatus,
  requestOf,
  totalsOf,
} from './query-row.ts'
import type { ResultRow } from './query-run.ts'
import { QuerySyntaxError } from './query-syntax.ts'

const mostRunning = quotas.logs.queries.value
const mostGroups = quotas.logs.groupsOfQuery.value

/** Seconds since 1970, as the API has them; what is beyond the year 5000 was meant as milliseconds. */
const milliseconds = (time: number): number => (time > 95_617_584_000 ? time : time * 1000)

/** Starts a query over the events of some groups between two times; it runs on while nobody looks. */
export const startQuery: Op<'StartQuery'> = async (input, ctx) => {
  const { queryString, startTime, endTime, limit = mostResults, queryLanguage = 'CWLI' } = input
  if (queryLanguage !== 'CWLI')
    throw invalidParameter(
      `queryLanguage ${queryLanguage} is not served: only CWLI, the language of Logs Insights, is.`,
    )
  if (milliseconds(startTime) > milliseconds(endTime)) throw invalidParameter('startTime must not be after endTime.')
  readQuery(queryString)
  if (ctx.queries.running(ctx.account) >= mostRunning)
    throw new ServiceError(
      'LimitExceededException',
      `${mostRunning} queries of this account are running; wait for one to end, or stop it.`,
    )
  const groups = await groupsOf(input, ctx)
  const oldest = Math.min(...groups.map(group => expiry(group, ctx.now())))
  const request: QueryRequest = {
    query: queryString,
    groups: groups.map(({ id, name }) => ({ id, name })),
    from: Math.max(milliseconds(startTime), oldest),
    to: milliseconds(endTime),
    limit: Math.min(limit, mostResults),
    asker: ctx.principal.arn,
  }
  const row: QueryRow = {
    ...{ id: randomness.uuid(), account: ctx.account, region: ctx.region, status: 'Running' satisfies QueryStatus },
    ...{ created: ctx.now().getTime(), request: JSON.stringify(request), statistics: null, results: null },
  }
  await ctx.store.db.insertInto('log_query').values(row).execute()
  ctx.queries.start(row)
  return { queryId: row.id }
}

/** Throws MalformedQueryException with the place. */
function readQuery(query: string): void {
  try {
    parseQuery(query)
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error
    const { message, start, end } = error
    throw new ServiceError('MalformedQueryException', `${message} ([${start},${end}])`, {
      fields: { queryCompileError: { message, location: { startCharOffset: start, endCharOffset: end } } },
    })
  }
}

async function groupsOf(input: Input<typeof Sdk, 'StartQuery'>, ctx: Context): Promise<GroupRow[]> {
  const names = namesOf(input)
  if (names.length > mostGroups) throw invalidParameter(`A query can search ${mostGroups} log groups at most.`)
  return Promise.all(names.map(name => requireGroup(ctx.store.db, identifiedGroup(name, ctx))))
}

/** The groups that a query names, in whichever of its three members. Throws InvalidParameterException unless it is exactly one. */
export function namesOf(
  input: Pick<Input<typeof Sdk, 'StartQuery'>, 'logGroupName' | 'logGroupNames' | 'logGroupIdentifiers'>,
): string[] {
  const { logGroupName, logGroupNames, logGroupIdentifiers } = input
  const given = [logGroupName && [logGroupName], logGroupNames, logGroupIdentifiers].filter(
    names => names !== undefined,
  )
  const [names] = given
  if (given.length !== 1 || !names || names.length === 0)
    throw invalidParameter('Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must name log groups.')
  return [...new Set(names)]
}

async function requireQuery({ store, account, region }: Context, id: string): Promise<QueryRow> {
  const row = await store.db
    .selectFrom('log_query')
    .selectAll()
    .where('id', '=', id)
    .where('account', '=', account)
    .where('region', '=', region)
    .executeTakeFirst()
  if (!row) throw new ServiceError('ResourceNotFoundException', 'The specified query does not exist.')
  return row
}

/** The status, and once it is Complete the results, of which a page may be asked for. */
export const getQueryResults: Op<'GetQueryResults'> = async ({ queryId, nextToken, maxItems = mostResults }, ctx) => {
  const row = await requireQuery(ctx, queryId)
  if (isOpen(row)) ctx.queries.start(row)
  const rows: ResultRow[] = row.results === null ? [] : JSON.parse(row.results)
  const pages = paging<number>(['GetQueryResults', queryId], nextToken, badToken)
  const from = pages.after ?? 0
  const until = from + maxItems
  return {
    ...{ queryLanguage: 'CWLI', status: row.status as QueryStatus, statistics: totalsOf(row)?.statistics ?? nothing },
    results: rows.slice(from, until).map(fields => [...fields]),
    nextToken: until < rows.length ? pages.token(until) : undefined,
  }
}

const nothing: Sdk.QueryStatistics = {
  ...{ recordsMatched: 0, recordsScanned: 0, bytesScanned: 0, logGroupsScanned: 0 },
  ...{ estimatedRecordsSkipped: 0, estimatedBytesSkipped: 0 },
}

export const stopQuery: Op<'StopQuery'> = async ({ queryId }, ctx) => {
  const { id } = await requireQuery(ctx, queryId)
  if (!(await endQuery(ctx.store, id, 'Cancelled'))) throw invalidParameter('This query is not currently running.')
  ctx.queries.stop(id)
  return { success: true }
}

/** Queries of the last week, the newest first. */
export const describeQueries: Op<'DescribeQueries'> = async (input, ctx) => {
  const { nextToken, maxResults = 1000, ...filters } = input
  const { logGroupName, status, queryLanguage = 'CWLI' } = filters
  const pages = paging<{ created: number; id: string }>(
    ['DescribeQueries', ctx.account, ctx.region, filters],
    nextToken,
    badToken,
  )
  const found: Told[] = []
  for (let after = pages.after; found.length <= maxResults && queryLanguage === 'CWLI'; ) {
    const rows = await ctx.store.db
      .selectFrom('log_query')
      .select(['id', 'account', 'region', 'status', 'created', 'request', 'statistics'])
      .where('account', '=', ctx.account)
      .where('region', '=', ctx.region)
      .$if(after !== undefined, query =>
        query.where(eb => eb(eb.refTuple('created', 'id'), '<', eb.tuple(after?.created ?? 0, after?.id ?? ''))),
      )
      .orderBy('created', 'desc')
      .orderBy('id', 'desc')
      .limit(100)
      .execute()
    found.push(...rows.filter(row => isAsked(row, logGroupName, status)))
    const last = rows.at(-1)
    if (rows.length < 100 || !last) break
    await turn()
    after = { created: last.created, id: last.id }
  }
  const { items, next } = pages.cut(found, maxResults, ({ created, id }) => ({ created, id }))
  return { queries: items.map(describe), nextToken: next }
}

type Told = Omit<QueryRow, 'results'>

const isAsked = (row: Told, group: string | undefined, status: string | undefined): boolean =>
  (status === undefined || row.status === status) &&
  (group === undefined || requestOf(row).groups.some(({ name }) => name === group))

function describe(row: Told): Sdk.QueryInfo {
  const { query, groups, asker } = requestOf(row)
  const totals = totalsOf(row)
  return {
    ...{ queryLanguage: 'CWLI', queryId: row.id, queryString: query, status: row.status as QueryStatus },
    ...{ createTime: row.created, logGroupName: groups[0]?.name, userIdentity: asker },
    ...(totals && { queryDuration: totals.milliseconds, bytesScanned: totals.statistics.bytesScanned }),
  }
}
