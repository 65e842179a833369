import { setImmediate as turn } from 'node:timers/promises'
import type { Context } from '../service/context.ts'
import { awsManagedPolicies } from './aws-managed-policy.ts'
import type { Op } from './iam-operation.ts'
import { page } from './iam-page.ts'
import {
  attachedTo,
  describeExtras,
  encodeDocument,
  type IdentityRow,
  inlineOf,
  type Kind,
  listIdentities,
} from './identity-row.ts'
import { describeRoleUse } from './identity-view.ts'
import { describeListedProfiles } from './instance-profile-view.ts'
import { containersOf } from './membership.ts'
import { awsRow, describePolicy, listOwnPolicies, type PolicyRow, versionsWithDocuments } from './policy-row.ts'

/** The parts of the answer in the order in which pages go through them; `key` begins the page marker. */
const sections = [
  { filter: 'User', key: '1', read: identities('user') },
  { filter: 'Group', key: '2', read: identities('group') },
  { filter: 'Role', key: '3', read: identities('role') },
  { filter: 'LocalManagedPolicy', key: '4', read: ownPolicies },
  { filter: 'AWSManagedPolicy', key: '5', read: awsPolicies },
] as const

interface Found {
  readonly key: string
  readonly identity?: IdentityRow
  readonly policy?: PolicyRow
}
type Read = (ctx: Context, after: string, count: number) => Promise<Found[]>

/** Every user, group, role and policy of the account with all that hangs on them; AWS's own policies where they are attached. */
export const getAccountAuthorizationDetails: Op<'GetAccountAuthorizationDetails'> = async (input, ctx) => {
  const chosen = sections.filter(({ filter }) => !input.Filter?.length || input.Filter.includes(filter))
  const read = async (after: string, count: number) => {
    const found: Found[] = []
    for (const section of chosen) {
      if (found.length >= count || section.key < after.charAt(0)) continue
      const rest = section.key === after.charAt(0) ? after.slice(1) : ''
      const rows = await section.read(ctx, rest, count - found.length)
      found.push(...rows.map(row => ({ ...row, key: section.key + row.key })))
    }
    return found
  }
  const { items, more } = await page('GetAccountAuthorizationDetails', input, ctx, item => item.key, read)
  const of = (kind: Kind) => items.flatMap(({ identity }) => (identity?.kind === kind ? [identity] : []))
  const policies = items.flatMap(({ policy }) => (policy ? [policy] : []))
  return {
    UserDetailList: await inTurn(of('user'), row => describeUser(ctx, row)),
    GroupDetailList: await inTurn(of('group'), row => describeGroup(ctx, row)),
    RoleDetailList: await inTurn(of('role'), row => describeRole(ctx, row)),
    Policies: await inTurn(policies, row => describeWithVersions(ctx, row)),
    ...more,
  }
}

/** One after the other; others have their turn between. */
async function inTurn<Row, View>(rows: readonly Row[], describe: (row: Row) => Promise<View>): Promise<View[]> {
  const views: View[] = []
  for (const [index, row] of rows.entries()) {
    if (index % 20 === 19) await turn()
    views.push(await describe(row))
  }
  return views
}

function identities(kind: Kind): Read {
  return async (ctx, after, count) => {
    const rows = await listIdentities(ctx.store, ctx.account, kind)(after, count)
    return rows.map(identity => ({ key: identity.name_key, identity }))
  }
}

async function ownPolicies(ctx: Context, after: string, count: number): Promise<Found[]> {
  const rows = await listOwnPolicies(ctx.store, ctx.account, after, count)
  return rows.map(policy => ({ key: policy.name, policy }))
}

/** Of AWS's policies only those that are in use (IAM API Reference, GetAccountAuthorizationDetails). */
async function awsPolicies(ctx: Context, after: string, count: number): Promise<Found[]> {
  const used = await ctx.store.db
    .selectFrom('iam_attachment')
    .innerJoin('iam_identity', 'iam_identity.id', 'iam_attachment.identity')
    .select('policy_arn')
    .distinct()
    .where('account', '=', ctx.account)
    .where('policy_arn', 'like', 'arn:aws:iam::aws:%')
    .where('policy_arn', '>', after)
    .orderBy('policy_arn')
    .limit(count)
    .execute()
  return used
    .filter(({ policy_arn }) => awsManagedPolicies.has(policy_arn))
    .map(({ policy_arn }) => ({ key: policy_arn, policy: awsRow(policy_arn) }))
}

async function describeUser(ctx: Context, row: IdentityRow) {
  const groups = await containersOf(ctx.store, row.id)
  return {
    ...named(row, 'UserName', 'UserId'),
    UserPolicyList: await inlinePolicies(ctx, row),
    GroupList: groups.map(group => group.name),
    AttachedManagedPolicies: await attachedPolicies(ctx, row),
    ...describeExtras(row),
  }
}

const describeGroup = async (ctx: Context, row: IdentityRow) => ({
  ...named(row, 'GroupName', 'GroupId'),
  GroupPolicyList: await inlinePolicies(ctx, row),
  AttachedManagedPolicies: await attachedPolicies(ctx, row),
})

const describeRole = async (ctx: Context, row: IdentityRow) => ({
  ...named(row, 'RoleName', 'RoleId'),
  AssumeRolePolicyDocument: encodeDocument(row.trust_policy),
  InstanceProfileList: await describeListedProfiles(ctx.store, await containersOf(ctx.store, row.id)),
  RolePolicyList: await inlinePolicies(ctx, row),
  AttachedManagedPolicies: await attachedPolicies(ctx, row),
  RoleLastUsed: describeRoleUse(row),
  ...describeExtras(row),
})

async function describeWithVersions(ctx: Context, row: PolicyRow) {
  const { Tags: _, ...policy } = await describePolicy(ctx.store, row, ctx.account)
  return { ...policy, PolicyVersionList: await versionsWithDocuments(ctx.store, row) }
}

const named = <Name extends string, Id extends string>(row: IdentityRow, name: Name, id: Id) => ({
  Path: row.path,
  ...({ [name]: row.name, [id]: row.id } as Record<Name | Id, string>),
  Arn: row.arn,
  CreateDate: new Date(row.created),
})

async function inlinePolicies(ctx: Context, { id }: IdentityRow) {
  const rows = await inlineOf(ctx.store, id).execute()
  return rows.map(row => ({ PolicyName: row.name, PolicyDocument: encodeDocument(row.document) }))
}

async function attachedPolicies(ctx: Context, { id }: IdentityRow) {
  const rows = await attachedTo(ctx.store, id).execute()
  return rows.map(({ policy_arn: arn }) => ({ PolicyName: arn.split('/').at(-1) as string, PolicyArn: arn }))
}
