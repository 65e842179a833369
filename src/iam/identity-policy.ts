import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { pageAmong } from './iam-page.ts'
import { checkIdentityPolicy } from './identity-grammar.ts'
import { attachedTo, encodeDocument, findAttachable, findChangeable, findIdentity, inlineOf } from './identity-row.ts'
import { withoutSpace } from './trust-policy.ts'

interface Paging {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

const limits = {
  user: {
    inline: quotas.iam.userPolicySize.value,
    attached: ['AttachedPoliciesPerUser', quotas.iam.policiesOfUser.value],
  },
  role: { inline: quotas.iam.rolePolicySize.value, attached: ['PoliciesPerRole', quotas.iam.policiesOfRole.value] },
  group: {
    inline: quotas.iam.groupPolicySize.value,
    attached: ['AttachedPoliciesPerGroup', quotas.iam.policiesOfGroup.value],
  },
} as const
type Holder = keyof typeof limits

export const putUserPolicy: Op<'PutUserPolicy'> = (input, ctx) =>
  put(ctx, 'user', input.UserName, input.PolicyName, input.PolicyDocument)
export const putRolePolicy: Op<'PutRolePolicy'> = (input, ctx) =>
  put(ctx, 'role', input.RoleName, input.PolicyName, input.PolicyDocument)

export const putGroupPolicy: Op<'PutGroupPolicy'> = (input, ctx) =>
  put(ctx, 'group', input.GroupName, input.PolicyName, input.PolicyDocument)

export const getUserPolicy: Op<'GetUserPolicy'> = async (input, ctx) => ({
  UserName: input.UserName,
  ...(await get(ctx, 'user', input.UserName, input.PolicyName)),
})
export const getRolePolicy: Op<'GetRolePolicy'> = async (input, ctx) => ({
  RoleName: input.RoleName,
  ...(await get(ctx, 'role', input.RoleName, input.PolicyName)),
})

export const getGroupPolicy: Op<'GetGroupPolicy'> = async (input, ctx) => ({
  GroupName: input.GroupName,
  ...(await get(ctx, 'group', input.GroupName, input.PolicyName)),
})

export const deleteUserPolicy: Op<'DeleteUserPolicy'> = (input, ctx) =>
  remove(ctx, 'user', input.UserName, input.PolicyName)
export const deleteRolePolicy: Op<'DeleteRolePolicy'> = (input, ctx) =>
  remove(ctx, 'role', input.RoleName, input.PolicyName)

export const deleteGroupPolicy: Op<'DeleteGroupPolicy'> = (input, ctx) =>
  remove(ctx, 'group', input.GroupName, input.PolicyName)

export const listUserPolicies: Op<'ListUserPolicies'> = (input, ctx) => list(ctx, 'user', input.UserName, input)
export const listRolePolicies: Op<'ListRolePolicies'> = (input, ctx) => list(ctx, 'role', input.RoleName, input)

export const listGroupPolicies: Op<'ListGroupPolicies'> = (input, ctx) => list(ctx, 'group', input.GroupName, input)

export const attachUserPolicy: Op<'AttachUserPolicy'> = (input, ctx) =>
  attach(ctx, 'user', input.UserName, input.PolicyArn)
export const attachRolePolicy: Op<'AttachRolePolicy'> = (input, ctx) =>
  attach(ctx, 'role', input.RoleName, input.PolicyArn)
export const attachGroupPolicy: Op<'AttachGroupPolicy'> = (input, ctx) =>
  attach(ctx, 'group', input.GroupName, input.PolicyArn)
export const detachUserPolicy: Op<'DetachUserPolicy'> = (input, ctx) =>
  detach(ctx, 'user', input.UserName, input.PolicyArn)
export const detachRolePolicy: Op<'DetachRolePolicy'> = (input, ctx) =>
  detach(ctx, 'role', input.RoleName, input.PolicyArn)

export const detachGroupPolicy: Op<'DetachGroupPolicy'> = (input, ctx) =>
  detach(ctx, 'group', input.GroupName, input.PolicyArn)

export const listAttachedUserPolicies: Op<'ListAttachedUserPolicies'> = (input, ctx) =>
  listAttached(ctx, 'user', input.UserName, input.PathPrefix, input)
export const listAttachedRolePolicies: Op<'ListAttachedRolePolicies'> = (input, ctx) =>
  listAttached(ctx, 'role', input.RoleName, input.PathPrefix, input)
export const listAttachedGroupPolicies: Op<'ListAttachedGroupPolicies'> = (input, ctx) =>
  listAttached(ctx, 'group', input.GroupName, input.PathPrefix, input)

const put = (ctx: Context, kind: Holder, owner: string, name: string, document: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id: identity } = await findChangeable({ db }, ctx.account, kind, owner)
    checkIdentityPolicy(document, 'inline')
    const others = await inlineOf({ db }, identity).where('name', '!=', name).execute()
    const size = [document, ...others.map(other => other.document)].map(withoutSpace).reduce((a, b) => a + b)
    const { inline } = limits[kind]
    if (size > inline) throw iamError.limit(`Maximum policy size of ${inline} bytes exceeded for ${kind} ${owner}`)
    await db
      .insertInto('iam_inline_policy')
      .values({ identity, name, document })
      .onConflict(conflict => conflict.columns(['identity', 'name']).doUpdateSet({ document }))
      .execute()
    return {}
  })

