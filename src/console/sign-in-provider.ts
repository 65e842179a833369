import type { Selectable } from 'kysely'
import { type RootSecret, seal, unseal } from '../ground/root-secret.ts'
import { findOpenIdProvider } from '../iam/open-id-provider.ts'
import type { ConsoleProviderTable } from '../store/schema/console-tables.ts'
import type { Store } from '../store/store.ts'

/** Whoever is in a group has a role. */
export interface GroupRole {
  readonly group: string
  readonly roleArn: string
}

/** An OpenID Connect provider that people sign in to the console by. */
export interface SignInProvider {
  /** What the button says. */
  readonly name: string
  /** Of the provider that the operator's account has made (CreateOpenIDConnectProvider): its URL, its clients, its thumbprints. */
  readonly providerArn: string
  readonly clientId: string
  /** Undefined for a client without one, which PKCE protects. */
  readonly clientSecret: string | undefined
  readonly scopes: readonly string[]
  /** The claim of the token that lists somebody's groups. */
  readonly groupsClaim: string
  /** Whoever is in the groups of several roles chooses among them. */
  readonly roles: readonly GroupRole[]
}

interface Parts {
  readonly store: Store
  readonly rootSecret: RootSecret
}

/** A sign-in page has room for no more. */
export const mostProviders = 20
const purpose = 'console provider'

/** By name. */
export async function listSignInProviders({ store, rootSecret }: Parts): Promise<SignInProvider[]> {
  const rows = await store.db.selectFrom('console_provider').selectAll().orderBy('name').limit(mostProviders).execute()
  return rows.map(row => view(rootSecret, row))
}

export async function findSignInProvider({ store, rootSecret }: Parts, name: string) {
  const row = await store.db.selectFrom('console_provider').selectAll().where('name', '=', name).executeTakeFirst()
  return row && view(rootSecret, row)
}

/** The provider as IAM knows it: its URL with the scheme, whose tokens are taken and by which certificates. Undefined when it is gone. */
export async function trustOf(store: Store, { providerArn, clientId }: SignInProvider) {
  const row = await findOpenIdProvider(store, providerArn)
  if (!row) return undefined
  return { issuer: `https://${row.url}`, clientIds: [clientId], thumbprints: JSON.parse(row.thumbprints) as string[] }
}

/** Makes or changes a provider. Without a secret the one that is kept stays. Throws an Error in words when there are too many. */
export async function putSignInProvider({ store, rootSecret }: Parts, given: SignInProvider): Promise<void> {
  const { name, clientSecret } = given
  const secret = clientSecret === undefined ? undefined : seal(rootSecret, purpose, name, Buffer.from(clientSecret))
  const row = {
    provider_arn: given.providerArn,
    client_id: given.clientId,
    ...(secret && { client_secret: secret.toString('base64') }),
    scopes: given.scopes.join(' '),
    groups_claim: given.groupsClaim,
    roles: JSON.stringify(given.roles),
  }
  await store.transaction(async ({ db }) => {
    const changed = await db.updateTable('console_provider').set(row).where('name', '=', name).executeTakeFirstOrThrow()
    if (Number(changed.numUpdatedRows) === 1) return
    const others = await db.selectFrom('console_provider').select('name').limit(mostProviders).execute()
    if (others.length === mostProviders) throw new Error(`there are ${mostProviders} providers already`)
    await db
      .insertInto('console_provider')
      .values({ name, client_secret: '', ...row })
      .execute()
  })
}

/** Whether there was one. */
export async function deleteSignInProvider({ db }: Pick<Store, 'db'>, name: string): Promise<boolean> {
  const gone = await db.deleteFrom('console_provider').where('name', '=', name).executeTakeFirstOrThrow()
  return Number(gone.numDeletedRows) === 1
}

const view = (root: RootSecret, row: Selectable<ConsoleProviderTable>): SignInProvider => ({
  name: row.name,
  providerArn: row.provider_arn,
  clientId: row.client_id,
  clientSecret:
    row.client_secret === ''
      ? undefined
      : unseal(root, purpose, row.name, Buffer.from(row.client_secret, 'base64')).toString(),
  scopes: row.scopes.split(' '),
  groupsClaim: row.groups_claim,
  roles: JSON.parse(row.roles),
})
