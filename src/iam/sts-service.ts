import type * as Sdk from '@aws-sdk/client-sts'
import { AccessDenied, ServiceError } from '../ground/errors.ts'
import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { onAnything, type SdkApi, type Service, service } from '../service/service.ts'
import { federationAccess, getFederationToken } from './federation-token.ts'
import type { SecretParts } from './iam-operation.ts'
import { type Identity, loadIdentity } from './identity.ts'
import type { OpenIdDocuments } from './open-id-document.ts'
import { createOpenIdKeys } from './open-id-keys.ts'
import { endsWithConsole, issueSession, type SessionPrincipal } from './session.ts'
import { checkDuration, sessionPolicies } from './session-policies.ts'
import { describeCredential, invalid, type Op, type StsParts } from './sts-operation.ts'
import { assumeRoleWithWebIdentity } from './web-identity.ts'

type AssumeRole = Input<typeof Sdk, 'AssumeRole'>

/** STS's API: who am I, and temporary credentials. */
export const createStsService = ({ rootSecret }: SecretParts, documents: OpenIdDocuments): Service => {
  const openIdKeys = createOpenIdKeys(documents)
  return service<SdkApi<typeof Sdk>, StsParts>({
    model: 'sts',
    parts: () => ({ rootSecret, openIdKeys }),
    operations: {
      DecodeAuthorizationMessage: { run: decodeAuthorizationMessage, access: onAnything('sts') },
      GetCallerIdentity: { run: getCallerIdentity, access: () => [] },
      AssumeRole: { run: assumeRole, access: assumeAccess },
      // Nobody has signed: the token and the role's trust policy decide, in the operation.
      AssumeRoleWithWebIdentity: { run: assumeRoleWithWebIdentity, access: () => [] },
      GetFederationToken: { run: getFederationToken, access: federationAccess },
      GetSessionToken: { run: getSessionToken, access: () => [] },
      GetAccessKeyInfo: { run: getAccessKeyInfo, access: onAnything('sts') },
    },
  })
}

/** Everyone may ask this, whatever is denied (AWS STS API Reference, GetCallerIdentity). */
const getCallerIdentity: Op<'GetCallerIdentity'> = async (_, { principal }) => ({
  UserId: principal.userId,
  Account: principal.account,
  Arn: principal.arn,
})

/** Tells the account of any access key, whosever it is (AWS STS API Reference, GetAccessKeyInfo). */
const getAccessKeyInfo: Op<'GetAccessKeyInfo'> = async ({ AccessKeyId: id }, { store: { db } }) => {
  const longTerm = db.selectFrom('iam_access_key').select('account').where('id', '=', id)
  const temporary = db.selectFrom('iam_session').select('account').where('access_key_id', '=', id)
  const row = (await longTerm.executeTakeFirst()) ?? (await temporary.executeTakeFirst())
  if (!row) throw invalid(`Invalid AccessKeyId: ${id}`)
  return { Account: row.account }
}

/**
 * Always InvalidAuthorizationMessageException, which AWS answers for what it has not encoded: refusals here say in plain words what is
 * missing, and none is encoded (on AWS those of EC2 are).
 */
const decodeAuthorizationMessage: Op<'DecodeAuthorizationMessage'> = async () => {
  throw new ServiceError(
    'InvalidAuthorizationMessageException',
    'Message is not valid: this installation encodes no authorization messages; its refusals say in plain words what is missing.',
  )
}

const getSessionToken: Op<'GetSessionToken'> = async (input, ctx) => {
  refuseMfa(input)
  const { kind } = ctx.principal
  if ((kind !== 'user' && kind !== 'root') || (ctx.principal as SessionPrincipal).session)
    throw new AccessDenied('Cannot call GetSessionToken with session credentials', 'AccessDenied')
  // AWS STS API Reference, GetSessionToken: 12 hours unless asked, an hour at most for root.
  const most = kind === 'root' ? 3600 : 129_600
  const seconds = Math.min(input.DurationSeconds ?? 43_200, most)
  const session = { kind: 'GetSessionToken' as const, issued: ctx.now().getTime(), tags: {}, transitiveTagKeys: [] }
  const principal: SessionPrincipal = { ...ctx.principal, session: { ...session, sourceIdentity: undefined } }
  return {
    Credentials: describeCredential(await issueSession(ctx.store, ctx.rootSecret, ctx.now(), principal, seconds)),
  }
}

