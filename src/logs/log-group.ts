import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Selectable } from 'kysely'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import type { LogGroupTable } from '../store/schema/logs-tables.ts'
import type { Store, Transaction } from '../store/store.ts'
import { removeAllTags } from '../store/tags.ts'
import { newId } from './chunk-writer.ts'
import { badToken, groupExists, groupNotFound, invalidParameter } from './logs-error.ts'
import type { Op } from './logs-operation.ts'
import { endOfPrefix } from './prefix.ts'
import { putTags } from './tag-row.ts'

export type GroupRow = Selectable<LogGroupTable>

/** Where a group lives and what it is called. */
export interface GroupName {
  readonly account: string
  readonly region: string
  readonly group: string
}

/** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`: what tags and the newer APIs name it by. */
export const groupArn = ({ account, region, group }: GroupName): string =>
  `arn:aws:logs:${region}:${account}:log-group:${group}`

/** The group of an ARN, with or without the trailing `:*`; undefined when it is none. */
export function parseGroupArn(arn: string): GroupName | undefined {
  const [, region, account, group] = /^arn:aws[\w-]*:logs:([^:]+):(\d{12}):log-group:([^:]+)(?::\*)?$/.exec(arn) ?? []
  return region && account && group ? { region, account, group } : undefined
}

/** The group of an input that names it by name, or by a name or ARN in `logGroupIdentifier`. Throws InvalidParameterException. */
export function namedGroup(
  input: { logGroupName?: string; logGroupIdentifier?: string },
  ctx: Pick<Context, 'account' | 'region'>,
): GroupName {
  const { logGroupName, logGroupIdentifier } = input
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined))
    throw invalidParameter('You must specify either logGroupName or logGroupIdentifier, but not both.')
  return identifiedGroup(logGroupName ?? logGroupIdentifier ?? '', ctx)
}

/** The group of a name or an ARN. Throws InvalidParameterException. */
export function identifiedGroup(identifier: string, ctx: Pick<Context, 'account' | 'region'>): GroupName {
  if (!identifier.startsWith('arn:')) return { account: ctx.account, region: ctx.region, group: identifier }
  const named = parseGroupArn(identifier)
  if (!named || identifier.endsWith(':*'))
    throw invalidParameter(`${identifier} is not the ARN of a log group, which must not end with :*.`)
  if (named.region !== ctx.region) throw invalidParameter(`${identifier} is not in region ${ctx.region}.`)
  return named
}

export const findGroup = (db: Store['db'] | Transaction['db'], name: GroupName): Promise<GroupRow | undefined> =>
  db
    .selectFrom('log_group')
    .selectAll()
    .where('account', '=', name.account)
    .where('region', '=', name.region)
    .where('name', '=', name.group)
    .executeTakeFirst()

/** Throws ResourceNotFoundException. */
export async function requireGroup(db: Store['db'] | Transaction['db'], name: GroupName): Promise<GroupRow> {
  const row = await findGroup(db, name)
  if (!row) throw groupNotFound()
  return row
}

/** The milliseconds before which the group's events are expired; 0 for a group that keeps all. */
export const expiry = (group: GroupRow, now: Date): number =>
  group.retention_days === null ? 0 : now.getTime() - group.retention_days * 24 * 60 * 60 * 1000

export const createLogGroup: Op<'CreateLogGroup'> = async (input, ctx) => {
  refuseUnserved(input)
  const name = { account: ctx.account, region: ctx.region, group: input.logGroupName }
  await ctx.store.transaction(async tx => {
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto('log_group')
      .values({
        id: newId(),
        account: name.account,
        region: name.region,
        name: name.group,
        created: ctx.now().getTime(),
        retention_days: null,
        stored_bytes: 0,
      })
      .onConflict(conflict => conflict.columns(['account', 'region', 'name']).doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) throw groupExists()
    await putTags(tx, groupArn(name), input.tags ?? {})
  })
  return {}
}

