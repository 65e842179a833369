import type { ByteRange } from './byte-range.ts'
import type { ObjectVersion } from './object-version.ts'
import { partsOf } from './part-store.ts'
import { s3Error } from './s3-error.ts'
import type { S3Parts } from './s3-operation.ts'

export interface FoundPart {
  /** Undefined for all of an empty one. */
  readonly range: ByteRange | undefined
  /** Base64, of the algorithm of the object's checksum; undefined for an object that was put whole. */
  readonly checksum: string | undefined
}

/** One part of an uploaded object. An object that was put whole has one part. Throws InvalidPartNumber. */
export async function findPart(
  parts: Pick<S3Parts, 'store'>,
  version: ObjectVersion,
  number: number,
): Promise<FoundPart> {
  const whole = [{ number: 1, size: version.size, checksum: undefined }]
  const rows = version.parts === 0 ? whole : await partsOf(parts.store.db, version.content)
  let start = 0
  for (const { number: found, size, checksum } of rows) {
    if (found === number) return { range: size === 0 ? undefined : { start, end: start + size - 1 }, checksum }
    start += size
  }
  throw s3Error('InvalidPartNumber', { PartNumberRequested: number, ActualPartCount: rows.length })
}
