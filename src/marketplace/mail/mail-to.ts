import { insertDeliveries } from '../../delivery/insert-deliveries.ts'
import { clock } from '../../ground/clock.ts'
import type { Transaction } from '../../store/store.ts'
import { type Facts, letterFor } from './letter-text.ts'

/** What is to be written to an account: the name of a letter, and its facts. */
export interface MailOrder {
  readonly letter: string
  readonly facts: Facts
}

/** The queue of an account's letters. */
export const mailboxArn = (account: string): string => `arn:aws:aws-marketplace:us-east-1:${account}:mailbox`
/** Letters go to the account's own address, as AWS writes to that of its root user. */
export const accountAddress = 'account'

/** Writes to an account by the commit that makes it true, where there is such a letter and the account has an address. */
export async function mailTo(
  tx: Transaction,
  account: string,
  letter: string,
  factsOf: () => Promise<Facts>,
): Promise<void> {
  if (!(await addressOf(tx.db, account))) return
  const facts = await factsOf()
  if (!letterFor(letter, facts)) return
  const order: MailOrder = { letter, facts }
  await insertDeliveries(tx, [
    {
      ...{ rule_arn: mailboxArn(account), target_id: accountAddress },
      ...{ announced: clock.now(), body: JSON.stringify(order) },
    },
  ])
}

/** Empty where the account has none. */
export async function addressOf(db: Transaction['db'], account: string): Promise<string> {
  const row = await db.selectFrom('iam_account').select('email').where('id', '=', account).executeTakeFirst()
  return row?.email ?? ''
}
