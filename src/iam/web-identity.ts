import { AccessDenied } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import type { Principal } from '../service/principal.ts'
import { type Identity, loadIdentity } from './identity.ts'
import { claimedIssuer, type IdentityToken, invalidToken, verifyIdentityToken } from './identity-token.ts'
import { findOpenIdProvider, openIdProviderArn } from './open-id-provider.ts'
import { issueSession, type SessionPrincipal } from './session.ts'
import { checkDuration, sessionPolicies } from './session-policies.ts'
import { describeCredential, invalid, type Op } from './sts-operation.ts'

/**
 * A role for whoever shows a token of an OpenID Connect provider that the role's account has made, within the role's trust policy
 * (AWS STS API Reference, AssumeRoleWithWebIdentity). Nobody signs this.
 */
export const assumeRoleWithWebIdentity: Op<'AssumeRoleWithWebIdentity'> = async (input, ctx) => {
  const { RoleArn: roleArn = '', RoleSessionName: name = '', WebIdentityToken: text = '' } = input
  if (input.ProviderId !== undefined)
    throw invalid(
      'ProviderId is for OAuth 2.0 access tokens, which are not served here; leave it out for OpenID Connect.',
    )
  const account = /^arn:aws[\w-]*:iam::(\d{12}):role\/[!-~]+$/.exec(roleArn)?.[1]
  if (account === undefined) throw invalid(`${roleArn} is invalid`)
  const issuer = claimedIssuer(text)
  const url = issuer.replace(/^https:\/\/|\/$/g, '')
  const provider = await findOpenIdProvider(ctx.store, openIdProviderArn(account, url))
  if (!provider) throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`)
  const trusted = {
    issuer: `https://${provider.url}`,
    clientIds: JSON.parse(provider.client_ids) as string[],
    thumbprints: JSON.parse(provider.thumbprints) as string[],
  }
  const token = await verifyIdentityToken(text, trusted, ctx.openIdKeys, ctx.now())
  const role = await trustedRole(ctx, { roleArn, name, account, provider: provider.arn, url: provider.url, token })
  const seconds = input.DurationSeconds ?? 3600
  checkDuration(seconds, role)
  const { policies, packedSize } = await sessionPolicies(input, account, ctx)
  const principal = federatedPrincipal(role, { name, provider: provider.arn, token, policies, issued: ctx.now() })
  const credential = await issueSession(ctx.store, ctx.rootSecret, ctx.now(), principal, seconds)
  return {
    Credentials: describeCredential(credential),
    SubjectFromWebIdentityToken: token.subject,
    AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
    Provider: token.issuer,
    Audience: token.audience,
    ...(packedSize > 0 && { PackedPolicySize: packedSize }),
    ...(token.sourceIdentity !== undefined && { SourceIdentity: token.sourceIdentity }),
  }
}

/** What a token lets one have of a role. */
export type FederatedToken = Omit<IdentityToken, 'claims'>

export interface RoleWish {
  readonly roleArn: string
  readonly name: string
  readonly account: string
  /** ARN of the provider, and its URL without a scheme. */
  readonly provider: string
  readonly url: string
  readonly token: FederatedToken
}

/** The role, when its trust policy lets this token have it, with its tags and source identity. Tells no more than that it does not. */
export async function trustedRole(
  ctx: Pick<Context, 'store' | 'iam'>,
  { roleArn, name, account, provider, url, token }: RoleWish,
): Promise<Identity> {
  const role = await loadIdentity(ctx.store, 'arn', roleArn)
  const principal: Principal = { kind: 'web-identity', account, arn: provider, userId: token.subject }
  const conditions = {
    ...claimConditions(url, token),
    'sts:RoleSessionName': name,
    'aws:FederatedProvider': provider,
    ...(token.sourceIdentity !== undefined && { 'sts:SourceIdentity': token.sourceIdentity }),
    ...(token.transitiveTagKeys.length > 0 && { 'sts:TransitiveTagKeys': token.transitiveTagKeys }),
    ...Object.fromEntries(Object.entries(token.tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(Object.keys(token.tags).length > 0 && { 'aws:TagKeys': Object.keys(token.tags) }),
    ...Object.fromEntries(
      Object.entries(role?.tags ?? {}).flatMap(([key, value]) => [
        [`aws:ResourceTag/${key}`, value],
        [`iam:ResourceTag/${key}`, value],
      ]),
    ),
  }
  const actions = [
    'sts:AssumeRoleWithWebIdentity',
    ...(Object.keys(token.tags).length > 0 ? ['sts:TagSession'] : []),
    ...(token.sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
  ]
  for (const action of actions) {
    if (!role?.trustPolicy) throw notAuthorized(action)
    const access = { action, resource: roleArn, owner: account, resourcePolicy: role.trustPolicy, conditions }
    await ctx.iam.authorize(principal, access).catch(error => {
      throw error instanceof AccessDenied ? notAuthorized(action) : error
    })
  }
  return role as Identity
}

/** IAM User Guide, Available keys for AWS OIDC federation. */
const claimConditions = (url: string, { audience, originalAudience, subject, amr }: FederatedToken) => ({
  [`${url}:aud`]: audience,
  [`${url}:sub`]: subject,
  ...(originalAudience && { [`${url}:oaud`]: originalAudience }),
  ...(amr.length > 0 && { [`${url}:amr`]: amr }),
})

interface Federation {
  readonly name: string
  /** ARN of the provider. */
  readonly provider: string
  readonly token: FederatedToken
  /** Session policies. */
  readonly policies?: readonly string[]
  readonly issued: Date
}

/** Who has a role by a token. */
export function federatedPrincipal(
  role: Identity,
  { name, provider, token, policies = [], issued }: Federation,
): SessionPrincipal {
  const account = role.arn.split(':')[4] as string
  return {
    kind: 'assumed-role',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${name}`,
    userId: `${role.id}:${name}`,
    identityArn: role.arn,
    ...(policies.length > 0 && { sessionPolicies: policies }),
    session: {
      kind: 'AssumeRoleWithWebIdentity',
      issued: issued.getTime(),
      tags: token.tags,
      transitiveTagKeys: token.transitiveTagKeys,
      sourceIdentity: token.sourceIdentity,
      provider,
    },
  }
}

const notAuthorized = (action: string) => new AccessDenied(`Not authorized to perform ${action}`, 'AccessDenied')
