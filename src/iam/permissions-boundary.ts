import type { Context } from '../service/context.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { findAttachable, findChangeable } from './identity-row.ts'

export const putUserPermissionsBoundary: Op<'PutUserPermissionsBoundary'> = (input, ctx) =>
  put(ctx, 'user', input.UserName, input.PermissionsBoundary)
export const putRolePermissionsBoundary: Op<'PutRolePermissionsBoundary'> = (input, ctx) =>
  put(ctx, 'role', input.RoleName, input.PermissionsBoundary)
export const deleteUserPermissionsBoundary: Op<'DeleteUserPermissionsBoundary'> = (input, ctx) =>
  remove(ctx, 'user', input.UserName)
export const deleteRolePermissionsBoundary: Op<'DeleteRolePermissionsBoundary'> = (input, ctx) =>
  remove(ctx, 'role', input.RoleName)

const put = (ctx: Context, kind: 'user' | 'role', name: string, boundary: string) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findChangeable({ db }, ctx.account, kind, name)
    await findAttachable({ db }, ctx.account, boundary)
    await db.updateTable('iam_identity').set({ boundary }).where('id', '=', row.id).execute()
    return {}
  })

const remove = (ctx: Context, kind: 'user' | 'role', name: string) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findChangeable({ db }, ctx.account, kind, name)
    if (row.boundary === '') throw iamError.noBoundary(kind, row.name)
    await db.updateTable('iam_identity').set({ boundary: '' }).where('id', '=', row.id).execute()
    return {}
  })
