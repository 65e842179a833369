import type { Selectable } from 'kysely'
import type { S3VersionTable } from '../store/schema/s3-tables.ts'
import type { Store } from '../store/store.ts'
import { digestOf } from './content.ts'

type Row = Selectable<S3VersionTable>
type Place = Pick<Row, 'bucket' | 'key' | 'ordinal'>

export type DamagedRow = Pick<Row, 'bucket' | 'key' | 'digest'>

const first: Place = { bucket: '', key: Buffer.alloc(0), ordinal: -1 }
/** Of 64 KiB each at the most. */
const rowsAtOnce = 200

/**
 * Small objects, whose content is in their row, that hold other content than was put. Read page by page: what one statement reads as a
 * whole keeps a server's write-ahead log from beginning anew for as long.
 */
export async function* damagedRows({ db }: Pick<Store, 'db'>): AsyncGenerator<DamagedRow> {
  for (let after: Place | undefined = first; after; ) {
    const { bucket, key, ordinal }: Place = after
    const rows = await db
      .selectFrom('s3_version')
      .select(['bucket', 'key', 'ordinal', 'digest', 'data'])
      .where(eb => eb(eb.refTuple('bucket', 'key', 'ordinal'), '>', eb.tuple(bucket, key, ordinal)))
      .orderBy('bucket')
      .orderBy('key')
      .orderBy('ordinal')
      .limit(rowsAtOnce)
      .execute()
    for (const row of rows) if (row.data && digestOf(row.data) !== row.digest) yield row
    after = rows.at(-1)
  }
}
