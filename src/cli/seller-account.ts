import { type Account, createAccount, listAccounts } from '../iam/account.ts'
import type { CommandContext } from './command-context.ts'
import { type Installation, openInstallation, profileOf, refreshProfiles } from './installation.ts'

/** The account of that name with its profile; made when there is none. */
export async function ensureAccount(installation: Installation, name: string) {
  const { store, rootSecret } = installation
  const find = async () => (await listAccounts(store)).find(account => account.name === name)
  const create = async () => (await createAccount(store, rootSecret, { name })).account
  const known = await find()
  // Another run may make it meanwhile.
  const made =
    known ?? (await create().catch(async (error): Promise<Account> => (await find()) ?? Promise.reject(error)))
  if (!known) await refreshProfiles(installation)
  return { id: made.id, ...(await profileOf(installation, name)) }
}

/** The same in the installation that a command works on. */
export async function accountOf(name: string, context: CommandContext) {
  const installation = await openInstallation(context)
  try {
    return await ensureAccount(installation, name)
  } finally {
    await installation.store.close()
  }
}
