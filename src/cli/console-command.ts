import { createSignInLink, linkMinutes } from '../console/sign-in-link.ts'
import { type Account, listAccounts } from '../iam/account.ts'
import { openOperatorAccount, operatorAccount } from '../operator/operator-account.ts'
import type { CommandContext } from './command-context.ts'
import { type Installation, lastUrl, refreshProfiles } from './installation.ts'
import { asOperator } from './on-installation.ts'

/** `modelmart console [ACCOUNT]`: a link that signs in once as the account's root; `--operator` as that of the operator's account, which is made if need be. */
export const consoleLink = (
  name: string | undefined,
  { operator = false }: { readonly operator?: boolean },
  context: CommandContext,
): Promise<void> =>
  asOperator(
    context,
    { command: 'console', parameters: { name, ...(operator && { operator }) } },
    async installation => {
      const { store, rootSecret } = installation
      const account = operator
        ? await openOperatorAccount(store, rootSecret, name)
        : chosen(await listAccounts(store), name, await operatorAccount(store.db))
      if (operator) await refreshProfiles(installation)
      context.out.write(`${await signInLink(installation, account.id)}\n`)
      context.err.write(`It signs in as ${account.name}, once, within ${linkMinutes} minutes.\n`)
    },
    operator,
  )

/** A link for the operator: the first way into an installation that has no account. */
export async function operatorLink(installation: Installation): Promise<string> {
  const { id } = await openOperatorAccount(installation.store, installation.rootSecret)
  await refreshProfiles(installation)
  return signInLink(installation, id)
}

const mostLinks = 3

/** Such links for the accounts that were made first: whoever starts a server on a terminal begins with one. */
export async function signInLinks(installation: Installation): Promise<{ account: string; link: string }[]> {
  const { db } = installation.store
  const accounts = await db.selectFrom('iam_account').select(['id', 'name', 'created']).execute()
  const first = accounts.sort((one, other) => one.created - other.created).slice(0, mostLinks)
  return Promise.all(first.map(async ({ id, name }) => ({ account: name, link: await signInLink(installation, id) })))
}

/** The secret stands behind `#`, which browsers send to nobody: no log of a server or proxy holds it. */
async function signInLink(installation: Installation, account: string): Promise<string> {
  const secret = await createSignInLink(installation.store, account)
  return `${await lastUrl(installation)}/console/sign-in#link=${secret}`
}

/** Without a name the only one that sells or buys, or the operator's where there is no other. */
function chosen(accounts: readonly Account[], name: string | undefined, operator: string | undefined): Account {
  const names = accounts.map(account => account.name).join(', ')
  const others = accounts.filter(({ id }) => id !== operator)
  const [first] = others.length > 0 ? others : accounts
  if (!first) throw new Error('There is no account yet: `modelmart account create NAME` makes one.')
  if (name === undefined && others.length > 1) throw new Error(`Which account? There are ${names}.`)
  const found = name === undefined ? first : accounts.find(account => account.name === name || account.id === name)
  if (!found) throw new Error(`There is no account named ${name}. There are ${names}.`)
  return found
}
