import type * as Sdk from '@aws-sdk/client-iam'
import type { Context } from '../service/context.ts'
import type { Input, Operation, Output } from '../service/operation.ts'
import { iamError } from './iam-error.ts'
import { describeExtras, findIdentity, type IdentityRow, insertIdentity, listIdentities } from './identity-row.ts'
import { page } from './page.ts'
import { refuseDeletion } from './role.ts'

type Op<N extends string> = Operation<Input<typeof Sdk, N>, Output<typeof Sdk, N>>

export const createUser: Op<'CreateUser'> = async (input, ctx) => {
  const made = {
    kind: 'user' as const,
    name: input.UserName,
    path: input.Path,
    boundary: input.PermissionsBoundary,
    tags: input.Tags,
    ...{ trust_policy: '', description: '', max_session: 0 },
  }
  return { User: describe(await ctx.store.transaction(tx => insertIdentity(tx, ctx, made))) }
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
  return { User: describe(await findIdentity(ctx.store, ctx.account, 'user', userNameOf(input, ctx))) }
}

/** The user that an operation is about: the one it names, or else the one who asks. */
export function userNameOf(input: { UserName?: string | undefined }, ctx: Context): string {
  if (input.UserName !== undefined) return input.UserName
  if (ctx.principal.kind === 'user') return ctx.principal.arn.split('/').at(-1) as string
  throw iamError.validation('Must specify userName when calling with non-User credentials')
}

export const listUsers: Op<'ListUsers'> = async (input, ctx) => {
  const read = listIdentities(ctx.store, ctx.account, 'user', input.PathPrefix)
  const { items, more } = await page('ListUsers', input, ctx, row => row.name_key, read)
  return { Users: items.map(describeListed), ...more }
}

export const updateUser: Op<'UpdateUser'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'user', input.UserName)
    const { NewUserName: name = row.name, NewPath: path = row.path } = input
    const name_key = name.toLowerCase()
    const other = db
      .selectFrom('iam_identity')
      .select('id')
      .where('account', '=', ctx.account)
      .where('kind', '=', 'user')
    const taken = await other.where('name_key', '=', name_key).where('id', '!=', row.id).executeTakeFirst()
    if (taken) throw iamError.exists('User', name)
    const arn = `arn:aws:iam::${ctx.account}:user${path}${name}`
    await db.updateTable('iam_identity').set({ name, name_key, path, arn }).where('id', '=', row.id).execute()
    return {}
  })

export const deleteUser: Op<'DeleteUser'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'user', input.UserName)
    const key = await db.selectFrom('iam_access_key').select('id').where('identity', '=', row.id).executeTakeFirst()
    if (key) throw iamError.conflict('Cannot delete entity, must delete access keys first.')
    await refuseDeletion({ db }, row)
    await db.deleteFrom('iam_identity').where('id', '=', row.id).execute()
    return {}
  })

/** Groups are not served, so no user is in one. */
export const listGroupsForUser: Op<'ListGroupsForUser'> = async (input, ctx) => {
  await findIdentity(ctx.store, ctx.account, 'user', input.UserName)
  return { Groups: [], IsTruncated: false }
}

const describe = (row: IdentityRow) => ({
  Path: row.path,
  UserName: row.name,
  UserId: row.id,
  Arn: row.arn,
  CreateDate: new Date(row.created),
  ...describeExtras(row),
})

/** Lists leave out tags and boundaries (IAM API Reference, ListUsers). */
const describeListed = (row: IdentityRow) => describe({ ...row, tags: '[]', boundary: '' })
