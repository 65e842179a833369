import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { page } from './iam-page.ts'
import {
  findChangeable,
  findIdentity,
  insertIdentity,
  listIdentities,
  refuseDeletion,
  serviceLinkedPath,
} from './identity-row.ts'
import { describeListedRole, describeRole, describeRoleUse } from './identity-view.ts'
import { containersOf } from './membership.ts'
import { checkTrustPolicy } from './trust-policy.ts'

export const createRole: Op<'CreateRole'> = async (input, ctx) => {
  if (input.Path?.startsWith(serviceLinkedPath))
    throw iamError.invalid(`Roles with the path ${serviceLinkedPath} are made by CreateServiceLinkedRole only.`)
  const made = {
    kind: 'role' as const,
    name: input.RoleName,
    path: input.Path,
    boundary: input.PermissionsBoundary,
    tags: input.Tags,
    trust_policy: input.AssumeRolePolicyDocument,
    description: input.Description ?? '',
    max_session: input.MaxSessionDuration ?? 3600,
  }
  return ctx.store.transaction(async tx => {
    await checkTrustPolicy(tx, input.AssumeRolePolicyDocument)
    return { Role: describeRole(await insertIdentity(tx, ctx, made)) }
  })
}

export const getRole: Op<'GetRole'> = async (input, ctx) => {
  const row = await findIdentity(ctx.store, ctx.account, 'role', input.RoleName)
  return { Role: { ...describeRole(row), MaxSessionDuration: row.max_session, RoleLastUsed: describeRoleUse(row) } }
}

export const listRoles: Op<'ListRoles'> = async (input, ctx) => {
  const read = listIdentities(ctx.store, ctx.account, 'role', input.PathPrefix)
  const { items, more } = await page('ListRoles', input, ctx, row => row.name_key, read)
  return { Roles: items.map(describeListedRole), ...more }
}

/** Of a service-linked role the description alone can be changed (IAM User Guide, Service-linked roles). */
export const updateRole: Op<'UpdateRole'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const find = input.MaxSessionDuration === undefined ? findIdentity : findChangeable
    const row = await find({ db }, ctx.account, 'role', input.RoleName)
    const { Description: description = row.description, MaxSessionDuration: max_session = row.max_session } = input
    await db.updateTable('iam_identity').set({ description, max_session }).where('id', '=', row.id).execute()
    return {}
  })

/** The older form of UpdateRole. */
export const updateRoleDescription: Op<'UpdateRoleDescription'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'role', input.RoleName)
    const change = { description: input.Description }
    await db.updateTable('iam_identity').set(change).where('id', '=', row.id).execute()
    return { Role: { ...describeRole({ ...row, ...change }), MaxSessionDuration: row.max_session } }
  })

export const updateAssumeRolePolicy: Op<'UpdateAssumeRolePolicy'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findChangeable({ db }, ctx.account, 'role', input.RoleName)
    await checkTrustPolicy({ db }, input.PolicyDocument)
    const change = { trust_policy: input.PolicyDocument }
    await db.updateTable('iam_identity').set(change).where('id', '=', row.id).execute()
    return {}
  })

export const deleteRole: Op<'DeleteRole'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findChangeable({ db }, ctx.account, 'role', input.RoleName)
    if ((await containersOf({ db }, row.id)).length > 0)
      throw iamError.conflict('Cannot delete entity, must remove roles from instance profile first.')
    await refuseDeletion({ db }, row)
    await db.deleteFrom('iam_identity').where('id', '=', row.id).execute()
    return {}
  })
