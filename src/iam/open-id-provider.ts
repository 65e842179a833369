import type { Selectable } from 'kysely'
import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import type { OpenIdProviderTable } from '../store/schema/iam-tables.ts'
import type { Store, Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { pageAmong } from './iam-page.ts'
import { mergeTags, type Tag, wholeSeconds } from './identity-row.ts'

type Row = Selectable<OpenIdProviderTable>
type Database = Pick<Store, 'db'>

/** The ARN of an account's provider, by the issuer's URL without its scheme. */
export const openIdProviderArn = (account: string, url: string): string =>
  `arn:aws:iam::${account}:oidc-provider/${url}`

/**
 * Without thumbprints that of the topmost certificate is read from the provider (IAM API Reference, CreateOpenIDConnectProvider).
 * Unlike on AWS the URL may have a port.
 */
export const createOpenIDConnectProvider: Op<'CreateOpenIDConnectProvider'> = async (input, ctx) => {
  for (const name of ['ContextProvider', 'IdentityCenterInstanceArn'] as const)
    if ((input as Record<string, unknown>)[name] !== undefined) throw iamError.invalid(`${name} is not served here.`)
  const url = plainUrl(input.Url ?? '')
  const clientIds = [...new Set(input.ClientIDList ?? [])]
  requireFew('ClientIdsPerOpenIdConnectProvider', clientIds, quotas.iam.clientIdsOfProvider.value)
  const tags = mergeTags([], (input.Tags ?? []) as Tag[])
  const thumbprints = input.ThumbprintList?.length ? given(input.ThumbprintList) : [await shown(ctx, url)]
  const row = {
    arn: openIdProviderArn(ctx.account, url),
    account: ctx.account,
    url,
    client_ids: JSON.stringify(clientIds),
    thumbprints: JSON.stringify(thumbprints),
    tags: JSON.stringify(tags),
    created: wholeSeconds(ctx.now()),
  }
  return ctx.store.transaction(async ({ db }) => {
    if (await findOpenIdProvider({ db }, row.arn)) throw iamError.openIdProviderExists(`https://${url}`)
    if ((await providersOf({ db }, ctx.account)).length >= quotas.iam.openIdProviders.value)
      throw iamError.quota('OpenIdConnectProvidersPerAccount', quotas.iam.openIdProviders.value)
    await db.insertInto('iam_open_id_provider').values(row).execute()
    return { OpenIDConnectProviderArn: row.arn, Tags: tags }
  })
}

export const getOpenIDConnectProvider: Op<'GetOpenIDConnectProvider'> = async (input, ctx) => {
  const row = await requireProvider(ctx.store, ctx, input.OpenIDConnectProviderArn)
  return {
    Url: row.url,
    ClientIDList: JSON.parse(row.client_ids),
    ThumbprintList: JSON.parse(row.thumbprints),
    CreateDate: new Date(row.created),
    Tags: JSON.parse(row.tags),
  }
}

export const listOpenIDConnectProviders: Op<'ListOpenIDConnectProviders'> = async (_, ctx) => ({
  OpenIDConnectProviderList: (await providersOf(ctx.store, ctx.account)).map(({ arn }) => ({ Arn: arn })),
})

/** Nothing is said where there is none (IAM API Reference, DeleteOpenIDConnectProvider). */
export const deleteOpenIDConnectProvider: Op<'DeleteOpenIDConnectProvider'> = async (input, ctx) => {
  const mine = ctx.store.db.deleteFrom('iam_open_id_provider').where('arn', '=', input.OpenIDConnectProviderArn ?? '')
  await mine.where('account', '=', ctx.account).execute()
  return {}
}

export const addClientIDToOpenIDConnectProvider: Op<'AddClientIDToOpenIDConnectProvider'> = (input, ctx) =>
  change(ctx, input.OpenIDConnectProviderArn, row => {
    const clientIds = [...new Set([...JSON.parse(row.client_ids), input.ClientID])]
    requireFew('ClientIdsPerOpenIdConnectProvider', clientIds, quotas.iam.clientIdsOfProvider.value)
    return { client_ids: JSON.stringify(clientIds) }
  })

export const removeClientIDFromOpenIDConnectProvider: Op<'RemoveClientIDFromOpenIDConnectProvider'> = (input, ctx) =>
  change(ctx, input.OpenIDConnectProviderArn, row => {
    const left = (JSON.parse(row.client_ids) as string[]).filter(each => each !== input.ClientID)
    return { client_ids: JSON.stringify(left) }
  })

export const updateOpenIDConnectProviderThumbprint: Op<'UpdateOpenIDConnectProviderThumbprint'> = (input, ctx) =>
  change(ctx, input.OpenIDConnectProviderArn, () => ({
    thumbprints: JSON.stringify(given(input.ThumbprintList ?? [])),
  }))

export const tagOpenIDConnectProvider: Op<'TagOpenIDConnectProvider'> = (input, ctx) =>
  change(ctx, input.OpenIDConnectProviderArn, row => ({
    tags: JSON.stringify(mergeTags(JSON.parse(row.tags), (input.Tags ?? []) as Tag[])),
  }))

export const untagOpenIDConnectProvider: Op<'UntagOpenIDConnectProvider'> = (input, ctx) =>
  change(ctx, input.OpenIDConnectProviderArn, row => {
    const gone = new Set((input.TagKeys ?? []).map(key => key.toLowerCase()))
    return { tags: JSON.stringify((JSON.parse(row.tags) as Tag[]).filter(tag => !gone.has(tag.Key.toLowerCase()))) }
  })

export const listOpenIDConnectProviderTags: Op<'ListOpenIDConnectProviderTags'> = async (input, ctx) => {
  const row = await requireProvider(ctx.store, ctx, input.OpenIDConnectProviderArn)
  const tags: Tag[] = JSON.parse(row.tags)
  const { items, more } = await pageAmong('ListOpenIDConnectProviderTags', input, ctx, tags, tag => tag.Key)
  return { Tags: items, ...more }
}

export const findOpenIdProvider = ({ db }: Database, arn: string): Promise<Row | undefined> =>
  db.selectFrom('iam_open_id_provider').selectAll().where('arn', '=', arn).executeTakeFirst()

const providersOf = ({ db }: Database, account: string) =>
  db.selectFrom('iam_open_id_provider').select('arn').where('account', '=', account).orderBy('arn').execute()

async function requireProvider(at: Database, { account }: Context, arn = ''): Promise<Row> {
  const row = await findOpenIdProvider(at, arn)
  if (row?.account !== account) throw iamError.noOpenIdProvider(arn)
  return row
}

const change = (ctx: Context, arn: string | undefined, decide: (row: Row) => Partial<Row>) =>
  ctx.store.transaction(async (tx: Transaction) => {
    const row = await requireProvider(tx, ctx, arn)
    await tx.db.updateTable('iam_open_id_provider').set(decide(row)).where('arn', '=', row.arn).execute()
    return {}
  })

/** The issuer without its scheme and a slash at its end. */
function plainUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:')
    throw iamError.validation('Invalid Open ID Connect Provider URL: it must begin with https://')
  if (url.search || url.hash || url.username || url.password)
    throw iamError.validation('Invalid Open ID Connect Provider URL: it may hold no query, fragment or user.')
  return text.slice('https://'.length).replace(/\/$/, '')
}

function given(thumbprints: readonly string[]): string[] {
  if (thumbprints.length === 0) throw iamError.invalid('Thumbprint list must contain at least one entry.')
  requireFew('ThumbprintsPerOpenIdConnectProvider', thumbprints, quotas.iam.thumbprintsOfProvider.value)
  const bad = thumbprints.find(each => !/^[0-9a-fA-F]{40}$/.test(each))
  if (bad !== undefined) throw iamError.invalid(`Invalid thumbprint: ${bad}`)
  return thumbprints.map(each => each.toLowerCase())
}

const shown = (ctx: Parameters<Op<'CreateOpenIDConnectProvider'>>[1], url: string): Promise<string> =>
  ctx.openIdDocuments.topThumbprint(`https://${url}`).catch((error: Error) => {
    throw iamError.openIdUnreachable(`The certificate of the provider cannot be read: ${error.message}`)
  })

function requireFew(name: string, list: readonly unknown[], most: number): void {
  if (list.length > most) throw iamError.quota(name, most)
}
