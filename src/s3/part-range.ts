import type { ByteRange } from './byte-range.ts'
import type { ObjectVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { S3Parts } from './s3-operation.ts'

/** The bytes of one part of an uploaded object. An object that was put whole has one part. Undefined for all of an empty one. */
export async function partRange(
  parts: Pick<S3Parts, 'store'>,
  version: ObjectVersion,
  number: number,
): Promise<ByteRange | undefined> {
  const rows = version.parts === 0 ? [{ number: 1, size: version.size }] : await partSizes(parts, version.content)
  let start = 0
  for (const row of rows) {
    if (row.number === number) return row.size === 0 ? undefined : { start, end: start + row.size - 1 }
    start += row.size
  }
  throw s3Error('InvalidPartNumber', { PartNumberRequested: number, ActualPartCount: rows.length })
}

const partSizes = (parts: Pick<S3Parts, 'store'>, content: string) =>
  parts.store.db
    .selectFrom('s3_part')
    .select(['number', 'size'])
    .where('content', '=', content)
    .orderBy('number')
    .execute()
