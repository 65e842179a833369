import { createAccount, listAccounts, setAccountEmail } from '../iam/account.ts'
import { setDisabled } from '../iam/disabled-account.ts'
import { setCountry } from '../marketplace/country.ts'
import { operatorAccount } from '../operator/operator-account.ts'
import type { Store } from '../store/store.ts'
import type { CommandContext } from './command-context.ts'
import { refreshProfiles } from './installation.ts'
import { asOperator, onInstallation } from './on-installation.ts'
import { readSecret } from './read-secret.ts'

export interface AccountCreateOptions {
  readonly name: string
  readonly id?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  /** A file that holds it, so that no other user of the machine reads it off the command line; `-` is standard input. */
  readonly secretAccessKeyFile?: string
  readonly email?: string
}

/** `modelmart account create`: works while a server runs on the directory and while none does. */
export const accountCreate = (options: AccountCreateOptions, context: CommandContext): Promise<void> =>
  asOperator(
    context,
    { command: 'account create', parameters: told(options) },
    async installation => {
      const { secretAccessKeyFile: file, ...given } = options
      if (file !== undefined && given.secretAccessKey !== undefined)
        throw new Error('give --secret-access-key or --secret-access-key-file, not both')
      const secret = file === undefined ? given : { ...given, secretAccessKey: readSecret(file) }
      const { account, accessKeyId } = await createAccount(installation.store, installation.rootSecret, secret)
      await refreshProfiles(installation)
      context.out.write(`account ${account.name} ${account.id} with access key ${accessKeyId}\n`)
      context.out.write(`Credentials are in ${installation.directory.awsCredentials}, profile ${account.name}.\n`)
    },
    true,
  )

const told = ({ name, id, accessKeyId, email }: AccountCreateOptions) => ({ name, id, accessKeyId, email })

/** `modelmart account email`: where mail for an account goes. */
export const accountEmail = (name: string, email: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'account email', parameters: { name, email } }, async ({ store }) => {
    await setAccountEmail(store, name, email)
    context.out.write(email === '' ? `account ${name} gets no mail\n` : `mail for account ${name} goes to ${email}\n`)
  })

async function requireNamed(store: Store, name: string) {
  const account = (await listAccounts(store)).find(each => each.name === name)
  if (!account) throw new Error(`There is no account named ${name}`)
  return account
}

/** `modelmart account country`: where an account is, which offers for some countries ask. */
export const accountCountry = (name: string, country: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'account country', parameters: { name, country } }, async ({ store }) => {
    const account = await requireNamed(store, name)
    await setCountry(store, account.id, country)
    context.out.write(country === '' ? `nobody knows where account ${name} is\n` : `account ${name} is in ${country}\n`)
  })

/** `modelmart account disable` and `enable`: whether anybody may ask for anything as the account. A running server knows within a second. */
export const accountDisable = (name: string, disables: boolean, context: CommandContext): Promise<void> => {
  const command = `account ${disables ? 'disable' : 'enable'}`
  return asOperator(context, { command, parameters: { name } }, async ({ store }) => {
    const account = await requireNamed(store, name)
    if (disables && account.id === (await operatorAccount(store.db)))
      throw new Error('The operator’s own account cannot be disabled')
    await setDisabled(store, account.id, disables)
    context.out.write(`account ${name} is ${disables ? 'disabled: its keys and sessions are refused' : 'enabled'}\n`)
  })
}

/** `modelmart account list`: name, id, address (empty without one), and `disabled` of those that are; one account a line. */
export const accountList = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    for (const { name, id, email, isDisabled } of await listAccounts(store)) {
      const more = isDisabled ? [email, 'disabled'] : email ? [email] : []
      context.out.write(`${[name, id, ...more].join('\t')}\n`)
    }
  })
