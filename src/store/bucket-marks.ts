import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { Store } from './store.ts'

/**
 * What keeps a put and a removal of the same content apart, whichever servers they are of. A bucket has no rename and no lock, so the
 * order is in the database: docs/decisions/2026-11-30-content-in-s3.md. Times are milliseconds.
 */
export interface BucketMarks {
  /** Before content is sent: from now on it is young. Waits while it is being removed. Returns what `put` has to show. */
  putting(digest: string): Promise<string>
  /** After it was sent. False when it was removed meanwhile: it has to be sent again. */
  put(digest: string, generation: string): Promise<boolean>
  /** Undefined when it was put since then, or is being removed already. Puts wait until `removed`. */
  removing(digest: string, ifOlderThan: Date | undefined): Promise<string | undefined>
  removed(digest: string, generation: string): Promise<void>
  /** Forgets puts that were before; content without a mark is old. */
  sweep(before: Date): Promise<void>
}

/** A removal is one request that is given up long before. Its mark counts no longer: whoever made it has died. */
export const removalMs = 120_000
const waitMs = 10

export function bucketMarks(store: Store): BucketMarks {
  const tryPutting = (digest: string): Promise<string | undefined> =>
    store.transaction(async ({ db }) => {
      const now = clock.now()
      const made = await db
        .insertInto('blob_mark')
        .values({ digest, generation: randomness.uuid(), put: now, removing: 0 })
        .onConflict(conflict =>
          conflict
            .column('digest')
            .doUpdateSet({ put: now, removing: 0 })
            .where('blob_mark.removing', '<', now - removalMs),
        )
        .returning('generation')
        .executeTakeFirst()
      return made?.generation
    })

  return {
    async putting(digest) {
      for (;;) {
        const generation = await tryPutting(digest)
        if (generation !== undefined) return generation
        await clock.sleep(waitMs)
      }
    },
    put: (digest, generation) =>
      store.transaction(async ({ db }) => {
        const { numUpdatedRows } = await db
          .updateTable('blob_mark')
          .set({ put: clock.now() })
          .where('digest', '=', digest)
          .where('generation', '=', generation)
          .where('removing', '=', 0)
          .executeTakeFirst()
        return numUpdatedRows === 1n
      }),
    removing: (digest, ifOlderThan) =>
      store.transaction(async ({ db }) => {
        const now = clock.now()
        const generation = randomness.uuid()
        const made = await db
          .insertInto('blob_mark')
          .values({ digest, generation, put: 0, removing: now })
          .onConflict(conflict =>
            conflict
              .column('digest')
              .doUpdateSet({ generation, removing: now })
              .where('blob_mark.removing', '<', now - removalMs)
              .where('blob_mark.put', '<', ifOlderThan?.getTime() ?? Number.MAX_SAFE_INTEGER),
          )
          .returning('generation')
          .executeTakeFirst()
        return made?.generation
      }),
    async removed(digest, generation) {
      await store.transaction(({ db }) =>
        db.deleteFrom('blob_mark').where('digest', '=', digest).where('generation', '=', generation).execute(),
      )
    },
    async sweep(before) {
      await store.db
        .deleteFrom('blob_mark')
        .where('put', '<', before.getTime())
        .where('removing', '<', clock.now() - removalMs)
        .execute()
    },
  }
}

/** Where nobody removes anything. */
export const noMarks: BucketMarks = {
  putting: async () => '',
  put: async () => true,
  removing: async () => undefined,
  async removed() {},
  async sweep() {},
}
