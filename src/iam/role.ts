import type * as Sdk from '@aws-sdk/client-iam'
import type { Input, Operation, Output } from '../service/operation.ts'
import type { Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'
import {
  describeExtras,
  encodeDocument,
  findIdentity,
  type IdentityRow,
  insertIdentity,
  listIdentities,
} from './identity-row.ts'
import { page } from './page.ts'
import { checkTrustPolicy } from './trust-policy.ts'

type Op<N extends string> = Operation<Input<typeof Sdk, N>, Output<typeof Sdk, N>>

export const createRole: Op<'CreateRole'> = async (input, ctx) => {
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
    return { Role: describe(await insertIdentity(tx, ctx, made)) }
  })
}

export const getRole: Op<'GetRole'> = async (input, ctx) => {
  const row = await findIdentity(ctx.store, ctx.account, 'role', input.RoleName)
  const used = row.last_used > 0 && { LastUsedDate: new Date(row.last_used), Region: row.last_region }
  return { Role: { ...describe(row), MaxSessionDuration: row.max_session, RoleLastUsed: used || {} } }
}

export const listRoles: Op<'ListRoles'> = async (input, ctx) => {
  const read = listIdentities(ctx.store, ctx.account, 'role', input.PathPrefix)
  const { items, more } = await page('ListRoles', input, ctx, row => row.name_key, read)
  const listed = (row: IdentityRow) => describe({ ...row, tags: '[]', boundary: '' })
  return { Roles: items.map(row => ({ ...listed(row), MaxSessionDuration: row.max_session })), ...more }
}

export const updateRole: Op<'UpdateRole'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'role', input.RoleName)
    const { Description: description = row.description, MaxSessionDuration: max_session = row.max_session } = input
    await db.updateTable('iam_identity').set({ description, max_session }).where('id', '=', row.id).execute()
    return {}
  })

export const updateAssumeRolePolicy: Op<'UpdateAssumeRolePolicy'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'role', input.RoleName)
    await checkTrustPolicy({ db }, input.PolicyDocument)
    const change = { trust_policy: input.PolicyDocument }
    await db.updateTable('iam_identity').set(change).where('id', '=', row.id).execute()
    return {}
  })

export const deleteRole: Op<'DeleteRole'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'role', input.RoleName)
    await refuseDeletion({ db }, row)
    await db.deleteFrom('iam_identity').where('id', '=', row.id).execute()
    return {}
  })

/** Throws DeleteConflict while policies hang on a user or role. */
export async function refuseDeletion({ db }: Pick<Transaction, 'db'>, { id }: IdentityRow): Promise<void> {
  const attached = db.selectFrom('iam_attachment').select('identity').where('identity', '=', id)
  if (await attached.executeTakeFirst())
    throw iamError.conflict('Cannot delete entity, must detach all policies first.')
  const inline = db.selectFrom('iam_inline_policy').select('identity').where('identity', '=', id)
  if (await inline.executeTakeFirst()) throw iamError.conflict('Cannot delete entity, must delete policies first.')
}

/** Instance profiles are not served, so no role is in one. */
export const listInstanceProfilesForRole: Op<'ListInstanceProfilesForRole'> = async (input, ctx) => {
  await findIdentity(ctx.store, ctx.account, 'role', input.RoleName)
  return { InstanceProfiles: [], IsTruncated: false }
}

const describe = (row: IdentityRow) => ({
  Path: row.path,
  RoleName: row.name,
  RoleId: row.id,
  Arn: row.arn,
  CreateDate: new Date(row.created),
  AssumeRolePolicyDocument: encodeDocument(row.trust_policy),
  ...(row.description !== '' && { Description: row.description }),
  ...describeExtras(row),
})
