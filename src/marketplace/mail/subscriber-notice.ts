import { randomness } from '../../ground/randomness.ts'
import type { NoticeTable } from '../../store/schema/market-agreement-tables.ts'
import type { Transaction } from '../../store/store.ts'
import type { Facts } from './letter-text.ts'

/** What all subscribers of a product are written. */
export interface Notice {
  readonly product: string
  /** Of this offer alone; empty for any. */
  readonly offer: string
  /** Milliseconds: who subscribes later knows it already. */
  readonly at: number
  readonly letter: string
  /** Each letter adds its agreement to these. */
  readonly facts: Facts
}

/** Writes to the subscribers of a product, by the commit that makes it true; a reconciler goes through them, however many they are. */
export async function writeToSubscribers(tx: Transaction, { facts, ...notice }: Notice): Promise<void> {
  const row: NoticeTable = {
    ...{ id: randomness.uuid(), ...notice, facts: JSON.stringify(facts) },
    ...{ after_accepted: 0, after_id: '' },
  }
  await tx.db.insertInto('market_notice').values(row).execute()
  await tx.enqueue('subscriber-notice', row.id)
}
