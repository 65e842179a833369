import { randomness } from '../ground/randomness.ts'
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import type { TargetRow } from './target.ts'
import type { Outgoing, Undeliverable } from './undeliverable.ts'

/** As long as a queue of SQS keeps a message at most. */
const keptMs = 14 * 24 * 3_600_000

/** Takes events out of a target's way and keeps them for its owner. */
export async function bury(
  db: Db,
  target: TargetRow,
  dead: readonly { readonly event: Outgoing; readonly why: Undeliverable }[],
  now: number,
): Promise<void> {
  if (dead.length === 0) return
  const { rule_arn, id: target_id, account, region } = target
  await db
    .insertInto('event_dead_letter')
    .values(
      dead.map(({ event: { announced, body, attempts }, why }) => ({
        ...{ id: randomness.uuid(), account, region, rule_arn, target_id, announced, body, attempts, died: now },
        ...{ error_code: why.code, error_message: why.message.slice(0, 1024) },
      })),
    )
    .execute()
  await db
    .deleteFrom('event_delivery')
    .where('rule_arn', '=', rule_arn)
    .where('target_id', '=', target_id)
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
