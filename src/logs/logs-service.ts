import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import { createChunkWriter } from './chunk-writer.ts'
import { filterLogEvents } from './filter-log-events.ts'
import { getLogEvents } from './get-log-events.ts'
import { createLiveTails, type LiveTails } from './live-tail.ts'
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  describeLogGroups,
  groupArn,
  namedGroup,
  parseGroupArn,
  putRetentionPolicy,
} from './log-group.ts'
import { createLogStream, deleteLogStream, describeLogStreams } from './log-stream.ts'
import {
  listTagsForResource,
  listTagsLogGroup,
  tagLogGroup,
  tagResource,
  untagLogGroup,
  untagResource,
} from './log-tag.ts'
import type { LogsParts } from './logs-operation.ts'
import { deleteMetricFilter, describeMetricFilters, putMetricFilter, testMetricFilter } from './metric-filter.ts'
import { putLogEvents } from './put-log-events.ts'
import { describeQueries, getQueryResults, namesOf, startQuery, stopQuery } from './query.ts'
import { createQueryRunner, type QueryRunnerParts } from './query-runner.ts'
import { startLiveTail, tailedGroups } from './start-live-tail.ts'

/** CloudWatch Logs. */
export function createLogsService(parts: QueryRunnerParts & { now: () => Date; tails?: LiveTails }): Service {
  const { store, now, tails = createLiveTails(createChunkWriter(store, now)) } = parts
  const injected: LogsParts = { writeChunks: tails.writeChunks, queries: createQueryRunner(parts), tails }
  return service<SdkApi<typeof Sdk>, LogsParts>({
    model: 'logs',
    parts: () => injected,
    operations: allAsk<SdkApi<typeof Sdk>, LogsParts>(access, {
      CreateLogGroup: createLogGroup,
      CreateLogStream: createLogStream,
      DeleteLogGroup: deleteLogGroup,
      DeleteLogStream: deleteLogStream,
      DeleteMetricFilter: deleteMetricFilter,
      DeleteRetentionPolicy: deleteRetentionPolicy,
      DescribeLogGroups: describeLogGroups,
      DescribeLogStreams: describeLogStreams,
      DescribeMetricFilters: describeMetricFilters,
      DescribeQueries: describeQueries,
      FilterLogEvents: filterLogEvents,
      GetLogEvents: getLogEvents,
      GetQueryResults: getQueryResults,
      ListTagsForResource: listTagsForResource,
      ListTagsLogGroup: listTagsLogGroup,
      PutLogEvents: putLogEvents,
      PutMetricFilter: putMetricFilter,
      PutRetentionPolicy: putRetentionPolicy,
      StartLiveTail: startLiveTail,
      StartQuery: startQuery,
      StopQuery: stopQuery,
      TagLogGroup: tagLogGroup,
      TagResource: tagResource,
      TestMetricFilter: testMetricFilter,
      UntagLogGroup: untagLogGroup,
      UntagResource: untagResource,
    }),
  })
}

interface Named {
  readonly logGroupName?: string
  readonly logGroupIdentifier?: string
  readonly logGroupNames?: string[]
  readonly logGroupIdentifiers?: string[]
  readonly logStreamName?: string
  readonly resourceArn?: string
  readonly tags?: unknown
  readonly tagKeys?: readonly string[]
  readonly unmask?: boolean
}

/**
 * Resources as the Service Authorization Reference lists them. Where it takes a group, AWS asks for `…:log-group:NAME:log-stream:`,
 * which policies meet with `…:log-group:NAME:*`; tags are asked of `…:log-group:NAME`.
 */
async function access(named: Named, ctx: Context, operation: string): Promise<Access[]> {
  if (ofNoGroup.has(operation)) return [{ action: `logs:${operation}`, resource: '*' }]
  if (operation === 'StartQuery')
    return (await Promise.all(namesOf(named).map(name => groupAccess(oneGroup(name), ctx, operation)))).flat()
  if (operation === 'StartLiveTail') {
    tailedGroups(named.logGroupIdentifiers ?? [], ctx)
    return (
      await Promise.all((named.logGroupIdentifiers ?? []).map(name => groupAccess(oneGroup(name), ctx, operation)))
    ).flat()
  }
  return groupAccess(named, ctx, operation)
}

/** Actions for which the Service Authorization Reference has no resource. */
const ofNoGroup = new Set(['DescribeQueries', 'GetQueryResults', 'StopQuery', 'TestMetricFilter'])

const oneGroup = (logGroupIdentifier: string): Named => ({ logGroupIdentifier })

async function groupAccess(named: Named, ctx: Context, operation: string): Promise<Access[]> {
  const tagged = named.resourceArn === undefined ? undefined : parseGroupArn(named.resourceArn)
  const group = tagged ?? ownGroup(named, ctx)
  const resource = tagged ? groupArn(tagged) : `${groupArn(group)}:log-stream:${named.logStreamName ?? ''}`
  const asked = {
    resource,
    owner: group.account,
    conditions: {
      ...tagConditions(named.tags),
      ...(named.tagKeys && { 'aws:TagKeys': named.tagKeys }),
      ...(await resourceTags(groupArn(group), ctx)),
    },
  }
  const actions = named.unmask ? [operation, 'Unmask'] : [operation]
  return actions.map(action => ({ action: `logs:${action}`, ...asked }))
}

const ownGroup = (named: Named, ctx: Context) =>
  named.logGroupName === undefined && named.logGroupIdentifier === undefined
    ? { account: ctx.account, region: ctx.region, group: '' }
    : namedGroup(named, ctx)

/** Tags of the group. No policy of a user binds an account's root. */
async function resourceTags(arn: string, { principal, store }: Context): Promise<Record<string, string>> {
  if (principal.kind === 'root') return {}
  const rows = await store.db.selectFrom('tag').select(['key', 'value']).where('arn', '=', arn).execute()
  return Object.fromEntries(rows.map(({ key, value }) => [`aws:ResourceTag/${key}`, value]))
}

/** `aws:RequestTag/KEY` and `aws:TagKeys` of requests that bring tags; UntagLogGroup brings only their keys. */
function tagConditions(tags: unknown): Record<string, string | string[]> {
  if (typeof tags !== 'object' || tags === null) return {}
  if (Array.isArray(tags)) return { 'aws:TagKeys': tags }
  const entries = Object.entries(tags as Record<string, string>)
  return {
    'aws:TagKeys': entries.map(([key]) => key),
    ...Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  }
}
