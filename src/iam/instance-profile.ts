import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { page, pageAmong } from './iam-page.ts'
import { findChangeable, findIdentity, insertIdentity, listIdentities, noRole } from './identity-row.ts'
import { describeListedProfiles, describeProfile } from './instance-profile-view.ts'
import { addMember, containersOf, membersOf, removeMember } from './membership.ts'

const kind = 'instance-profile'

export const createInstanceProfile: Op<'CreateInstanceProfile'> = async (input, ctx) => {
  const { InstanceProfileName: name, Path: path, Tags: tags } = input
  const made = { ...noRole, kind, name, path, boundary: undefined, tags } as const
  return { InstanceProfile: describeProfile(await ctx.store.transaction(tx => insertIdentity(tx, ctx, made)), []) }
}

export const getInstanceProfile: Op<'GetInstanceProfile'> = async (input, ctx) => {
  const row = await findIdentity(ctx.store, ctx.account, kind, input.InstanceProfileName)
  return { InstanceProfile: describeProfile(row, await membersOf(ctx.store, row.id)) }
}

export const listInstanceProfiles: Op<'ListInstanceProfiles'> = async (input, ctx) => {
  const read = listIdentities(ctx.store, ctx.account, kind, input.PathPrefix)
  const { items, more } = await page('ListInstanceProfiles', input, ctx, row => row.name_key, read)
  return { InstanceProfiles: await describeListedProfiles(ctx.store, items), ...more }
}

export const listInstanceProfilesForRole: Op<'ListInstanceProfilesForRole'> = async (input, ctx) => {
  const role = await findIdentity(ctx.store, ctx.account, 'role', input.RoleName)
  const profiles = await containersOf(ctx.store, role.id)
  const { items, more } = await pageAmong('ListInstanceProfilesForRole', input, ctx, profiles, row => row.name_key)
  return { InstanceProfiles: await describeListedProfiles(ctx.store, items), ...more }
}

export const deleteInstanceProfile: Op<'DeleteInstanceProfile'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await findIdentity(tx, ctx.account, kind, input.InstanceProfileName)
    if ((await membersOf(tx, row.id)).length > 0)
      throw iamError.conflict('Cannot delete entity, must remove roles from instance profile first.')
    await tx.db.deleteFrom('iam_identity').where('id', '=', row.id).execute()
    return {}
  })

/** An instance profile holds one role (IAM User Guide, Using instance profiles). */
export const addRoleToInstanceProfile: Op<'AddRoleToInstanceProfile'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const profile = await findIdentity(tx, ctx.account, kind, input.InstanceProfileName)
    const role = await findChangeable(tx, ctx.account, 'role', input.RoleName)
    if ((await membersOf(tx, profile.id)).length > 0) throw iamError.quota('InstanceSessionsPerInstanceProfile', 1)
    await addMember(tx, profile.id, role.id)
    return {}
  })

export const removeRoleFromInstanceProfile: Op<'RemoveRoleFromInstanceProfile'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const profile = await findIdentity(tx, ctx.account, kind, input.InstanceProfileName)
    const role = await findChangeable(tx, ctx.account, 'role', input.RoleName)
    if (!(await removeMember(tx, profile.id, role.id)))
      throw iamError.noMember(`Role ${role.name} in Instance Profile ${profile.name} cannot be found.`)
    return {}
  })
