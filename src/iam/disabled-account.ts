import { clock } from '../ground/clock.ts'
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'

/** Whether the operator has disabled an account. */
export async function isDisabled(db: Db, account: string): Promise<boolean> {
  const row = await db.selectFrom('iam_account').select('disabled').where('id', '=', account).executeTakeFirst()
  return row !== undefined && row.disabled > 0
}

/**
 * Refuses whoever signs as an account, or no longer: by keys, sessions and registry tokens. Its data stays, and what runs goes on. Repeating it
 * changes nothing. False where there is no such account. A server in the same process has to be told (`IamEngine.changed`); one in another
 * reads it within a second.
 */
export async function setDisabled({ db }: Pick<Store, 'db'>, account: string, disables: boolean): Promise<boolean> {
  const row = await db.selectFrom('iam_account').select('disabled').where('id', '=', account).executeTakeFirst()
  if (!row) return false
  if (row.disabled > 0 !== disables)
    await db
      .updateTable('iam_account')
      .set({ disabled: disables ? clock.now() : 0 })
      .where('id', '=', account)
      .execute()
  return true
}
