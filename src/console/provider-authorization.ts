import { createHmac } from 'node:crypto'
import * as client from 'openid-client'
import { type IdentityToken, verifyIdentityToken } from '../iam/identity-token.ts'
import type { OpenIdDocuments } from '../iam/open-id-document.ts'
import { type OpenIdKeys, readConfiguration } from '../iam/open-id-keys.ts'
import type { Store } from '../store/store.ts'
import type { Federation } from './federated-sign-in.ts'
import { drawSecret, secretHash } from './secret-hash.ts'
import { sessionError } from './session-error.ts'
import { findSignInProvider, type SignInProvider, trustOf } from './sign-in-provider.ts'

export interface ProviderParts {
  readonly store: Store
  readonly rootSecret: Buffer
  readonly now: () => Date
  readonly documents: OpenIdDocuments
  readonly keys: OpenIdKeys
}

type Parts = Pick<ProviderParts, 'store' | 'now'>

/** How long somebody may take at the provider, and then to choose a role. */
export const authorizationMinutes = 10

/** From the browser's secret, so that whoever reads the database can finish nobody's sign-in. */
const derived = (secret: string, what: 'state' | 'nonce' | 'verifier'): string =>
  createHmac('sha256', secret).update(what).digest('base64url')

/**
 * Begins a sign-in at a provider: the authorization code flow with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636). `origin` is where the
 * browser knows this server. Gives the provider's page, and what the browser keeps meanwhile. Throws NoProvider, ProviderUnreachable.
 */
export async function beginAuthorization(parts: ProviderParts, name: string, origin: string) {
  const { store, now } = parts
  const provider = await findSignInProvider(parts, name)
  if (!provider) throw sessionError.noProvider(name)
  const configuration = await configurationOf(parts, provider)
  const { secret, hash } = drawSecret()
  const place = `${origin}/console/sign-in`
  const time = now().getTime()
  const expires = time + authorizationMinutes * 60_000
  await store.transaction(async ({ db }) => {
    await db.deleteFrom('console_authorization').where('expires', '<=', time).execute()
    await db.insertInto('console_authorization').values({ hash, provider: name, place, expires }).execute()
  })
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: place,
    scope: provider.scopes.join(' '),
    state: derived(secret, 'state'),
    nonce: derived(secret, 'nonce'),
    code_challenge: await client.calculatePKCECodeChallenge(derived(secret, 'verifier')),
    code_challenge_method: 'S256',
  })
  return { url: url.href, secret }
}

/**
 * Ends it with what the provider has put into the address: who that is, by a token that the provider has signed for this sign-in. The
 * browser's secret is good for one attempt. Throws SignInOver, ProviderRefused, ProviderUnreachable, and what refuses tokens.
 */
export async function endAuthorization(
  parts: ProviderParts,
  secret: string | undefined,
  response: string,
): Promise<{ provider: SignInProvider; token: IdentityToken }> {
  const taken = secret === undefined ? undefined : await takeAuthorization(parts, secret)
  const begun = taken?.proven === '' ? taken : undefined
  const provider = begun && (await findSignInProvider(parts, begun.provider))
  if (secret === undefined || !begun || !provider) throw sessionError.signInOver()
  const configuration = await configurationOf(parts, provider)
  const text = await grant(configuration, new URL(`${begun.place}?${response}`), secret)
  const trusted = await trustOf(parts.store, provider)
  if (!trusted) throw sessionError.noProvider(provider.name)
  return { provider, token: await verifyIdentityToken(text, trusted, parts.keys, parts.now()) }
}

/**
 * Lets whoever has come back from a provider choose among roles, once, in the same browser: the secret of the choice. Throws nothing of its
 * own.
 */
export async function offerRoles({ store, now }: Parts, roles: readonly Federation[]): Promise<string> {
  const { secret, hash } = drawSecret()
  const expires = now().getTime() + authorizationMinutes * 60_000
  const row = { hash, provider: '', place: '', expires, proven: JSON.stringify(roles) }
  await store.db.insertInto('console_authorization').values(row).execute()
  return secret
}

/** The role that was chosen of those. Throws SignInOver. */
export async function chosenRole(parts: Parts, secret: string | undefined, roleArn: string): Promise<Federation> {
  const row = secret === undefined ? undefined : await takeAuthorization(parts, secret)
  const roles = JSON.parse(row?.proven || '[]') as Federation[]
  const chosen = roles.find(role => role.roleArn === roleArn)
  if (!chosen) throw sessionError.signInOver()
  return chosen
}

async function takeAuthorization({ store, now }: Parts, secret: string) {
  const mine = store.db.deleteFrom('console_authorization').where('hash', '=', secretHash(secret)).returningAll()
  const row = await mine.executeTakeFirst()
  return row && row.expires > now().getTime() ? row : undefined
}

/** The ID token for the code, once state, issuer and nonce are those that were sent. */
async function grant(configuration: client.Configuration, address: URL, secret: string): Promise<string> {
  try {
    const { id_token: token } = await client.authorizationCodeGrant(configuration, address, {
      expectedState: derived(secret, 'state'),
      expectedNonce: derived(secret, 'nonce'),
      pkceCodeVerifier: derived(secret, 'verifier'),
      idTokenExpected: true,
    })
    return token ?? ''
  } catch (error) {
    throw sessionError.providerRefused(reasonOf(error))
  }
}

/** The provider's own code where it gave one (RFC 6749, 4.1.2.1 and 5.2), else what was not as it has to be. */
const reasonOf = (error: unknown): string => {
  const { message, error: code } = error as Error & { readonly error?: unknown }
  return typeof code === 'string' ? code : message
}

/** The provider as it describes itself now, asked within the bounds of `OpenIdDocuments`. */
async function configurationOf({ store, documents }: ProviderParts, provider: SignInProvider) {
  const trusted = await trustOf(store, provider)
  if (!trusted) throw sessionError.noProvider(provider.name)
  const { issuer, thumbprints } = trusted
  const told = await readConfiguration(documents, issuer, thumbprints).catch((error: Error) => {
    throw sessionError.providerUnreachable(error.message)
  })
  const metadata = told as unknown as client.ServerMetadata
  const { clientId, clientSecret } = provider
  const configuration = new client.Configuration(metadata, clientId, {}, proofOf(metadata, clientSecret))
  configuration[client.customFetch] = (url, { method, headers, body }) =>
    documents.send(url, { method, headers, ...(body && { body: String(body) }) }, thumbprints)
  return configuration
}

/** How the client proves itself: HTTP Basic unless the provider takes the secret in the form alone (OpenID Connect Core 1.0, 9). */
function proofOf({ token_endpoint_auth_methods_supported: ways }: client.ServerMetadata, secret: string | undefined) {
  if (secret === undefined) return client.None()
  const isForm = ways !== undefined && !ways.includes('client_secret_basic') && ways.includes('client_secret_post')
  return isForm ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret)
}
