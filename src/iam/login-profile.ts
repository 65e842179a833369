import type { Selectable } from 'kysely'
import { AccessDenied } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import type { LoginProfileTable } from '../store/schema/iam-tables.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { findIdentity, type IdentityRow, userNameOf, wholeSeconds } from './identity-row.ts'
import { hashPassword, isPassword } from './password.ts'
import { checkPassword, passwordPolicyOf } from './password-policy.ts'

type Row = Selectable<LoginProfileTable>

/** As many as a password policy may forbid to use again. */
const remembered = 24

export const createLoginProfile: Op<'CreateLoginProfile'> = async (input, ctx) => {
  const user = await userOf(input, ctx)
  if (await profileOf(ctx, user)) throw iamError.loginProfileExists(user.name)
  const { Password: password, PasswordResetRequired: reset = false } = input
  if (password === undefined) throw iamError.invalid('A login profile needs a Password.')
  checkPassword(password, await passwordPolicyOf(ctx.store, ctx.account))
  const now = wholeSeconds(ctx.now())
  const hashes = JSON.stringify([await hashPassword(password)])
  const row: Row = { identity: user.id, hashes, reset_required: Number(reset), created: now, changed: now }
  const { numInsertedOrUpdatedRows } = await ctx.store.db
    .insertInto('iam_login_profile')
    .values(row)
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (Number(numInsertedOrUpdatedRows) === 0) throw iamError.loginProfileExists(user.name)
  return { LoginProfile: describe(user, row) }
}

export const getLoginProfile: Op<'GetLoginProfile'> = async (input, ctx) => {
  const user = await userOf(input, ctx)
  return { LoginProfile: describe(user, await requireProfile(ctx, user)) }
}

export const updateLoginProfile: Op<'UpdateLoginProfile'> = async (input, ctx) => {
  const user = await findIdentity(ctx.store, ctx.account, 'user', input.UserName)
  const row = await requireProfile(ctx, user)
  const { Password: password, PasswordResetRequired: reset } = input
  const changed = password === undefined ? {} : await withPassword(ctx, row, password)
  const reset_required = reset === undefined ? row.reset_required : Number(reset)
  await write(ctx, row, { ...changed, reset_required })
  return {}
}

export const deleteLoginProfile: Op<'DeleteLoginProfile'> = async (input, ctx) => {
  const user = await userOf(input, ctx)
  await requireProfile(ctx, user)
  await ctx.store.db.deleteFrom('iam_login_profile').where('identity', '=', user.id).execute()
  return {}
}

/** A user changes the password of its own (IAM API Reference, ChangePassword). */
export const changePassword: Op<'ChangePassword'> = async (input, ctx) => {
  if (ctx.principal.kind !== 'user') throw iamError.notAUser()
  const user = await userOf({}, ctx)
  const row = await requireProfile(ctx, user)
  const [current = ''] = JSON.parse(row.hashes) as string[]
  if (!(await isPassword(input.OldPassword, current)))
    throw new AccessDenied('The old password was incorrect.', 'AccessDenied')
  await replacePassword(ctx, row, input.NewPassword)
  return {}
}

type At = Pick<Context, 'store' | 'now' | 'account'>

/** Gives a user another password. Throws PasswordPolicyViolation, and EntityTemporarilyUnmodifiable when another change came before. */
export const replacePassword = async (at: At, row: Row, password: string): Promise<void> =>
  write(at, row, { ...(await withPassword(at, row, password)), reset_required: 0 })

const userOf = (input: { UserName?: string | undefined }, ctx: Context): Promise<IdentityRow> =>
  findIdentity(ctx.store, ctx.account, 'user', userNameOf(input, ctx))

const profileOf = (ctx: Context, { id }: IdentityRow): Promise<Row | undefined> =>
  ctx.store.db.selectFrom('iam_login_profile').selectAll().where('identity', '=', id).executeTakeFirst()

async function requireProfile(ctx: Context, user: IdentityRow): Promise<Row> {
  const row = await profileOf(ctx, user)
  if (!row) throw iamError.noLoginProfile(user.name)
  return row
}

/** Throws PasswordPolicyViolation for a weak password, and for one of the last ones when the policy forbids it. */
async function withPassword(ctx: At, row: Row, password: string): Promise<Pick<Row, 'hashes' | 'changed'>> {
  const policy = await passwordPolicyOf(ctx.store, ctx.account)
  checkPassword(password, policy)
  const before: string[] = JSON.parse(row.hashes)
  for (const hash of before.slice(0, policy?.PasswordReusePrevention ?? 0))
    if (await isPassword(password, hash)) throw iamError.weakPassword('Password was used recently.')
  const hashes = JSON.stringify([await hashPassword(password), ...before].slice(0, remembered))
  return { hashes, changed: wholeSeconds(ctx.now()) }
}

/** Hashing takes its time, so that another change may have come before: then neither is lost silently. */
async function write(ctx: At, row: Row, change: Partial<Row>): Promise<void> {
  const mine = ctx.store.db.updateTable('iam_login_profile').set(change).where('identity', '=', row.identity)
  const { numUpdatedRows } = await mine.where('hashes', '=', row.hashes).executeTakeFirstOrThrow()
  if (Number(numUpdatedRows) === 0) throw iamError.changedMeanwhile()
}

const describe = (user: IdentityRow, row: Row) => ({
  UserName: user.name,
  CreateDate: new Date(row.created),
  PasswordResetRequired: row.reset_required === 1,
})
