import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'

/** An account has one alias: another takes its place (IAM User Guide, Your AWS account ID and its alias). */
export const createAccountAlias: Op<'CreateAccountAlias'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const { AccountAlias: alias } = input
    const holder = db.selectFrom('iam_account_alias').select('account').where('alias', '=', alias)
    if (await holder.executeTakeFirst()) throw iamError.aliasExists(alias)
    await db.deleteFrom('iam_account_alias').where('account', '=', ctx.account).execute()
    await db.insertInto('iam_account_alias').values({ alias, account: ctx.account }).execute()
    return {}
  })

export const deleteAccountAlias: Op<'DeleteAccountAlias'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const mine = db.deleteFrom('iam_account_alias').where('account', '=', ctx.account)
    const { numDeletedRows } = await mine.where('alias', '=', input.AccountAlias).executeTakeFirstOrThrow()
    if (Number(numDeletedRows) === 0) throw iamError.noAlias(input.AccountAlias)
    return {}
  })

export const listAccountAliases: Op<'ListAccountAliases'> = async (_, ctx) => {
  const rows = ctx.store.db.selectFrom('iam_account_alias').select('alias').where('account', '=', ctx.account)
  return { AccountAliases: (await rows.execute()).map(row => row.alias), IsTruncated: false }
}
