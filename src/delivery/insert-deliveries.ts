import { prepared } from '../store/prepared.ts'
import type { Transaction } from '../store/store.ts'
import { deliveryKey } from './receiver.ts'

/** Something for a receiver. */
export interface Routed {
  readonly rule_arn: string
  readonly target_id: string
  readonly announced: number
  readonly body: string
}

/**
 * Puts things that one account sends into the queues of receivers. They are numbered here, in the transaction that puts them there: whoever has delivered a
 * number knows that no lower one will come.
 */
export async function insertDeliveries(tx: Transaction, routed: readonly Routed[]): Promise<void> {
  const [first] = routed
  if (!first) return
  const [, , , region = '', account = ''] = first.rule_arn.split(':')
  const { last_seq } = await tx.db
    .insertInto('event_bus')
    .values({ account, region, listening: 0, last_seq: routed.length })
    .onConflict(conflict =>
      conflict
        .columns(['account', 'region'])
        .doUpdateSet(eb => ({ last_seq: eb('event_bus.last_seq', '+', routed.length) })),
    )
    .returning('last_seq')
    .executeTakeFirstOrThrow()
  const lowest = Number(last_seq) - routed.length + 1
  for (const [index, { rule_arn, target_id, announced, body }] of routed.entries())
    await insertDelivery(tx.db, rule_arn, target_id, lowest + index, announced, body)
  const receivers = new Set(routed.map(({ rule_arn, target_id }) => deliveryKey(rule_arn, target_id)))
  for (const key of receivers) await tx.enqueue('event-delivery', key)
}

const insertDelivery = prepared(
  (db, rule_arn: string, target_id: string, seq: number, announced: number, body: string) =>
    db.insertInto('event_delivery').values({ rule_arn, target_id, seq, announced, body, attempts: 0 }),
)
