import type { Selectable } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import type { EventConnectionTable } from '../store/schema/event-tables.ts'
import type { Transaction } from '../store/store.ts'
import { isReservedHeader } from './api-destination-request.ts'
import type { AuthParameters } from './connection-secret.ts'
import { eventsError } from './events-error.ts'
import type { EventsContext, Op } from './events-operation.ts'
import { requireHttps } from './https-endpoint.ts'

export type ConnectionRow = Selectable<EventConnectionTable>
type Place = Pick<Context, 'account' | 'region'>

/** Which parameters each type of authorization is made of. */
const parametersOf: Readonly<Record<string, keyof AuthParameters>> = {
  BASIC: 'BasicAuthParameters',
  API_KEY: 'ApiKeyAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
}

const byName = (db: Db, { account, region }: Place, name: string) =>
  db
    .selectFrom('event_connection')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst()

async function requireConnection(db: Db, ctx: Place, name: string): Promise<ConnectionRow> {
  const row = await byName(db, ctx, name)
  if (!row) throw eventsError.notFound(`Failed to describe the connection(s). Connection '${name}' does not exist.`)
  return row
}

/** What is of networks that there are none of, and of a key that seals what the root secret seals. Throws ValidationException. */
function refuseUnserved(input: {
  readonly KmsKeyIdentifier?: string
  readonly InvocationConnectivityParameters?: object
  readonly AuthParameters?: object
}): void {
  if (input.KmsKeyIdentifier)
    throw eventsError.notServed(
      'KmsKeyIdentifier',
      'secrets of connections are sealed by the installation’s own secret.',
    )
  if (
    input.InvocationConnectivityParameters ||
    (input.AuthParameters && 'ConnectivityParameters' in input.AuthParameters)
  )
    throw eventsError.notServed('ConnectivityParameters', 'there are no private networks.')
}

function checkParameters(type: string, parameters: AuthParameters, ctx: EventsContext): void {
  const wanted = parametersOf[type]
  const other = Object.values(parametersOf).find(name => name !== wanted && parameters[name] !== undefined)
  if (!wanted || !parameters[wanted] || other)
    throw eventsError.invalid(`AuthParameters of type ${type} must hold ${wanted}, and parameters of no other type.`)
  const header = headersOf(parameters).find(name => !isHeaderName(name) || isReservedHeader(name))
  if (header !== undefined) throw eventsError.invalid(`A connection may not set the header ${header}.`)
  if (parameters.OAuthParameters)
    requireHttps('AuthorizationEndpoint', parameters.OAuthParameters.AuthorizationEndpoint, ctx)
}

const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)

/** The names of all that the connection would write into the head of a request, also of the one that asks for a token. */
function headersOf({ ApiKeyAuthParameters, InvocationHttpParameters, OAuthParameters }: AuthParameters): string[] {
  const lists = [InvocationHttpParameters, OAuthParameters?.OAuthHttpParameters].map(all => all?.HeaderParameters ?? [])
  const names = [ApiKeyAuthParameters?.ApiKeyName, ...lists.flat().map(({ Key }) => Key)]
  return names.filter(name => name !== undefined).map(name => name.trim())
}

/** Of OAuth it must be seen whether the authorization server knows it. */
const stateOf = (type: string) => (type === 'OAUTH_CLIENT_CREDENTIALS' ? 'AUTHORIZING' : 'AUTHORIZED')

async function authorize(tx: Transaction, { arn, type }: Pick<ConnectionRow, 'arn' | 'type'>): Promise<void> {
  if (type === 'OAUTH_CLIENT_CREDENTIALS') await tx.enqueue('event-connection', arn)
}

const answerOf = (row: ConnectionRow) => ({
  ...{ ConnectionArn: row.arn, ConnectionState: row.state as 'AUTHORIZED' },
  ...{ CreationTime: new Date(row.created), LastModifiedTime: new Date(row.modified) },
  ...(row.authorized !== null && { LastAuthorizedTime: new Date(row.authorized) }),
})

export const createConnection: Op<'CreateConnection'> = async (input, ctx) => {
  refuseUnserved(input)
  const { Name: name, AuthorizationType: type, AuthParameters } = input
  checkParameters(type, AuthParameters, ctx)
  const { account, region } = ctx
  const arn = `arn:aws:events:${region}:${account}:connection/${name}/${randomness.uuid()}`
  const at = ctx.now().getTime()
  const state = stateOf(type)
  const row: ConnectionRow = {
    ...{ arn, account, region, name, description: input.Description ?? null, type, state, state_reason: null },
    ...{
      sealed: ctx.secrets.seal(arn, AuthParameters),
      sealed_token: null,
      token_expires: 0,
      created: at,
      modified: at,
    },
    authorized: state === 'AUTHORIZED' ? at : null,
  }
  await ctx.store.transaction(async tx => {
    if (await byName(tx.db, ctx, name)) throw eventsError.exists(`Connection ${name} already exists.`)
    await tx.db.insertInto('event_connection').values(row).execute()
    await authorize(tx, row)
  })
  return answerOf(row)
}

export const updateConnection: Op<'UpdateConnection'> = async (input, ctx) => {
  refuseUnserved(input)
  const row = await ctx.store.transaction(async tx => {
    const before = await requireConnection(tx.db, ctx, input.Name)
    const type = input.AuthorizationType ?? before.type
    const parameters = merged(ctx.secrets.unseal(before.arn, before.sealed), input.AuthParameters ?? {}, type)
    checkParameters(type, parameters, ctx)
    const at = ctx.now().getTime()
    const given = {
      ...{ type, state: stateOf(type), state_reason: null, sealed: ctx.secrets.seal(before.arn, parameters) },
      ...{ sealed_token: null, token_expires: 0, modified: at },
      ...(input.Description !== undefined && { description: input.Description }),
      ...(stateOf(type) === 'AUTHORIZED' && { authorized: at }),
    }
    await tx.db.updateTable('event_connection').set(given).where('arn', '=', before.arn).execute()
    await authorize(tx, { arn: before.arn, type })
    return { ...before, ...given }
  })
  return answerOf(row)
}

