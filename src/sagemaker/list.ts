import type { Context } from '../service/context.ts'
import { decodePageToken, encodePageToken } from '../service/page-token.ts'
import type { ListFilter, Resource, Resources } from '../store/resources.ts'

/** The filters that SageMaker's List operations share. */
export interface ListInput {
  NextToken?: string
  MaxResults?: number
  SortBy?: string
  SortOrder?: string
  NameContains?: string
  StatusEquals?: string
  CreationTimeAfter?: Date
  CreationTimeBefore?: Date
  LastModifiedTimeAfter?: Date
  LastModifiedTimeBefore?: Date
}

const sortColumns: Record<string, ListFilter['sortBy']> = {
  Name: 'name',
  CreationTime: 'created',
  LastModifiedTime: 'modified',
  Status: 'status',
}

/** One page of a kind of resource, newest first unless asked otherwise; at most 10 unless `MaxResults` says more. */
export async function listPage<Row extends Resource>(
  kind: Resources<Row>,
  input: ListInput,
  ctx: Context,
  options: { parent?: string; defaultSort?: string; defaultOrder?: string } = {},
): Promise<{ rows: Row[]; NextToken?: string }> {
  const sortBy = sortColumns[input.SortBy ?? options.defaultSort ?? 'CreationTime'] ?? 'created'
  const { NextToken, MaxResults = 10, ...filters } = input
  const scope = JSON.stringify([kind.kind, ctx.account, ctx.region, options.parent, filters])
  const rows = await kind.list(ctx.store, {
    account: ctx.account,
    region: ctx.region,
    sortBy,
    descending: (input.SortOrder ?? options.defaultOrder ?? 'Descending') === 'Descending',
    limit: MaxResults + 1,
    ...(options.parent !== undefined && { parent: options.parent }),
    ...(input.StatusEquals && { status: input.StatusEquals }),
    ...(input.NameContains && { nameContains: input.NameContains }),
    ...(input.CreationTimeAfter && { createdAfter: input.CreationTimeAfter }),
    ...(input.CreationTimeBefore && { createdBefore: input.CreationTimeBefore }),
    ...(input.LastModifiedTimeAfter && { modifiedAfter: input.LastModifiedTimeAfter }),
    ...(input.LastModifiedTimeBefore && { modifiedBefore: input.LastModifiedTimeBefore }),
    ...(NextToken && { after: decodePageToken(scope, NextToken) as [string | number, string] }),
  })
  if (rows.length <= MaxResults) return { rows }
  const last = rows[MaxResults - 1] as Row
  return { rows: rows.slice(0, MaxResults), NextToken: encodePageToken(scope, [last[sortBy], last.arn]) }
}
