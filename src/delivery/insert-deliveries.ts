import type { Insertable } from 'kysely'
import { prepared } from '../store/prepared.ts'
import type { EventDeliveryTable } from '../store/schema/event-tables.ts'
import type { Transaction } from '../store/store.ts'
import { deliveryKey } from './receiver.ts'
import { type BodyPlace, placeBodies } from './shared-body.ts'

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
  const places = await placeBodies(
    tx.db,
    routed.map(({ body }) => body),
  )
  const rows = routed.map((one, index) => cellsOf(one, lowest + index, places[index] as BodyPlace))
  // What one statement puts costs less than what ten do.
  const whole = rows.length - (rows.length % many)
  for (let from = 0; from < whole; from += many) await insertMany(tx.db, ...rows.slice(from, from + many).flat())
  for (const row of rows.slice(whole)) await insertOne(tx.db, ...row)
  const receivers = new Set(routed.map(({ rule_arn, target_id }) => deliveryKey(rule_arn, target_id)))
  for (const key of receivers) await tx.enqueue('event-delivery', key)
}

/** In the order in which `rowOf` takes them. */
const cellsOf = ({ rule_arn, target_id, announced }: Routed, seq: number, { body, body_id }: BodyPlace) =>
  [rule_arn, target_id, seq, announced, body, body_id] as const

const cellCount = 6
type Cell = string | number | null

const many = 10

const inserting = (count: number) =>
  prepared((db, ...cells: readonly Cell[]) =>
    db.insertInto('event_delivery').values(Array.from({ length: count }, (_, row) => rowOf(cells, row))),
  )

const [insertOne, insertMany] = [inserting(1), inserting(many)]

const rowOf = (cells: readonly Cell[], row: number) => {
  const own = cells.slice(row * cellCount, (row + 1) * cellCount)
  const [rule_arn, target_id, seq, announced, body, body_id] = own
  return { rule_arn, target_id, seq, announced, body, body_id, attempts: 0 } as Insertable<EventDeliveryTable>
}
