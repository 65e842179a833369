import type { Transaction } from '../store/store.ts'
import { targetKey } from './target.ts'

/** An event for a target. */
export interface Routed {
  readonly rule_arn: string
  readonly target_id: string
  readonly announced: number
  readonly body: string
}

/**
 * Puts events into the queues of targets. They are numbered here, in the transaction that puts them there: whoever has delivered a
 * number knows that no lower one will come.
 */
export async function insertDeliveries(
  tx: Transaction,
  { account, region }: { readonly account: string; readonly region: string },
  routed: readonly Routed[],
): Promise<void> {
  if (routed.length === 0) return
  const { last_seq } = await tx.db
    .updateTable('event_bus')
    .set(eb => ({ last_seq: eb('last_seq', '+', routed.length) }))
    .where('account', '=', account)
    .where('region', '=', region)
    .returning('last_seq')
    .executeTakeFirstOrThrow()
  const first = Number(last_seq) - routed.length + 1
  for (const [index, event] of routed.entries())
    await tx.db
      .insertInto('event_delivery')
      .values({ ...event, seq: first + index, attempts: 0 })
      .execute()
  const targets = new Set(routed.map(({ rule_arn, target_id: id }) => targetKey({ rule_arn, id })))
  for (const key of targets) await tx.enqueue('event-delivery', key)
}
