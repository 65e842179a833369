import type { IamEngine } from '../iam/iam.ts'
import type { Identity } from '../iam/identity.ts'
import { type IdentityToken, texts } from '../iam/identity-token.ts'
import { findOpenIdProvider, openIdProviderArn } from '../iam/open-id-provider.ts'
import { type FederatedToken, trustedRole } from '../iam/web-identity.ts'
import { secretHash } from './secret-hash.ts'
import { sessionError } from './session-error.ts'
import type { SignInProvider } from './sign-in-provider.ts'

/** How somebody has a role: kept with the session, and asked again with each renewal. */
export interface Federation {
  readonly roleArn: string
  /** Of the session. */
  readonly name: string
  /** ARN of the provider in the role's account. */
  readonly provider: string
  readonly token: FederatedToken
}

/** The roles that the operator's table gives to somebody's groups, in its order. Throws NoRole. */
export function federationsOf(
  { groupsClaim, roles, name: called }: SignInProvider,
  { claims, ...token }: IdentityToken,
): Federation[] {
  const groups = texts(claims[groupsClaim])
  const arns = new Set(roles.filter(({ group }) => groups.includes(group)).map(({ roleArn }) => roleArn))
  if (arns.size === 0) throw sessionError.noRole(called)
  const url = token.issuer.replace(/^https:\/\/|\/$/g, '')
  const name = nameOf(claims, token.subject)
  return [...arns].map(roleArn => {
    const account = roleArn.split(':')[4] ?? ''
    return { roleArn, name, provider: openIdProviderArn(account, url), token }
  })
}

/** Those whose accounts and trust policies take the token. Throws the refusal of the first where none does. */
export async function takenFederations(
  parts: Pick<IamEngine, 'store' | 'authorize'>,
  all: readonly Federation[],
): Promise<Federation[]> {
  const asked = await Promise.allSettled(all.map(federation => federatedRole(parts, federation)))
  const taken = all.filter((_, index) => asked[index]?.status === 'fulfilled')
  if (taken.length === 0) await federatedRole(parts, all[0] as Federation)
  return taken
}

/**
 * The role, as long as its account has this provider with this client and the role's trust policy takes the token, as for
 * AssumeRoleWithWebIdentity. Throws NoRole or AccessDenied.
 */
export async function federatedRole(
  { store, authorize }: Pick<IamEngine, 'store' | 'authorize'>,
  { roleArn, name, provider, token }: Federation,
): Promise<Identity> {
  const row = await findOpenIdProvider(store, provider)
  const isClient = row && (JSON.parse(row.client_ids) as string[]).includes(token.audience)
  if (!isClient) throw sessionError.foreignRole(roleArn)
  const iam = { authorize } as Parameters<typeof trustedRole>[0]['iam']
  const { account, url } = row
  return trustedRole({ store, iam }, { roleArn, name, account, provider, url, token })
}

/** A name that the security log can be read by, where the provider gives one that a session may have. */
function nameOf(claims: Readonly<Record<string, unknown>>, subject: string): string {
  const isOwn = claims.email_verified !== false
  const names = [isOwn && claims.email, claims.preferred_username, subject]
  const fitting = names.find(name => typeof name === 'string' && /^[\w+=,.@-]{2,64}$/.test(name))
  return (fitting as string | undefined) ?? `subject-${secretHash(subject).slice(0, 32)}`
}
