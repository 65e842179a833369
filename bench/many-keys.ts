import type { S3 } from '@aws-sdk/client-s3'
import { sql } from 'kysely'
import { dataDirectory } from '../src/store/data-directory.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'

/**
 * Fills a bucket with so many objects: one is put, and its row is repeated under other keys, as puts would have left them. A million
 * puts would take longer than all other benches.
 */
export async function fillBucket(s3: S3, data: string, bucket: string, count: number): Promise<void> {
  await s3.createBucket({ Bucket: bucket })
  await s3.putObject({ Bucket: bucket, Key: keyOf(0), Body: 'x' })
  const store = await openSqliteStore(dataDirectory(data).database)
  const columns = sql.raw(
    'ordinal, version_id, current, delete_marker, modified, size, etag, content, digest, parts, headers, tags, checksum, encryption, data',
  )
  for (let from = 1; from < count; from += 50_000)
    await sql`
      with recursive number(n) as (select ${from} union all select n + 1 from number where n + 1 < ${Math.min(count, from + 50_000)})
      insert into s3_version (bucket, key, ${columns})
      select bucket, cast(printf('folder-%03d/%07d', n / 1000, n) as blob), ${columns}
      from number cross join s3_version where bucket = ${bucket} and key = ${Buffer.from(keyOf(0))}`.execute(store.db)
  await store.close()
}

/** The key of the object of this number, a thousand to a folder. */
export const keyOf = (number: number): string =>
  `folder-${String(Math.floor(number / 1000)).padStart(3, '0')}/${String(number).padStart(7, '0')}`
