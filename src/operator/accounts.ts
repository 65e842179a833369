import { createSignInLink as drawLink, linkMinutes } from '../console/sign-in-link.ts'
import { ServiceError, ValidationException } from '../ground/errors.ts'
import type { RootSecret } from '../ground/root-secret.ts'
import { createAccount as makeAccount } from '../iam/account.ts'
import { setDisabled } from '../iam/disabled-account.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import { inWords } from './in-words.ts'
import { operatorAccount } from './operator-account.ts'
import type { Listing } from './operator-request.ts'

export interface AccountParts {
  readonly rootSecret: RootSecret
  /** Called when there is one account more: profile files of the AWS clients follow. */
  readonly onAccount: () => Promise<void>
  /** Called when an account is disabled or enabled: nothing that was read of its keys is believed any more. */
  readonly onDisabled: () => Promise<void>
}

interface AccountView {
  readonly id: string
  readonly name: string
  readonly created: Date | number
  readonly disabled?: number
}

const view = ({ id, name, created, disabled = 0 }: AccountView, operator: string | undefined) => ({
  ...{ accountId: id, accountName: name, createdAt: new Date(created), isOperator: id === operator },
  ...(disabled > 0 && { disabledAt: new Date(disabled) }),
})

const usual = 100

/** Every account, by id. */
export async function listAccounts({ maxResults = usual, nextToken }: Listing, ctx: Context) {
  const pages = paging<string>(['operator:ListAccounts'], nextToken)
  const rows = await ctx.store.db
    .selectFrom('iam_account')
    .selectAll()
    .where('id', '>', pages.after ?? '')
    .orderBy('id')
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(rows, maxResults, ({ id }) => id)
  const operator = await operatorAccount(ctx.store.db)
  return { accounts: items.map(row => view(row, operator)), ...(next && { nextToken: next }) }
}

/** Makes an account. Its root key is told to nobody here: `modelmart env`, or a link to the console, leads in. */
export async function createAccount(
  { accountName: name }: { readonly accountName: string },
  ctx: Context & AccountParts,
) {
  const { account } = await inWords(() => makeAccount(ctx.store, ctx.rootSecret, { name }))
  await ctx.onAccount()
  return { account: view(account, undefined) }
}

/** A link that signs in to the console once as the root of an account: the path below the server's URL. */
export async function createSignInLink({ accountId }: { readonly accountId: string }, ctx: Context) {
  const row = await ctx.store.db.selectFrom('iam_account').select('id').where('id', '=', accountId).executeTakeFirst()
  if (!row) throw noAccount(accountId)
  const expiresAt = new Date(ctx.now().getTime() + linkMinutes * 60_000)
  return { link: `/console/sign-in#link=${await drawLink(ctx.store, accountId)}`, expiresAt }
}

const noAccount = (id: string) => new ServiceError('ResourceNotFoundException', `There is no account ${id}.`)

interface One {
  readonly accountId: string
}

/** Nobody signs as the account any more, from now on: keys, sessions, registry tokens. What runs goes on, what is kept stays. */
export async function disableAccount({ accountId }: One, ctx: Context & AccountParts) {
  if (accountId === ctx.account) throw new ValidationException('The operator’s own account cannot be disabled.')
  return put(accountId, true, ctx)
}

/** Everything of the account works as before. */
export const enableAccount = ({ accountId }: One, ctx: Context & AccountParts) => put(accountId, false, ctx)

async function put(accountId: string, disables: boolean, ctx: Context & AccountParts) {
  if (!(await setDisabled(ctx.store, accountId, disables))) throw noAccount(accountId)
  await ctx.onDisabled()
  return {}
}