async function get(ctx: Context, kind: Holder, owner: string, name: string) {
  const { id } = await findIdentity(ctx.store, ctx.account, kind, owner)
  const row = await inlineOf(ctx.store, id).where('name', '=', name).executeTakeFirst()
  if (!row) throw iamError.noInline(kind, name)
  return { PolicyName: name, PolicyDocument: encodeDocument(row.document) }
}

const remove = (ctx: Context, kind: Holder, owner: string, name: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id } = await findChangeable({ db }, ctx.account, kind, owner)
    const gone = db.deleteFrom('iam_inline_policy').where('identity', '=', id).where('name', '=', name)
    if (Number((await gone.executeTakeFirstOrThrow()).numDeletedRows) === 0) throw iamError.noInline(kind, name)
    return {}
  })

async function list(ctx: Context, kind: Holder, owner: string, input: Paging) {
  const { id } = await findIdentity(ctx.store, ctx.account, kind, owner)
  const names = (await inlineOf(ctx.store, id).execute()).map(row => row.name)
  const { items, more } = await pageAmong(`List${kind}Policies`, input, ctx, names, name => name)
  return { PolicyNames: items, ...more }
}

const attach = (ctx: Context, kind: Holder, owner: string, arn: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id: identity } = await findChangeable({ db }, ctx.account, kind, owner)
    await findAttachable({ db }, ctx.account, arn)
    const attached = (await attachedTo({ db }, identity).execute()).filter(other => other.policy_arn !== arn)
    const [quota, most] = limits[kind].attached
    if (attached.length >= most) throw iamError.quota(quota, most)
    const row = { identity, policy_arn: arn }
    await db
      .insertInto('iam_attachment')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .execute()
    return {}
  })

const detach = (ctx: Context, kind: Holder, owner: string, arn: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id } = await findChangeable({ db }, ctx.account, kind, owner)
    const gone = db.deleteFrom('iam_attachment').where('identity', '=', id).where('policy_arn', '=', arn)
    if (Number((await gone.executeTakeFirstOrThrow()).numDeletedRows) === 0) throw iamError.notAttached(arn)
    return {}
  })

async function listAttached(ctx: Context, kind: Holder, owner: string, pathPrefix = '/', input: Paging = {}) {
  const { id } = await findIdentity(ctx.store, ctx.account, kind, owner)
  const rows = await attachedTo(ctx.store, id).execute()
  const within = rows.filter(({ policy_arn: arn }) => arn.slice(arn.indexOf('/')).startsWith(pathPrefix))

  const { items, more } = await pageAmong(`ListAttached${kind}Policies`, input, ctx, within, row => row.policy_arn)
  const describe = (arn: string) => ({ PolicyName: arn.split('/').at(-1) as string, PolicyArn: arn })
  return { AttachedPolicies: items.map(row => describe(row.policy_arn)), ...more }
}
