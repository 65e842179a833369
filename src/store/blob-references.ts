import { type Kysely, sql } from 'kysely'
import { clock } from '../ground/clock.ts'
import type { BlobInfo, BlobStore } from './blobs.ts'
import type { Database } from './database.ts'
import type { Store } from './store.ts'

/**
 * Keeps a blob alive for `owner`; repeating it changes nothing. Call it in the transaction that makes the content visible, after
 * `put` has resolved. Why the collector cannot take the blob in between: see `collect`.
 */
export async function reference(db: Kysely<Database>, digest: string, owner: string): Promise<void> {
  await referenceAll(db, [digest], owner)
}

/** `reference` for many blobs of one owner. */
export async function referenceAll(db: Kysely<Database>, digests: readonly string[], owner: string): Promise<void> {
  for (const some of batches([...new Set(digests)], 400))
    await db
      .insertInto('blob_reference')
      .values(some.map(digest => ({ digest, owner, released: 0 })))
      .onConflict(conflict => conflict.columns(['digest', 'owner']).doUpdateSet({ released: 0 }))
      .execute()
}

/** The owner no longer needs this blob, or any blob when none is named. Whoever reads it at this moment may finish: see `collect`. */
export async function release(db: Kysely<Database>, owner: string, digest?: string): Promise<void> {
  await db
    .updateTable('blob_reference')
    .set({ released: clock.now() })
    .where('owner', '=', owner)
    .where('released', '=', 0)
    .$if(digest !== undefined, query => query.where('digest', '=', digest ?? ''))
    .execute()
}

/**
 * Removes the blobs that nobody holds, that were last put before `olderThan` and that were let go before it: an hour ago is usual.
 * It may run beside everything else, because
 * - a blob gets its first reference only after a `put`, which renews its time. The time from put to commit must be shorter than the
 *   grace: it is milliseconds, since an upload references each part as it arrives;
 * - a further reference is taken in a transaction that sees one that is held, and letting go leaves the row for the grace, so an
 *   unheld blob cannot become held without a put, and a reader who began before has the grace to finish;
 * - a put that meets a removal waits for it, and a removal that meets a put sees the new time and leaves the blob alone.
 * A crash after a put and before the commit leaves garbage that a later run takes; a crash in here leaves less garbage.
 * What cannot be removed keeps nothing else from it: the first reason is thrown at the end, or after a few of them.
 */
export async function collect(
  store: Store,
  blobs: BlobStore,
  options: { readonly olderThan: Date },
): Promise<{ removed: number; bytes: number }> {
  await store.db
    .deleteFrom('blob_reference')
    .where('released', '>', sql.lit(0))
    .where('released', '<', options.olderThan.getTime())
    .execute()
  const total = { removed: 0, bytes: 0 }
  const failures: unknown[] = []
  const removed = (digest: string) =>
    blobs.remove(digest, { ifOlderThan: options.olderThan }).catch(error => {
      failures.push(error)
      if (failures.length === mostFailures) throw error
      return false
    })
  for await (const some of oldBlobs(blobs, options.olderThan)) {
    const held = await heldAmong(
      store.db,
      some.map(blob => blob.digest),
    )
    for (const { digest, size } of some) {
      if (held.has(digest) || !(await removed(digest))) continue
      total.removed++
      total.bytes += size
    }
  }
  await blobs.sweep?.(options.olderThan)
  if (failures.length > 0) throw failures[0]
  return total
}

/** After so many it is not the content that is to blame, but the place. */
const mostFailures = 10

async function* oldBlobs(blobs: BlobStore, olderThan: Date): AsyncGenerator<readonly BlobInfo[]> {
  let some: BlobInfo[] = []
  for await (const blob of blobs.list()) {
    if (blob.modified < olderThan) some.push(blob)
    if (some.length < 400) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

async function heldAmong(db: Kysely<Database>, digests: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('blob_reference')
    .select('digest')
    .distinct()
    .where('digest', 'in', digests)
    .execute()
  return new Set(rows.map(row => row.digest))
}

function* batches<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
