import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Selectable } from 'kysely'
import type { Context } from '../service/context.ts'
import type { LogStreamName } from '../service/logs.ts'
import { paging } from '../service/page.ts'
import type { LogStreamTable } from '../store/schema/logs-tables.ts'
import type { Store, Transaction } from '../store/store.ts'
import { newId } from './chunk-writer.ts'
import { type GroupRow, groupArn, namedGroup, requireGroup } from './log-group.ts'
import { badToken, invalidParameter, streamExists, streamNotFound } from './logs-error.ts'
import type { Op } from './logs-operation.ts'
import { endOfPrefix } from './prefix.ts'

export type StreamRow = Selectable<LogStreamTable>

export const findStream = (db: Store['db'] | Transaction['db'], name: LogStreamName): Promise<StreamRow | undefined> =>
  db
    .selectFrom('log_stream')
    .innerJoin('log_group', 'log_group.id', 'log_stream.group_id')
    .selectAll('log_stream')
    .where('log_group.account', '=', name.account)
    .where('log_group.region', '=', name.region)
    .where('log_group.name', '=', name.group)
    .where('log_stream.name', '=', name.stream)
    .executeTakeFirst()

/** Sequence tokens are no longer read by CloudWatch, yet still told: 56 digits that grow with the stream. */
export const sequenceToken = (nextOrdinal: number): string => `49${String(nextOrdinal).padStart(54, '0')}`

export const createLogStream: Op<'CreateLogStream'> = async (input, ctx) => {
  await ctx.store.transaction(async tx => {
    const group = await requireGroup(tx.db, { ...ctx, group: input.logGroupName })
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto('log_stream')
      .values({
        id: newId(),
        group_id: group.id,
        name: input.logStreamName,
        created: ctx.now().getTime(),
        first_event: 0,
        last_event: 0,
        last_ingestion: 0,
        next_ordinal: 0,
        cursor: null,
      })
      .onConflict(conflict => conflict.columns(['group_id', 'name']).doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) throw streamExists()
  })
  return {}
}

/** The sweep removes the events; from now on nobody sees them. */
export const deleteLogStream: Op<'DeleteLogStream'> = async (input, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireGroup(tx.db, { ...ctx, group: input.logGroupName })
    const stream = await findStream(tx.db, { ...ctx, group: input.logGroupName, stream: input.logStreamName })
    if (!stream) throw streamNotFound()
    await tx.db.updateTable('log_stream').set({ group_id: '', name: stream.id }).where('id', '=', stream.id).execute()
  })
  return {}
}

export const describeLogStreams: Op<'DescribeLogStreams'> = async (input, ctx) => {
  const { nextToken, limit = 50, ...filters } = input
  if (filters.orderBy === 'LastEventTime' && filters.logStreamNamePrefix !== undefined)
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
  const name = namedGroup(input, ctx)
  const group = await requireGroup(ctx.store.db, name)
  const pages = paging<StreamCursor>(['DescribeLogStreams', group.id, filters], nextToken, badToken)
  const rows = await streamsAfter(ctx, group, filters, pages.after, limit + 1)
  const { items, next } = pages.cut(rows, limit, last => [last.name, last.last_event])
  return {
    logStreams: items.map(row => describeStream(row, `${groupArn(name)}:log-stream:${row.name}`)),
    nextToken: next,
  }
}

type StreamCursor = readonly [name: string, lastEvent: number]

function streamsAfter(
  ctx: Context,
  group: GroupRow,
  filters: { logStreamNamePrefix?: string; orderBy?: Sdk.OrderBy; descending?: boolean },
  after: StreamCursor | undefined,
  count: number,
): Promise<StreamRow[]> {
  const { logStreamNamePrefix: prefix, orderBy, descending } = filters
  const [beyond, order] = descending ? (['<', 'desc'] as const) : (['>', 'asc'] as const)
  const byTime = orderBy === 'LastEventTime'
  return ctx.store.db
    .selectFrom('log_stream')
    .selectAll()
    .where('group_id', '=', group.id)
    .$if(prefix !== undefined, query =>
      query.where('name', '>=', prefix ?? '').where('name', '<', endOfPrefix(prefix ?? '')),
    )
    .$if(after !== undefined && !byTime, query => query.where('name', beyond, after?.[0] ?? ''))
    .$if(after !== undefined && byTime, query =>
      query.where(eb => eb(eb.refTuple('last_event', 'name'), beyond, eb.tuple(after?.[1] ?? 0, after?.[0] ?? ''))),
    )
    .$if(byTime, query => query.orderBy('last_event', order))
    .orderBy('name', order)
    .limit(count)
    .execute()
}

const describeStream = (row: StreamRow, arn: string): Sdk.LogStream => ({
  logStreamName: row.name,
  creationTime: row.created,
  firstEventTimestamp: row.first_event || undefined,
  lastEventTimestamp: row.last_event || undefined,
  lastIngestionTime: row.last_ingestion || undefined,
  uploadSequenceToken: sequenceToken(row.next_ordinal),
  arn,
  // CloudWatch has told 0 for every stream since 2019; the group's number is the true one.
  storedBytes: 0,
})