/** The trust policy decides with the caller's own policies; for tags and a source identity there are actions of their own. */
async function assumeAccess(input: AssumeRole, ctx: Context): Promise<Access[]> {
  const role = await loadIdentity(ctx.store, 'arn', input.RoleArn)
  const owner = input.RoleArn.split(':')[4] ?? ''
  const tags = { ...inherited(ctx), ...Object.fromEntries((input.Tags ?? []).map(tag => [tag.Key, tag.Value])) }
  const sourceIdentity = input.SourceIdentity ?? (ctx.principal as SessionPrincipal).session?.sourceIdentity
  const conditions: Record<string, string | string[]> = {
    'sts:RoleSessionName': input.RoleSessionName,
    ...(input.ExternalId !== undefined && { 'sts:ExternalId': input.ExternalId }),
    ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
    ...(input.TransitiveTagKeys && { 'sts:TransitiveTagKeys': input.TransitiveTagKeys }),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
    ...Object.fromEntries(
      Object.entries(role?.tags ?? {}).flatMap(([key, value]) => [
        [`aws:ResourceTag/${key}`, value],
        [`iam:ResourceTag/${key}`, value],
      ]),
    ),
  }
  // A role that does not exist trusts nobody: the answer is the same as for one that does not trust the caller.
  const resourcePolicy = role?.trustPolicy || nobody
  const actions = [
    'sts:AssumeRole',
    ...(Object.keys(tags).length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
  ]
  return actions.map(action => ({ action, resource: input.RoleArn, owner, resourcePolicy, conditions }))
}

const nobody = JSON.stringify({ Statement: { Effect: 'Deny', Action: 'sts:None', Principal: '*' } })

const assumeRole: Op<'AssumeRole'> = async (input, ctx) => {
  refuseMfa(input)
  if (input.ProvidedContexts) throw invalid('ProvidedContexts are not served here: there is no trusted token issuer.')
  if (ctx.principal.kind === 'root')
    throw new AccessDenied('Roles may not be assumed by root accounts.', 'AccessDenied')
  const role = await loadIdentity(ctx.store, 'arn', input.RoleArn)
  if (!role) throw new AccessDenied(`${input.RoleArn} is gone`, 'AccessDenied')
  const seconds = input.DurationSeconds ?? 3600
  requireDuration(seconds, role, ctx)
  const { policies, packedSize } = await sessionPolicies(input, input.RoleArn.split(':')[4] as string, ctx)
  const principal = assumed(input, role, ctx, policies, ctx.now())
  const also = endsWithConsole(principal.session?.console)
  const credential = await issueSession(ctx.store, ctx.rootSecret, ctx.now(), principal, seconds, also)
  return {
    Credentials: describeCredential(credential),
    AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
    ...(packedSize > 0 && { PackedPolicySize: packedSize }),
    ...(principal.session?.sourceIdentity !== undefined && { SourceIdentity: principal.session.sourceIdentity }),
  }
}

function requireDuration(seconds: number, role: Identity, ctx: Context): void {
  // A session that assumes a role is chaining: an hour at most (IAM User Guide, Roles terms and concepts).
  if (ctx.principal.kind === 'assumed-role' && seconds > 3600)
    throw invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining')
  checkDuration(seconds, role)
}

function assumed(input: AssumeRole, role: Identity, ctx: Context, policies: string[], now: Date): SessionPrincipal {
  const account = role.arn.split(':')[4] as string
  const before = (ctx.principal as SessionPrincipal).session
  const given = Object.fromEntries((input.Tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']))
  const clash = Object.keys(inherited(ctx)).find(key => key in given)
  if (clash !== undefined)
    throw invalid(
      `One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: ${clash}`,
    )
  return {
    kind: 'assumed-role',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${input.RoleSessionName}`,
    userId: `${role.id}:${input.RoleSessionName}`,
    identityArn: role.arn,
    ...(policies.length > 0 && { sessionPolicies: policies }),
    session: {
      kind: 'AssumeRole',
      issued: now.getTime(),
      tags: { ...inherited(ctx), ...given },
      transitiveTagKeys: [...(before?.transitiveTagKeys ?? []), ...(input.TransitiveTagKeys ?? [])],
      sourceIdentity: before?.sourceIdentity ?? input.SourceIdentity,
      provider: before?.provider,
      console: before?.console,
    },
  }
}

/** Transitive tags of the session that asks go on to the next (IAM User Guide, Chaining roles with session tags). */
function inherited(ctx: Context): Record<string, string> {
  const { tags = {}, transitiveTagKeys = [] } = (ctx.principal as SessionPrincipal).session ?? {}
  return Object.fromEntries(Object.entries(tags).filter(([key]) => transitiveTagKeys.includes(key)))
}

function refuseMfa({ SerialNumber, TokenCode }: { SerialNumber?: string | undefined; TokenCode?: string | undefined }) {
  if (SerialNumber !== undefined || TokenCode !== undefined)
    throw new AccessDenied('MultiFactorAuthentication failed: no MFA devices are served here', 'AccessDenied')
}
