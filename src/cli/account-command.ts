import { createAccount, listAccounts } from '../iam/account.ts'
import type { CommandContext } from './command-context.ts'
import { refreshProfiles } from './installation.ts'
import { onInstallation } from './on-installation.ts'

export interface AccountCreateOptions {
  readonly name: string
  readonly id?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
}

/** `modelmart account create`: works while a server runs on the directory and while none does. */
export const accountCreate = (options: AccountCreateOptions, context: CommandContext): Promise<void> =>
  onInstallation(context, async installation => {
    const { account, accessKeyId } = await createAccount(installation.store, installation.rootSecret, options)
    await refreshProfiles(installation)
    context.out.write(`account ${account.name} ${account.id} with access key ${accessKeyId}\n`)
    context.out.write(`Credentials are in ${installation.directory.awsCredentials}, profile ${account.name}.\n`)
  })

/** `modelmart account list`: name and id, one account a line. */
export const accountList = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    for (const { name, id } of await listAccounts(store)) context.out.write(`${name}\t${id}\n`)
  })
