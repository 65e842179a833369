import { createAccount, listAccounts } from '../iam/account.ts'
import type { CommandContext } from './command-context.ts'
import { openInstallation, refreshProfiles } from './installation.ts'

export interface AccountCreateOptions {
  readonly name: string
  readonly id?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
}

/** `modelmart account create`: works while a server runs on the directory and while none does. */
export async function accountCreate(options: AccountCreateOptions, context: CommandContext): Promise<void> {
  const installation = await openInstallation(context)
  try {
    const { account, accessKeyId } = await createAccount(installation.store, installation.rootSecret, options)
    await refreshProfiles(installation)
    context.out.write(`account ${account.name} ${account.id} with access key ${accessKeyId}\n`)
    context.out.write(`Credentials are in ${installation.directory.awsCredentials}, profile ${account.name}.\n`)
  } finally {
    await installation.store.close()
  }
}

/** `modelmart account list`: name and id, one account a line. */
export async function accountList(context: CommandContext): Promise<void> {
  const installation = await openInstallation(context)
  try {
    for (const { name, id } of await listAccounts(installation.store)) context.out.write(`${name}\t${id}\n`)
  } finally {
    await installation.store.close()
  }
}