function refuseUnserved(input: Input<typeof Sdk, 'CreateLogGroup'>): void {
  const { logGroupName, kmsKeyId, logGroupClass, deletionProtectionEnabled } = input
  if (/^aws\//i.test(logGroupName)) throw invalidParameter('Log groups starting with AWS/ are reserved for AWS.')
  if (kmsKeyId !== undefined)
    throw invalidParameter('kmsKeyId is not served: log events are not encrypted with a key of yours here.')
  if (logGroupClass !== undefined && logGroupClass !== 'STANDARD')
    throw invalidParameter(`logGroupClass ${logGroupClass} is not served: only STANDARD is.`)
  if (deletionProtectionEnabled)
    throw invalidParameter('deletionProtectionEnabled is not served: no operation here would take it back.')
}

export const deleteLogGroup: Op<'DeleteLogGroup'> = async (input, ctx) => {
  const name = { account: ctx.account, region: ctx.region, group: input.logGroupName }
  await ctx.store.transaction(async tx => {
    const group = await requireGroup(tx.db, name)
    await tx.db
      .updateTable('log_group')
      .set({ account: '', region: '', name: group.id })
      .where('id', '=', group.id)
      .execute()
    await removeAllTags(tx.db, groupArn(name))
    await tx.db.deleteFrom('log_metric_filter').where('group_id', '=', group.id).execute()
  })
  return {}
}

/** The days that CloudWatch lets one choose (API reference, PutRetentionPolicy). */
const retentionChoices = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

export const putRetentionPolicy: Op<'PutRetentionPolicy'> = async (input, ctx) => {
  const days = input.retentionInDays
  if (!retentionChoices.includes(days))
    throw invalidParameter(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentionChoices.join(', ')}]`,
    )
  await setRetention(ctx, input.logGroupName, days)
  return {}
}

export const deleteRetentionPolicy: Op<'DeleteRetentionPolicy'> = async (input, ctx) => {
  await setRetention(ctx, input.logGroupName, null)
  return {}
}

async function setRetention(ctx: Context, group: string, days: number | null): Promise<void> {
  const { numUpdatedRows } = await ctx.store.db
    .updateTable('log_group')
    .set({ retention_days: days })
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('name', '=', group)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw groupNotFound()
}

export const describeLogGroups: Op<'DescribeLogGroups'> = async (input, ctx) => {
  const { nextToken, limit = 50, ...filters } = input
  checkGroupFilters(filters)
  const pages = paging<string>(['DescribeLogGroups', ctx.account, ctx.region, filters], nextToken, badToken)
  const mine = input.accountIdentifiers?.includes(ctx.account) ?? true
  const rows = mine ? await groupsAfter(ctx, filters, pages.after ?? '', limit + 1) : []
  const { items, next } = pages.cut(rows, limit, ({ name }) => name)
  const counts = await filterCounts(ctx, items)
  return { logGroups: items.map(row => describeGroup(row, counts.get(row.id) ?? 0)), nextToken: next }
}

type GroupFilters = Omit<Input<typeof Sdk, 'DescribeLogGroups'>, 'nextToken' | 'limit'>

function checkGroupFilters(filters: GroupFilters): void {
  const { logGroupNamePrefix, logGroupNamePattern, logGroupIdentifiers, logGroupClass, accountIdentifiers } = filters
  if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined)
    throw invalidParameter('logGroupNamePrefix and logGroupNamePattern are mutually exclusive.')
  const others = [logGroupNamePrefix, logGroupNamePattern, logGroupClass, accountIdentifiers]
  if (logGroupIdentifiers !== undefined && others.some(filter => filter !== undefined))
    throw invalidParameter('logGroupIdentifiers cannot be given together with another filter.')
  if (accountIdentifiers !== undefined && !filters.includeLinkedAccounts)
    throw invalidParameter('accountIdentifiers needs includeLinkedAccounts.')
}

/** SQL has no portable case-sensitive search inside a text, so the pattern is matched here, a batch of names at a time. */
async function groupsAfter(ctx: Context, filters: GroupFilters, after: string, count: number): Promise<GroupRow[]> {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern = '', logGroupIdentifiers } = filters
  if ((filters.logGroupClass ?? 'STANDARD') !== 'STANDARD') return []
  const names = logGroupIdentifiers?.map(identifier => identifiedGroup(identifier, ctx))
  const own = names?.filter(name => name.account === ctx.account).map(name => name.group)
  const found: GroupRow[] = []
  let last = after
  while (found.length < count) {
    const rows = await ctx.store.db
      .selectFrom('log_group')
      .selectAll()
      .where('account', '=', ctx.account)
      .where('region', '=', ctx.region)
      .where('name', '>', last)
      .$if(prefix !== undefined, query =>
        query.where('name', '>=', prefix ?? '').where('name', '<', endOfPrefix(prefix ?? '')),
      )
      .$if(own !== undefined, query => query.where('name', 'in', own ?? []))
      .orderBy('name')
      .limit(200)
      .execute()
    found.push(...rows.filter(row => row.name.includes(pattern)))
    last = rows.at(-1)?.name ?? ''
    if (rows.length < 200) break
  }
  return found.slice(0, count)
}

async function filterCounts(ctx: Context, groups: readonly GroupRow[]): Promise<ReadonlyMap<string, number>> {
  if (groups.length === 0) return new Map()
  const rows = await ctx.store.db
    .selectFrom('log_metric_filter')
    .select(['group_id', eb => eb.fn.countAll<number>().as('count')])
    .where(
      'group_id',
      'in',
      groups.map(({ id }) => id),
    )
    .groupBy('group_id')
    .execute()
  return new Map(rows.map(({ group_id, count }) => [group_id, Number(count)]))
}

function describeGroup(row: GroupRow, metricFilterCount: number): Sdk.LogGroup {
  const arn = groupArn({ account: row.account, region: row.region, group: row.name })
  return {
    logGroupName: row.name,
    creationTime: row.created,
    retentionInDays: row.retention_days ?? undefined,
    metricFilterCount,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes: row.stored_bytes,
    logGroupClass: 'STANDARD',
    deletionProtectionEnabled: false,
  }
}
