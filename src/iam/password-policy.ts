import type { Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'

/** As it is kept and told (IAM API Reference, PasswordPolicy). */
export interface PasswordPolicy {
  readonly MinimumPasswordLength: number
  readonly RequireSymbols: boolean
  readonly RequireNumbers: boolean
  readonly RequireUppercaseCharacters: boolean
  readonly RequireLowercaseCharacters: boolean
  readonly AllowUsersToChangePassword: boolean
  /** Days; absent when passwords do not expire. */
  readonly MaxPasswordAge?: number
  /** How many passwords before may not be used again. */
  readonly PasswordReusePrevention?: number
  readonly HardExpiry: boolean
}

/** What is not given goes back to its default (IAM API Reference, UpdateAccountPasswordPolicy). */
export const updateAccountPasswordPolicy: Op<'UpdateAccountPasswordPolicy'> = async (input, ctx) => {
  const { MaxPasswordAge: age, PasswordReusePrevention: reuse } = input
  const made: PasswordPolicy = {
    MinimumPasswordLength: input.MinimumPasswordLength ?? 6,
    RequireSymbols: input.RequireSymbols ?? false,
    RequireNumbers: input.RequireNumbers ?? false,
    RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
    RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
    AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
    ...(age !== undefined && { MaxPasswordAge: age }),
    ...(reuse !== undefined && { PasswordReusePrevention: reuse }),
    HardExpiry: input.HardExpiry ?? false,
  }
  const policy = JSON.stringify(made)
  await ctx.store.db
    .insertInto('iam_password_policy')
    .values({ account: ctx.account, policy })
    .onConflict(conflict => conflict.column('account').doUpdateSet({ policy }))
    .execute()
  return {}
}

export const getAccountPasswordPolicy: Op<'GetAccountPasswordPolicy'> = async (_, ctx) => {
  const policy = await passwordPolicyOf(ctx.store, ctx.account)
  if (!policy) throw iamError.noPasswordPolicy(ctx.account)
  return { PasswordPolicy: { ...policy, ExpirePasswords: policy.MaxPasswordAge !== undefined } }
}

export const deleteAccountPasswordPolicy: Op<'DeleteAccountPasswordPolicy'> = async (_, ctx) => {
  const mine = ctx.store.db.deleteFrom('iam_password_policy').where('account', '=', ctx.account)
  if (Number((await mine.executeTakeFirstOrThrow()).numDeletedRows) === 0) throw iamError.noPasswordPolicy(ctx.account)
  return {}
}

/** Undefined when the account has none of its own. */
export async function passwordPolicyOf(
  { db }: Pick<Transaction, 'db'>,
  account: string,
): Promise<PasswordPolicy | undefined> {
  const row = db.selectFrom('iam_password_policy').select('policy').where('account', '=', account)
  const found = await row.executeTakeFirst()
  return found && JSON.parse(found.policy)
}

const symbols = "!@#$%^&*()_+-=[]{}|'"
const isSymbol = (character: string): boolean => symbols.includes(character)
const kinds = [
  ['RequireUppercaseCharacters', 'one uppercase letter', (text: string) => /[A-Z]/.test(text)],
  ['RequireLowercaseCharacters', 'one lowercase letter', (text: string) => /[a-z]/.test(text)],
  ['RequireNumbers', 'one number', (text: string) => /\d/.test(text)],
  ['RequireSymbols', `one of the following symbols: ${symbols}`, (text: string) => [...text].some(isSymbol)],
] as const

/**
 * Throws PasswordPolicyViolation. Without a policy of the account's own: eight characters at least, of three kinds at least (IAM
 * User Guide, Set an account password policy for IAM users).
 */
export function checkPassword(password: string, policy: PasswordPolicy | undefined): void {
  const least = policy?.MinimumPasswordLength ?? 8
  if (password.length < least) throw iamError.weakPassword(`Password should have a minimum length of ${least}`)
  const missing = kinds.filter(([, , has]) => !has(password))
  const wanted = policy ? missing.find(([rule]) => policy[rule]) : missing.length > 1 ? missing[0] : undefined
  if (wanted) throw iamError.weakPassword(`Password should have at least ${wanted[1]}`)
}
