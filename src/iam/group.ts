import { quotas } from '../quotas/quotas.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { page, pageAmong } from './iam-page.ts'
import {
  findIdentity,
  type IdentityRow,
  insertIdentity,
  listIdentities,
  noRole,
  refuseDeletion,
  renameIdentity,
} from './identity-row.ts'
import { describeListedUser } from './identity-view.ts'
import { addMember, containersOf, membersOf, removeMember } from './membership.ts'

export const createGroup: Op<'CreateGroup'> = async (input, ctx) => {
  const { GroupName: name, Path: path } = input
  const made = { ...noRole, kind: 'group' as const, name, path, boundary: undefined, tags: undefined }
  return { Group: describe(await ctx.store.transaction(tx => insertIdentity(tx, ctx, made))) }
}

export const getGroup: Op<'GetGroup'> = async (input, ctx) => {
  const group = await findIdentity(ctx.store, ctx.account, 'group', input.GroupName)
  const users = await membersOf(ctx.store, group.id)
  const { items, more } = await pageAmong('GetGroup', input, ctx, users, user => user.name_key)
  return { Group: describe(group), Users: items.map(describeListedUser), ...more }
}

export const listGroups: Op<'ListGroups'> = async (input, ctx) => {
  const read = listIdentities(ctx.store, ctx.account, 'group', input.PathPrefix)
  const { items, more } = await page('ListGroups', input, ctx, row => row.name_key, read)
  return { Groups: items.map(describe), ...more }
}

export const listGroupsForUser: Op<'ListGroupsForUser'> = async (input, ctx) => {
  const user = await findIdentity(ctx.store, ctx.account, 'user', input.UserName)
  const groups = await containersOf(ctx.store, user.id)
  const { items, more } = await pageAmong('ListGroupsForUser', input, ctx, groups, group => group.name_key)
  return { Groups: items.map(describe), ...more }
}

export const updateGroup: Op<'UpdateGroup'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await findIdentity(tx, ctx.account, 'group', input.GroupName)
    await renameIdentity(tx, row, input.NewGroupName, input.NewPath)
    return {}
  })

export const deleteGroup: Op<'DeleteGroup'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await findIdentity(tx, ctx.account, 'group', input.GroupName)
    if ((await membersOf(tx, row.id)).length > 0)
      throw iamError.conflict('Cannot delete entity, must remove users from group first.')
    await refuseDeletion(tx, row)
    await tx.db.deleteFrom('iam_identity').where('id', '=', row.id).execute()
    return {}
  })

export const addUserToGroup: Op<'AddUserToGroup'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const group = await findIdentity(tx, ctx.account, 'group', input.GroupName)
    const user = await findIdentity(tx, ctx.account, 'user', input.UserName)
    const others = (await containersOf(tx, user.id)).filter(other => other.id !== group.id)
    if (others.length >= quotas.iam.groupsOfUser.value)
      throw iamError.quota('GroupsPerUser', quotas.iam.groupsOfUser.value)
    await addMember(tx, group.id, user.id)
    return {}
  })

export const removeUserFromGroup: Op<'RemoveUserFromGroup'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const group = await findIdentity(tx, ctx.account, 'group', input.GroupName)
    const user = await findIdentity(tx, ctx.account, 'user', input.UserName)
    if (!(await removeMember(tx, group.id, user.id)))
      throw iamError.noMember(`User ${user.name} is not in group ${group.name}.`)
    return {}
  })

const describe = (row: IdentityRow) => ({
  Path: row.path,
  GroupName: row.name,
  GroupId: row.id,
  Arn: row.arn,
  CreateDate: new Date(row.created),
})
