import { createAccount, listAccounts } from '../iam/account.ts'
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

const told = ({ name, id, accessKeyId }: AccountCreateOptions) => ({ name, id, accessKeyId })

/** `modelmart account list`: name and id, one account a line. */
export const accountList = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    for (const { name, id } of await listAccounts(store)) context.out.write(`${name}\t${id}\n`)
  })
