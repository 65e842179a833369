import { turns } from '../ground/turns.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { ListFilter, Place, Resource, Resources } from '../store/resources.ts'

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

interface ListOptions<Row> {
  /** Lists what another account shares; the caller's own otherwise. */
  readonly account?: string
  readonly parent?: string
  readonly defaultSort?: string
  readonly defaultOrder?: string
  /** Keeps rows beyond what columns can say. `filters` names it, so that a token holds only for the same. */
  readonly matches?: (row: Row) => boolean
  readonly filters?: object
}

/** One page of a kind of resource, newest first unless asked otherwise; at most 10 unless `MaxResults` says more. */
export async function listPage<Row extends Resource>(
  kind: Resources<Row>,
  input: ListInput,
  ctx: Context,
  options: ListOptions<Row> = {},
): Promise<{ rows: Row[]; NextToken?: string }> {
  const sortBy = sortColumns[input.SortBy ?? options.defaultSort ?? 'CreationTime'] ?? 'created'
  const { NextToken, MaxResults = 10, ...filters } = input
  const { account = ctx.account, parent, matches } = options
  const listing = [kind.kind, ctx.account, account, ctx.region, parent, filters, options.filters]
  const pages = paging<Place>(listing, NextToken || undefined)
  const filter: ListFilter = {
    account,
    region: ctx.region,
    sortBy,
    descending: (input.SortOrder ?? options.defaultOrder ?? 'Descending') === 'Descending',
    limit: MaxResults + 1,
    ...(parent !== undefined && { parent }),
    ...(input.StatusEquals && { status: input.StatusEquals }),
    ...(input.NameContains && { nameContains: input.NameContains }),
    ...(input.CreationTimeAfter && { createdAfter: input.CreationTimeAfter }),
    ...(input.CreationTimeBefore && { createdBefore: input.CreationTimeBefore }),
    ...(input.LastModifiedTimeAfter && { modifiedAfter: input.LastModifiedTimeAfter }),
    ...(input.LastModifiedTimeBefore && { modifiedBefore: input.LastModifiedTimeBefore }),
    ...(pages.after && { after: pages.after }),
  }
  const rows = await take(kind, ctx, filter, matches, MaxResults + 1)
  const { items, next } = pages.cut(rows, MaxResults, last => [last[sortBy], last.arn])
  return { rows: items, ...(next !== undefined && { NextToken: next }) }
}

/** How many rows are looked at before others get their turn. */
const looked = 500

/** Rows that the filter and `matches` leave, looked for slice by slice when what they ask for may be rare. */
async function take<Row extends Resource>(
  kind: Resources<Row>,
  ctx: Context,
  filter: ListFilter,
  matches: ((row: Row) => boolean) | undefined,
  wanted: number,
): Promise<Row[]> {
  const rare = matches ?? filter.status ?? filter.nameContains ?? filter.parent
  if (rare === undefined) return kind.list(ctx.store, filter)
  const found: Row[] = []
  for (let after = filter.after; ; await turns.takeAgain(ctx.account)) {
    const slice = { ...filter, ...(after && { after }) }
    const until = await kind.ahead(ctx.store, slice, looked)
    const limit = matches ? looked : wanted - found.length
    const batch = await kind.list(ctx.store, { ...slice, limit, ...(until && { until }) })
    found.push(...(matches ? batch.filter(matches) : batch).slice(0, wanted - found.length))
    if (!until || found.length === wanted) return found
    after = until
  }
}
