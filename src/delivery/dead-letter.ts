import { randomness } from '../ground/randomness.ts'
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import type { Receiver } from './receiver.ts'
import type { Outgoing, Undeliverable } from './undeliverable.ts'

/** As long as a queue of SQS keeps a message at most. */
const keptMs = 14 * 24 * 3_600_000

export interface Dead {
  readonly event: Outgoing
  readonly why: Undeliverable
}

/** Takes what died out of a receiver's way and keeps it for its owner. */
export async function bury(
  db: Db,
  { sender, id, account, region }: Pick<Receiver, 'sender' | 'id' | 'account' | 'region'>,
  dead: readonly Dead[],
  now: number,
): Promise<void> {
  if (dead.length === 0) return
  const place = { rule_arn: sender, target_id: id, account, region }
  await db
    .insertInto('event_dead_letter')
    .values(
      dead.map(({ event: { announced, body, body_id = null, attempts }, why }) => ({
        ...{ id: randomness.uuid(), ...place, announced, attempts, died: now },
        ...{ body: body_id === null ? body : '', body_id },
        ...{ error_code: why.code, error_message: why.message.slice(0, 1024) },
      })),
    )
    .execute()
  await db
    .deleteFrom('event_delivery')
    .where('rule_arn', '=', sender)
    .where('target_id', '=', id)
    .where(
      'seq',
      'in',
      dead.map(({ event }) => event.seq),
    )
    .execute()
}

/** Forgets dead letters of more than two weeks. */
export async function sweepDeadLetters({ db }: Store, now: Date): Promise<void> {
  await db
    .deleteFrom('event_dead_letter')
    .where('died', '<', now.getTime() - keptMs)
    .execute()
}
