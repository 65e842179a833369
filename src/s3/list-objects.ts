import { sql } from 'kysely'
import { canonicalId, requireBucket } from './bucket.ts'
import type { Bucket } from './bucket-row.ts'
import type { Checksum } from './checksum.ts'
import { continuation } from './continuation.ts'
import { type Entry, type Page, type Position, type Scan, scanPage } from './list-scan.ts'
import { keyEncoder, nextFrom, pageSize, splitEntries } from './listing-parameters.ts'
import type { Op, S3Parts } from './s3-operation.ts'
import { keyText } from './version-row.ts'

export interface ListedObject {
  readonly key: Uint8Array
  readonly size: number
  readonly etag: string
  readonly modified: number
  readonly checksum: string
}

/** One page of a bucket's objects, in the order of their keys' bytes. */
export const listPage = (
  parts: Pick<S3Parts, 'store'>,
  bucket: string,
  scan: Pick<Scan<ListedObject>, 'prefix' | 'delimiter' | 'start' | 'limit'>,
): Promise<Page<ListedObject>> =>
  scanPage({
    ...scan,
    keyOf: row => row.key,
    fetch: (at, below, limit) =>
      parts.store.db
        .selectFrom('s3_version')
        .select(['key', 'size', 'etag', 'modified', 'checksum'])
        .where('bucket', '=', bucket)
        .where('current', '=', sql.lit(1))
        .where('key', 'from' in at ? '>=' : '>', startKey(at))
        .$if(below !== undefined, query => query.where('key', '<', below ?? Buffer.alloc(0)))
        .orderBy('key')
        .limit(limit)
        .execute(),
  })

const startKey = (at: Position<ListedObject>): Uint8Array =>
  'from' in at ? at.from : 'behind' in at ? at.behind : at.after.key

export const listObjects: Op<'ListObjects'> = async (input, ctx) => {
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  const { Prefix: prefix = '', Delimiter: delimiter, Marker: marker = '' } = input
  const encode = keyEncoder(input.EncodingType)
  const limit = pageSize(input.MaxKeys, 'max-keys')
  const start = marker === '' ? undefined : { behind: Buffer.from(marker) }
  const { entries, truncated } =
    limit === 0 ? none : await listPage(ctx, input.Bucket, { prefix, delimiter, start, limit })
  const last = entries.at(-1)
  return {
    ...describe(bucket, entries, encode, true),
    Name: input.Bucket,
    Prefix: encode(prefix),
    Marker: encode(marker),
    Delimiter: delimiter ? encode(delimiter) : undefined,
    MaxKeys: limit,
    EncodingType: input.EncodingType,
    IsTruncated: truncated,
    ...(truncated && delimiter && last && { NextMarker: encode(keyText('row' in last ? last.row.key : last.prefix)) }),
  }
}

export const listObjectsV2: Op<'ListObjectsV2'> = async (input, ctx) => {
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  const { Prefix: prefix = '', Delimiter: delimiter, StartAfter: startAfter, ContinuationToken: token } = input
  const encode = keyEncoder(input.EncodingType)
  const limit = pageSize(input.MaxKeys, 'max-keys')
  const pages = continuation(['ListObjectsV2', input.Bucket, prefix, delimiter], token)
  const start = pages.after === undefined ? afterKey(startAfter) : { from: Buffer.from(pages.after, 'base64') }
  const { entries, truncated } =
    limit === 0 ? none : await listPage(ctx, input.Bucket, { prefix, delimiter, start, limit })
  const next = truncated ? nextFrom(entries.at(-1), row => row.key) : undefined
  return {
    ...describe(bucket, entries, encode, input.FetchOwner === true),
    Name: input.Bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter ? encode(delimiter) : undefined,
    StartAfter: startAfter && encode(startAfter),
    MaxKeys: limit,
    KeyCount: entries.length,
    EncodingType: input.EncodingType,
    ContinuationToken: token,
    IsTruncated: truncated,
    NextContinuationToken: next && pages.token(next.toString('base64')),
  }
}

const none: Page<ListedObject> = { entries: [], truncated: false }

const afterKey = (key: string | undefined) => (key ? { behind: Buffer.from(key) } : undefined)

function describe(
  bucket: Bucket,
  entries: readonly Entry<ListedObject>[],
  encode: (key: string) => string,
  withOwner: boolean,
) {
  const { rows, prefixes } = splitEntries(entries)
  const owner = { ID: canonicalId(bucket.account) }
  return {
    Contents: rows.map(row => ({
      Key: encode(keyText(row.key)),
      LastModified: new Date(row.modified),
      ETag: `"${row.etag}"`,
      Size: row.size,
      StorageClass: 'STANDARD' as const,
      ...checksumOf(row.checksum),
      ...(withOwner && { Owner: owner }),
    })),
    CommonPrefixes: prefixes.map(shared => ({ Prefix: encode(shared) })),
  }
}

/** How a listing tells an object's checksum: which, not what. */
export function checksumOf(json: string) {
  if (json === '') return {}
  const { algorithm, type } = JSON.parse(json) as Checksum
  return { ChecksumAlgorithm: [algorithm], ChecksumType: type }
}
