import { setImmediate } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { successor } from './list-scan.ts'

/** A version as a walk over a bucket meets it. */
export interface WalkedVersion {
  readonly key: Uint8Array
  readonly ordinal: number
  readonly version_id: string
  readonly delete_marker: number
  readonly modified: number
  readonly size: number
  readonly tags: string
}

export interface Walk {
  readonly bucket: string
  /** Keys begin with it. */
  readonly prefix: Buffer
  /** Those that listings show, or all. */
  readonly only: 'current' | 'all'
}

const pageSize = 1000

/**
 * One page of a walk. It has one lower bound alone: beside `key >= prefix`, SQLite would seek there and pass over all that was walked
 * before.
 */
export function walkPage(
  db: Kysely<Database>,
  { bucket, prefix, only }: Walk,
  after: Pick<WalkedVersion, 'key' | 'ordinal'> | undefined,
) {
  const below = successor(prefix)
  return db
    .selectFrom('s3_version')
    .select(['key', 'ordinal', 'version_id', 'delete_marker', 'modified', 'size', 'tags'])
    .where('bucket', '=', bucket)
    .where(eb =>
      after
        ? eb(eb.refTuple('key', 'ordinal'), '>', eb.tuple(after.key, after.ordinal))
        : eb('key', '>=', prefix as Uint8Array),
    )
    .$if(below !== undefined, query => query.where('key', '<', below ?? Buffer.alloc(0)))
    .$if(only === 'current', query => query.where('current', '=', sql.lit(1)))
    .orderBy('key')
    .orderBy('ordinal')
    .limit(pageSize)
}

/** Versions in order, newest of each key first. Others get their turn between pages. */
export async function* walkVersions(db: Kysely<Database>, walk: Walk): AsyncGenerator<WalkedVersion> {
  let after: WalkedVersion | undefined
  for (;;) {
    const rows: WalkedVersion[] = await walkPage(db, walk, after).execute()
    yield* rows
    after = rows.at(-1)
    if (rows.length < pageSize) return
    await setImmediate()
  }
}
