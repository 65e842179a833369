import { ServiceError } from '../ground/errors.ts'

const refusal = (code: string, status: number, message: string) => new ServiceError(code, message, { status })

/** What `/console-session/` answers when it refuses: a closed table. */
export const sessionError = {
  malformed: (what: string) => refusal('InvalidRequest', 400, what),
  foreign: (what: string) => refusal('ForeignRequest', 403, what),
  notFound: () => refusal('NotFound', 404, 'There is nothing at this path.'),
  method: () => refusal('MethodNotAllowed', 405, 'This path does not take the method.'),
  noSession: () => refusal('NoSession', 401, 'You are not signed in. Sign in again.'),
  wrong: () => refusal('SignInFailed', 403, 'Account, user name or password is wrong.'),
  disabled: () => refusal('AccountDisabled', 403, 'The operator of this installation has disabled the account.'),
  usedLink: () =>
    refusal('LinkUsed', 403, 'This link was used before, or is too old. `modelmart console` prints another one.'),
  noAccount: () => refusal('NoAccount', 404, 'No account goes by this alias.'),
  noProvider: (name: string) => refusal('NoProvider', 404, `There is no provider ${name} to sign in by.`),
  signInOver: () =>
    refusal(
      'SignInOver',
      403,
      'This sign-in was finished before, took too long, or was begun in another browser. Begin again.',
    ),
  providerRefused: (why: string) =>
    refusal('ProviderRefused', 403, `Your organisation’s provider has not signed you in: ${why}`),
  providerUnreachable: (why: string) =>
    refusal('ProviderUnreachable', 502, `Your organisation’s provider cannot be asked: ${why}`),
  noRole: (provider: string) =>
    refusal(
      'NoRole',
      403,
      `You are known to ${provider}, but none of your groups has a role here. Ask the operator for one.`,
    ),
  foreignRole: (role: string) =>
    refusal(
      'NoRole',
      403,
      `The account of ${role} has made no identity provider for this sign-in, so nobody has the role by it.`,
    ),
  newPassword: () => refusal('NewPasswordRequired', 403, 'You have to choose a new password.'),
  expiredPassword: () =>
    refusal(
      'PasswordExpired',
      403,
      'Your password has expired. An administrator of the account has to set another one.',
    ),
  tooMany: () =>
    refusal('TooManyAttempts', 429, 'There were too many attempts to sign in. Wait a minute and try again.'),
  plain: () =>
    refusal(
      'SecureConnectionRequired',
      403,
      'Over plain http to another machine a password could be read on its way: use https (`modelmart start --tls-cert`), or a link of ' +
        '`modelmart console`. The operator may allow it by `modelmart start --allow-plain-sign-in`.',
    ),
} as const
