import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { prepared } from './prepared.ts'
import { ownerOf } from './work-owner.ts'

/** Adds a wish, or brings an existing one forward to `due` (milliseconds). */
export async function enqueue(db: Kysely<Database>, kind: string, key: string, due: number): Promise<void> {
  await wish(db, kind, key, ownerOf(kind, key), due)
}

const wish = prepared((db, kind: string, key: string, owner: string, due: number) =>
  db
    .insertInto('work')
    .values({
      kind,
      key,
      owner,
      due,
      lease: '',
      server: '',
      attempts: 0,
      generation: 1,
      last_error: '',
    })
    .onConflict(conflict =>
      conflict.columns(['kind', 'key']).doUpdateSet(eb => ({
        due: eb.case().when('work.due', '<', due).then(eb.ref('work.due')).else(due).end(),
        attempts: 0,
        generation: eb('work.generation', '+', 1),
      })),
    ),
)