type Group = Readonly<Record<string, unknown>>

/** What is given takes the place of what was; parameters of other types go. */
function merged(before: AuthParameters, given: object, type: string): AuthParameters {
  const wanted = parametersOf[type] as keyof AuthParameters
  const groups = given as Readonly<Record<string, Group | undefined>>
  const old = before[wanted] as Group | undefined
  const own = old || groups[wanted] ? mergedGroup(old ?? {}, groups[wanted] ?? {}) : undefined
  const rest = Object.fromEntries(Object.entries(groups).filter(([name]) => name !== wanted))
  const kept = before.InvocationHttpParameters && { InvocationHttpParameters: before.InvocationHttpParameters }
  return { ...kept, ...rest, ...(own && { [wanted]: own }) } as AuthParameters
}

const mergedGroup = (before: Group, given: Group): Group => ({
  ...before,
  ...given,
  ...(given.ClientParameters !== undefined && {
    ClientParameters: { ...(before.ClientParameters as object), ...(given.ClientParameters as object) },
  }),
})

export const deleteConnection: Op<'DeleteConnection'> = async (input, ctx) => {
  const row = await requireConnection(ctx.store.db, ctx, input.Name)
  await ctx.store.db.deleteFrom('event_connection').where('arn', '=', row.arn).execute()
  return { ...answerOf(row), ConnectionState: 'DELETING' }
}

/** Forgets all secrets of a connection, which stays, to be given others (API Reference, DeauthorizeConnection). */
export const deauthorizeConnection: Op<'DeauthorizeConnection'> = async (input, ctx) => {
  const row = await ctx.store.transaction(async ({ db }) => {
    const before = await requireConnection(db, ctx, input.Name)
    const given = {
      ...{ state: 'DEAUTHORIZED', state_reason: null, sealed: ctx.secrets.seal(before.arn, {}) },
      ...{ sealed_token: null, token_expires: 0, modified: ctx.now().getTime() },
    }
    await db.updateTable('event_connection').set(given).where('arn', '=', before.arn).execute()
    return { ...before, ...given }
  })
  return answerOf(row)
}

export const describeConnection: Op<'DescribeConnection'> = async (input, ctx) => {
  const row = await requireConnection(ctx.store.db, ctx, input.Name)
  return {
    ...answerOf(row),
    ...{ Name: row.name, AuthorizationType: row.type as 'BASIC' },
    ...(row.description !== null && { Description: row.description }),
    ...(row.state_reason !== null && { StateReason: row.state_reason }),
    AuthParameters: withoutSecrets(ctx.secrets.unseal(row.arn, row.sealed)),
  }
}

type HttpParameters = AuthParameters['InvocationHttpParameters']

/** Secrets are never told: passwords, keys, and values that are said to be secret. */
function withoutSecrets({
  BasicAuthParameters,
  ApiKeyAuthParameters,
  OAuthParameters,
  InvocationHttpParameters,
}: AuthParameters) {
  return {
    ...(BasicAuthParameters && { BasicAuthParameters: { Username: BasicAuthParameters.Username } }),
    ...(ApiKeyAuthParameters && { ApiKeyAuthParameters: { ApiKeyName: ApiKeyAuthParameters.ApiKeyName } }),
    ...(OAuthParameters && {
      OAuthParameters: {
        ...{ AuthorizationEndpoint: OAuthParameters.AuthorizationEndpoint, HttpMethod: OAuthParameters.HttpMethod },
        ClientParameters: { ClientID: OAuthParameters.ClientParameters.ClientID },
        ...(OAuthParameters.OAuthHttpParameters && { OAuthHttpParameters: shown(OAuthParameters.OAuthHttpParameters) }),
      },
    }),
    ...(InvocationHttpParameters && { InvocationHttpParameters: shown(InvocationHttpParameters) }),
  }
}

const shown = (parameters: NonNullable<HttpParameters>): NonNullable<HttpParameters> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, list]) => [
      name,
      (list ?? []).map(({ Key, Value, IsValueSecret = false }) => ({
        ...{ Key, IsValueSecret },
        ...(!IsValueSecret && { Value }),
      })),
    ]),
  )

const defaultLimit = 100

export const listConnections: Op<'ListConnections'> = async (input, ctx) => {
  const { NamePrefix = '', ConnectionState: state, Limit = defaultLimit } = input
  const pages = paging<string>(['ListConnections', ctx.account, ctx.region, NamePrefix, state], input.NextToken)
  const rows = await ctx.store.db
    .selectFrom('event_connection')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('name', '>', pages.after ?? '')
    .where('name', '>=', NamePrefix)
    .where('name', '<', `${NamePrefix}\u{10ffff}`)
    .$if(state !== undefined, query => query.where('state', '=', state as string))
    .orderBy('name')
    .limit(Limit + 1)
    .execute()
  const { items, next } = pages.cut(rows, Limit, ({ name }) => name)
  const Connections = items.map(row => ({
    ...answerOf(row),
    ...{ Name: row.name, AuthorizationType: row.type as 'BASIC' },
    ...(row.state_reason !== null && { StateReason: row.state_reason }),
  }))
  return { Connections, ...(next && { NextToken: next }) }
}
