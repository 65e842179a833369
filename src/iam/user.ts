import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { page } from './iam-page.ts'
import {
  findIdentity,
  insertIdentity,
  listIdentities,
  noRole,
  refuseDeletion,
  renameIdentity,
  userNameOf,
} from './identity-row.ts'
import { describeListedUser, describeUser } from './identity-view.ts'
import { containersOf } from './membership.ts'

export const createUser: Op<'CreateUser'> = async (input, ctx) => {
  const made = {
    kind: 'user' as const,
    name: input.UserName,
    path: input.Path,
    boundary: input.PermissionsBoundary,
    tags: input.Tags,
    ...noRole,
  }
  return { User: describeUser(await ctx.store.transaction(tx => insertIdentity(tx, ctx, made))) }
}

/** Without a name: the user who asks, or the account's root. */
export const getUser: Op<'GetUser'> = async (input, ctx) => {
  const { kind, account, arn } = ctx.principal
  if (input.UserName === undefined && kind === 'root') {
    const row = await ctx.store.db
      .selectFrom('iam_account')
      .selectAll()
      .where('id', '=', account)
      .executeTakeFirstOrThrow()
    return { User: { UserName: row.name, Path: '/', UserId: account, Arn: arn, CreateDate: new Date(row.created) } }
  }
  return { User: describeUser(await findIdentity(ctx.store, ctx.account, 'user', userNameOf(input, ctx))) }
}

export const listUsers: Op<'ListUsers'> = async (input, ctx) => {
  const read = listIdentities(ctx.store, ctx.account, 'user', input.PathPrefix)
  const { items, more } = await page('ListUsers', input, ctx, row => row.name_key, read)
  return { Users: items.map(describeListedUser), ...more }
}

export const updateUser: Op<'UpdateUser'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await findIdentity(tx, ctx.account, 'user', input.UserName)
    await renameIdentity(tx, row, input.NewUserName, input.NewPath)
    return {}
  })

export const deleteUser: Op<'DeleteUser'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'user', input.UserName)
    const key = await db.selectFrom('iam_access_key').select('id').where('identity', '=', row.id).executeTakeFirst()
    if (key) throw iamError.conflict('Cannot delete entity, must delete access keys first.')
    const profile = db.selectFrom('iam_login_profile').select('identity').where('identity', '=', row.id)
    if (await profile.executeTakeFirst())
      throw iamError.conflict('Cannot delete entity, must delete login profile first.')
    if ((await containersOf({ db }, row.id)).length > 0)
      throw iamError.conflict('Cannot delete entity, must remove users from group first.')
    await refuseDeletion({ db }, row)
    await db.deleteFrom('iam_identity').where('id', '=', row.id).execute()
    return {}
  })
