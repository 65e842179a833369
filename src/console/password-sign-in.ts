import { createTurnstile } from '../ground/turnstile.ts'
import { userPrincipal } from '../iam/credential.ts'
import { replacePassword } from '../iam/login-profile.ts'
import { hashPassword, isPassword } from '../iam/password.ts'
import { passwordPolicyOf } from '../iam/password-policy.ts'
import type { Principal } from '../service/principal.ts'
import type { Store } from '../store/store.ts'
import { sessionError } from './session-error.ts'

export interface PasswordSignIn {
  /** Name, alias or number of the account. */
  readonly account: string
  readonly user: string
  readonly password: string
  /** Wanted when the password must be changed (PasswordResetRequired of the login profile, MaxPasswordAge of the policy). */
  readonly newPassword?: string | undefined
}

interface Parts {
  readonly store: Store
  readonly now: () => Date
}

/** Each takes 32 MiB and a tenth of a second of a thread that files need as well. */
const oneAtATime = createTurnstile(1)
/** Compared where there is no such user, so that the time of an answer does not tell. */
let nobodys: Promise<string> | undefined

/** The number of the account of this name, alias or number. */
export async function accountNumber({ db }: Pick<Store, 'db'>, named: string): Promise<string | undefined> {
  const byNumber = db.selectFrom('iam_account').select('id').where('id', '=', named)
  const byName = db.selectFrom('iam_account').select('id').where('name', '=', named)
  const byAlias = db.selectFrom('iam_account_alias').select('account as id').where('alias', '=', named.toLowerCase())
  for (const query of [byNumber, byName, byAlias]) {
    const found = await query.executeTakeFirst()
    if (found) return found.id
  }
  return undefined
}

/** The user of an account with its login profile; undefined when there is no such user, or it may not sign in. */
export function findSignInUser({ db }: Pick<Store, 'db'>, account: string, user: string) {
  return db
    .selectFrom('iam_identity')
    .innerJoin('iam_login_profile as profile', 'profile.identity', 'iam_identity.id')
    .select(['arn', 'profile.identity', 'hashes', 'reset_required', 'profile.created', 'changed'])
    .where('account', '=', account)
    .where('kind', '=', 'user')
    .where('name_key', '=', user.toLowerCase())
    .executeTakeFirst()
}

/**
 * The user who has this password. Throws SignInFailed, the same for whatever is wrong and as slowly; NewPasswordRequired;
 * PasswordExpired (IAM User Guide, "Set an account password policy for IAM users": hard expiry).
 */
export async function signInByPassword({ store, now }: Parts, asked: PasswordSignIn): Promise<Principal> {
  const account = await accountNumber(store, asked.account)
  const found = account === undefined ? undefined : await findSignInUser(store, account, asked.user)
  nobodys ??= hashPassword('nobody')
  const [current = await nobodys] = found ? (JSON.parse(found.hashes) as string[]) : []
  const fits = await oneAtATime(() => isPassword(asked.password, current))
  if (!found || account === undefined || !fits) throw sessionError.wrong()

  const policy = await passwordPolicyOf(store, account)
  const most = policy?.MaxPasswordAge
  const isOld = most !== undefined && found.changed + most * 86_400_000 <= now().getTime()
  if (isOld && policy?.HardExpiry) throw sessionError.expiredPassword()
  if (found.reset_required === 1 || isOld) {
    if (asked.newPassword === undefined) throw sessionError.newPassword()
    const { arn: _, ...profile } = found
    await replacePassword({ store, now, account }, profile, asked.newPassword)
  }
  return userPrincipal(found.arn, found.identity)
}
