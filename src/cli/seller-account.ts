import { type Account, createAccount, listAccounts } from '../iam/account.ts'
import { type Installation, profileOf, refreshProfiles } from './installation.ts'

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
