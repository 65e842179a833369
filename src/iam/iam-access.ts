import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import type { Kind, Tag } from './identity-row.ts'
import { findOpenIdProvider, openIdProviderArn } from './open-id-provider.ts'
import { passwordPolicyOf } from './password-policy.ts'
import { serviceLinkedRoleName } from './service-linked-role.ts'

type Fields = Record<string, unknown>

/** Where an input names what is asked about: the member that comes first wins. */
const named: readonly (readonly [member: string, kind: Kind])[] = [
  ['GroupName', 'group'],
  ['InstanceProfileName', 'instance-profile'],
  ['RoleName', 'role'],
  ['UserName', 'user'],
]

/** What is made or listed below a path. */
const below: Readonly<Record<string, readonly [kind: string, member: string | undefined]>> = {
  CreateUser: ['user', 'UserName'],
  CreateGroup: ['group', 'GroupName'],
  CreateRole: ['role', 'RoleName'],
  CreateInstanceProfile: ['instance-profile', 'InstanceProfileName'],
  CreatePolicy: ['policy', 'PolicyName'],
  ListUsers: ['user', undefined],
  ListGroups: ['group', undefined],
  ListRoles: ['role', undefined],
  ListInstanceProfiles: ['instance-profile', undefined],
}

/** Without a user's name these are about whoever asks. */
const ofCaller = new Set([
  ...['GetUser', 'ChangePassword', 'CreateAccessKey', 'ListAccessKeys', 'UpdateAccessKey', 'DeleteAccessKey'],
  ...['CreateLoginProfile', 'GetLoginProfile', 'DeleteLoginProfile', 'ListMFADevices', 'ListSSHPublicKeys'],
  ...['ListServiceSpecificCredentials', 'ListSigningCertificates'],
])

/**
 * Who may: the action on the user, group, role, instance profile or policy that the input names, on `*` where it names none
 * (Service Authorization Reference, AWS Identity and Access Management).
 */
export async function iamAccess(input: Fields, ctx: Context, operation: string): Promise<Access[]> {
  const target = await targetOf(operation, input, ctx)
  const action = `iam:${operation}`
  const conditions = { ...target.conditions, ...requestConditions(input) }
  const main = { action, resource: target.arn, conditions, ...(await selfService(operation, ctx)) }
  return [main, ...(await furtherOf(operation, input, ctx))]
}

interface Target {
  readonly arn: string
  readonly conditions?: Record<string, string>
}

async function targetOf(operation: string, input: Fields, ctx: Context): Promise<Target> {
  const text = (name: string) => (typeof input[name] === 'string' ? (input[name] as string) : undefined)
  const at = `arn:aws:iam::${ctx.account}`
  const place = Object.hasOwn(below, operation) ? below[operation] : undefined
  if (place) {
    const [kind, member] = place
    return { arn: `${at}:${kind}${text('Path') ?? text('PathPrefix') ?? '/'}${(member && text(member)) ?? ''}` }
  }
  if (operation === 'CreateServiceLinkedRole') {
    const service = text('AWSServiceName') ?? ''
    return { arn: `${at}:role/aws-service-role/${service}/${serviceLinkedRoleName(service) ?? '*'}` }
  }
  if (operation === 'CreateOpenIDConnectProvider')
    return { arn: openIdProviderArn(ctx.account, (text('Url') ?? '').replace(/^https:\/\/|\/$/gi, '')) }
  const provider = text('OpenIDConnectProviderArn')
  if (provider !== undefined) return providerTarget(ctx, provider)
  const found = named.find(([member]) => text(member) !== undefined)
  if (found) return identityTarget(ctx, found[1], text(found[0]) as string)
  if (ofCaller.has(operation)) {
    const caller = ctx.principal.kind === 'user' ? ctx.principal.arn.split('/').at(-1) : undefined
    return caller === undefined ? { arn: ctx.principal.arn } : identityTarget(ctx, 'user', caller)
  }
  const policy = text('PolicyArn')
  return policy === undefined ? { arn: text('PolicySourceArn') ?? '*' } : policyTarget(ctx, policy)
}

/** The ARN holds the path, which only the row knows; tags and boundary are the resource's. */
async function identityTarget(ctx: Context, kind: Kind, name: string): Promise<Target> {
  const row = await ctx.store.db
    .selectFrom('iam_identity')
    .select(['arn', 'tags', 'boundary'])
    .where('account', '=', ctx.account)
    .where('kind', '=', kind)
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst()
  if (!row) return { arn: `arn:aws:iam::${ctx.account}:${kind}/${name}` }
  const boundary: Record<string, string> = row.boundary === '' ? {} : { 'iam:PermissionsBoundary': row.boundary }
  return { arn: row.arn, conditions: { ...boundary, ...tagConditions(row.tags) } }
}

async function policyTarget(ctx: Context, arn: string): Promise<Target> {
  const found = ctx.store.db.selectFrom('iam_policy').select('tags').where('arn', '=', arn)
  return { arn, conditions: tagConditions((await found.executeTakeFirst())?.tags ?? '[]') }
}

async function providerTarget(ctx: Context, arn: string): Promise<Target> {
  return { arn, conditions: tagConditions((await findOpenIdProvider(ctx.store, arn))?.tags ?? '[]') }
}

const tagConditions = (tags: string): Record<string, string> =>
  Object.fromEntries(
    (JSON.parse(tags) as Tag[]).flatMap(tag => [
      [`aws:ResourceTag/${tag.Key}`, tag.Value],
      [`iam:ResourceTag/${tag.Key}`, tag.Value],
    ]),
  )

function requestConditions(input: Fields): Record<string, string | string[]> {
  const tags = (input.Tags ?? []) as Tag[]
  const keys = (input.TagKeys as string[] | undefined) ?? (input.Tags ? tags.map(tag => tag.Key) : undefined)
  const service = input.AWSServiceName ?? /^task\/aws-service-role\/([^/]+)/.exec(String(input.DeletionTaskId))?.[1]
  return {
    ...Object.fromEntries(tags.map(tag => [`aws:RequestTag/${tag.Key}`, tag.Value])),
    ...(keys && { 'aws:TagKeys': keys }),
    ...(typeof input.PermissionsBoundary === 'string' && { 'iam:PermissionsBoundary': input.PermissionsBoundary }),
    ...(typeof input.PolicyArn === 'string' && { 'iam:PolicyARN': input.PolicyArn }),
    ...(typeof service === 'string' && { 'iam:AWSServiceName': service }),
  }
}

/** A role in an instance profile is handed to EC2 (IAM API Reference, AddRoleToInstanceProfile). */
async function furtherOf(operation: string, input: Fields, ctx: Context): Promise<Access[]> {
  if (operation !== 'AddRoleToInstanceProfile') return []
  const role = await identityTarget(ctx, 'role', String(input.RoleName))
  const conditions = { ...role.conditions, 'iam:PassedToService': 'ec2.amazonaws.com' }
  return [{ action: 'iam:PassRole', resource: role.arn, conditions }]
}

const own = new Set(['ChangePassword', 'GetAccountPasswordPolicy'])

/** The account's password policy may let every user change the password of its own (IAM User Guide, Set an account password policy). */
async function selfService(operation: string, ctx: Context): Promise<Pick<Access, 'resourcePolicy'>> {
  if (!own.has(operation) || ctx.principal.kind !== 'user') return {}
  if (!(await passwordPolicyOf(ctx.store, ctx.account))?.AllowUsersToChangePassword) return {}
  const statement = { Effect: 'Allow', Action: `iam:${operation}`, Principal: { AWS: ctx.principal.arn } }
  return { resourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }
}
