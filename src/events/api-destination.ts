import type { Selectable } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import type { EventApiDestinationTable } from '../store/schema/event-tables.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'
import { requireHttps } from './https-endpoint.ts'

export type ApiDestinationRow = Selectable<EventApiDestinationTable>
type Place = Pick<Context, 'account' | 'region'>

/** EventBridge API Reference, CreateApiDestination: 300 a second unless told otherwise. */
const usualRate = 300

const byName = (db: Db, { account, region }: Place, name: string) =>
  db
    .selectFrom('event_api_destination')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst()

async function requireDestination(db: Db, ctx: Place, name: string): Promise<ApiDestinationRow> {
  const row = await byName(db, ctx, name)
  if (!row)
    throw eventsError.notFound(`Failed to describe the api-destination(s). ApiDestination '${name}' does not exist.`)
  return row
}

async function requireConnectionArn(db: Db, { account }: Place, arn: string): Promise<void> {
  const row = await db.selectFrom('event_connection').select('account').where('arn', '=', arn).executeTakeFirst()
  if (row?.account !== account) throw eventsError.notFound(`Connection '${arn}' does not exist.`)
}

async function answerOf(db: Db, row: ApiDestinationRow) {
  const connection = await db
    .selectFrom('event_connection')
    .select('state')
    .where('arn', '=', row.connection_arn)
    .executeTakeFirst()
  return {
    ...({
      ApiDestinationArn: row.arn,
      ApiDestinationState: connection?.state === 'AUTHORIZED' ? 'ACTIVE' : 'INACTIVE',
    } as const),
    ...{ CreationTime: new Date(row.created), LastModifiedTime: new Date(row.modified) },
  }
}

const told = (row: ApiDestinationRow) => ({
  ...{ Name: row.name, ConnectionArn: row.connection_arn, InvocationEndpoint: row.endpoint },
  ...{ HttpMethod: row.method as 'POST', InvocationRateLimitPerSecond: row.per_second },
})

export const createApiDestination: Op<'CreateApiDestination'> = async (input, ctx) => {
  const { Name: name, InvocationEndpoint: endpoint, HttpMethod: method, ConnectionArn: connection_arn } = input
  requireHttps('InvocationEndpoint', endpoint, ctx)
  const { account, region } = ctx
  const at = ctx.now().getTime()
  const row: ApiDestinationRow = {
    ...{
      arn: `arn:aws:events:${region}:${account}:api-destination/${name}/${randomness.uuid()}`,
      account,
      region,
      name,
    },
    ...{ description: input.Description ?? null, connection_arn, endpoint, method, created: at, modified: at },
    per_second: input.InvocationRateLimitPerSecond ?? usualRate,
  }
  await ctx.store.transaction(async ({ db }) => {
    if (await byName(db, ctx, name)) throw eventsError.exists(`An api-destination '${name}' already exists.`)
    await requireConnectionArn(db, ctx, connection_arn)
    await db.insertInto('event_api_destination').values(row).execute()
  })
  return answerOf(ctx.store.db, row)
}

export const updateApiDestination: Op<'UpdateApiDestination'> = async (input, ctx) => {
  if (input.InvocationEndpoint !== undefined) requireHttps('InvocationEndpoint', input.InvocationEndpoint, ctx)
  const row = await ctx.store.transaction(async ({ db }) => {
    const before = await requireDestination(db, ctx, input.Name)
    if (input.ConnectionArn !== undefined) await requireConnectionArn(db, ctx, input.ConnectionArn)
    const given = {
      modified: ctx.now().getTime(),
      description: input.Description ?? before.description,
      connection_arn: input.ConnectionArn ?? before.connection_arn,
      endpoint: input.InvocationEndpoint ?? before.endpoint,
      method: input.HttpMethod ?? before.method,
      per_second: input.InvocationRateLimitPerSecond ?? before.per_second,
    }
    await db.updateTable('event_api_destination').set(given).where('arn', '=', before.arn).execute()
    return { ...before, ...given }
  })
  return answerOf(ctx.store.db, row)
}

export const describeApiDestination: Op<'DescribeApiDestination'> = async (input, ctx) => {
  const row = await requireDestination(ctx.store.db, ctx, input.Name)
  const description = row.description === null ? {} : { Description: row.description }
  return { ...(await answerOf(ctx.store.db, row)), ...told(row), ...description }
}

export const deleteApiDestination: Op<'DeleteApiDestination'> = async (input, ctx) => {
  const { arn } = await requireDestination(ctx.store.db, ctx, input.Name)
  await ctx.store.db.deleteFrom('event_api_destination').where('arn', '=', arn).execute()
  return {}
}

const defaultLimit = 100

export const listApiDestinations: Op<'ListApiDestinations'> = async (input, ctx) => {
  const { NamePrefix = '', ConnectionArn, Limit = defaultLimit } = input
  const pages = paging<string>(
    ['ListApiDestinations', ctx.account, ctx.region, NamePrefix, ConnectionArn],
    input.NextToken,
  )
  const rows = await ctx.store.db
    .selectFrom('event_api_destination')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('name', '>', pages.after ?? '')
    .where('name', '>=', NamePrefix)
    .where('name', '<', `${NamePrefix}\u{10ffff}`)
    .$if(ConnectionArn !== undefined, query => query.where('connection_arn', '=', ConnectionArn as string))
    .orderBy('name')
    .limit(Limit + 1)
    .execute()
  const { items, next } = pages.cut(rows, Limit, ({ name }) => name)
  const ApiDestinations: object[] = []
  for (const row of items) ApiDestinations.push({ ...(await answerOf(ctx.store.db, row)), ...told(row) })
  return { ApiDestinations, ...(next && { NextToken: next }) }
}
