import type { Insertable } from 'kysely'
import { prepared } from '../store/prepared.ts'
import type { EventDeliveryTable } from '../store/schema/event-tables.ts'
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
  const rows = routed.map(cellsOf(lowest))
  // What one statement puts costs less than what ten do.
  const whole = rows.length - (rows.length % many)
  for (let from = 0; from < whole; from += many) await insertMany(tx.db, ...rows.slice(from, from + many).flat())
  for (const row of rows.slice(whole)) await insertOne(tx.db, ...row)
  const receivers = new Set(routed.map(({ rule_arn, target_id }) => deliveryKey(rule_arn, target_id)))
  for (const key of receivers) await tx.enqueue('event-delivery', key)
}

/** In the order in which `rowOf` takes them. */
const cellsOf =
  (lowest: number) =>
  ({ rule_arn, target_id, announced, body }: Routed, index: number) =>
    [rule_arn, target_id, lowest + index, announced, body] as const

const many = 10

const inserting = (count: number) =>
  prepared((db, ...cells: readonly (string | number)[]) =>
    db.insertInto('event_delivery').values(Array.from({ length: count }, (_, row) => rowOf(cells, row))),
  )

const [insertOne, insertMany] = [inserting(1), inserting(many)]

const rowOf = (cells: readonly (string | number)[], row: number) => {
  const [rule_arn, target_id, seq, announced, body] = cells.slice(row * 5, row * 5 + 5)
  return { rule_arn, target_id, seq, announced, body, attempts: 0 } as Insertable<EventDeliveryTable>
}
