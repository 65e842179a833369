import type { RootSecret } from '../ground/root-secret.ts'
import { createAccount, listAccounts } from '../iam/account.ts'
import type { Db } from '../store/database.ts'
import type { Store, Transaction } from '../store/store.ts'

const setting = 'operator-account'
const usualName = 'operator'

/** The id of the account whose people run the installation; undefined until there is one. */
export async function operatorAccount(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', setting).executeTakeFirst()
  return row?.value
}

/**
 * The operator's account, which is made when it is first asked for. It is one of its own: nobody who sells or buys becomes the operator.
 * Throws an Error when its name is taken, or when there is one of another name.
 */
export async function openOperatorAccount(store: Store, rootSecret: RootSecret, name?: string) {
  const known = await operatorAccount(store.db)
  const account = (await listAccounts(store)).find(({ id }) => id === known)
  if (account) {
    if (name !== undefined && name !== account.name) throw new Error(`The operator’s account is ${account.name}.`)
    return account
  }
  const mark = async ({ db }: Transaction, value: string) => {
    const row = { name: setting, value }
    await db
      .insertInto('setting')
      .values(row)
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
      .execute()
  }
  return (await createAccount(store, rootSecret, { name: name ?? usualName }, mark)).account
}
