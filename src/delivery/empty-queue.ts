import { turns } from '../ground/turns.ts'
import type { Db } from '../store/database.ts'

/** As many as one statement deletes. */
const atOnce = 500

/**
 * Deletes what is left in the queue of a receiver, or of all receivers of a sender, in turns with other work, however much it is. What is put there
 * meanwhile may be left: whoever removes the receiver deletes that by the same commit.
 */
export async function emptyQueue(db: Db, sender: string, id?: string): Promise<void> {
  for (;;) {
    await turns.take(sender)
    const found = await db
      .selectFrom('event_delivery')
      .select(['target_id', 'seq'])
      .where('rule_arn', '=', sender)
      .$if(id !== undefined, query => query.where('target_id', '=', id as string))
      .orderBy('target_id')
      .orderBy('seq')
      .limit(atOnce)
      .execute()
    for (const [target, rows] of Map.groupBy(found, ({ target_id }) => target_id))
      await db
        .deleteFrom('event_delivery')
        .where('rule_arn', '=', sender)
        .where('target_id', '=', target)
        .where(
          'seq',
          'in',
          rows.map(({ seq }) => seq),
        )
        .execute()
    if (found.length < atOnce) return
  }
}
