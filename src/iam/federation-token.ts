import type * as Sdk from '@aws-sdk/client-sts'
import { AccessDenied } from '../ground/errors.ts'
import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { issueSession, type SessionPrincipal } from './session.ts'
import { sessionPolicies } from './session-policies.ts'
import { describeCredential, type Op } from './sts-operation.ts'

type Request = Input<typeof Sdk, 'GetFederationToken'>

/** Without session policies a federated user may do what everyone may, and what resources let it by its own name. */
const nothingMore = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' },
})

/**
 * Credentials for somebody whom the caller vouches for: what the caller's policies and the session's both allow (AWS STS API Reference,
 * GetFederationToken). 12 hours unless asked, an hour at most for root.
 */
export const getFederationToken: Op<'GetFederationToken'> = async (input, ctx) => {
  const { kind, account } = ctx.principal
  if ((kind !== 'user' && kind !== 'root') || (ctx.principal as SessionPrincipal).session)
    throw new AccessDenied('Cannot call GetFederationToken with session credentials', 'AccessDenied')
  const { policies, packedSize } = await sessionPolicies(input, account, ctx)
  const principal = federated(input, ctx, policies)
  const seconds = Math.min(input.DurationSeconds ?? 43_200, kind === 'root' ? 3600 : 129_600)
  const credential = await issueSession(ctx.store, ctx.rootSecret, ctx.now(), principal, seconds)
  return {
    Credentials: describeCredential(credential),
    FederatedUser: { FederatedUserId: principal.userId, Arn: principal.arn },
    ...(packedSize > 0 && { PackedPolicySize: packedSize }),
  }
}

/** Session tags need leave of their own (IAM User Guide, Pass session tags in AWS STS). */
export function federationAccess({ Name: name = '', Tags: tags = [] }: Request, { account }: Context): Access[] {
  const conditions = {
    ...Object.fromEntries(tags.map(({ Key, Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
    ...(tags.length > 0 && { 'aws:TagKeys': tags.map(({ Key = '' }) => Key) }),
  }
  const actions = ['sts:GetFederationToken', ...(tags.length > 0 ? ['sts:TagSession'] : [])]
  return actions.map(action => ({ action, resource: arnOf(account, name), conditions }))
}

const arnOf = (account: string, name: string): string => `arn:aws:sts::${account}:federated-user/${name}`

function federated({ Name: name = '', Tags: tags = [] }: Request, ctx: Context, policies: string[]): SessionPrincipal {
  const { account, identityArn, kind, userId } = ctx.principal
  return {
    kind: 'federated-user',
    account,
    arn: arnOf(account, name),
    userId: `${account}:${name}`,
    ...(identityArn !== undefined && { identityArn }),
    sessionPolicies: policies.length > 0 ? policies : [nothingMore],
    session: {
      kind: 'GetFederationToken',
      issued: ctx.now().getTime(),
      tags: Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])),
      transitiveTagKeys: [],
      sourceIdentity: undefined,
      caller: kind === 'root' ? '' : userId,
    },
  }
}
