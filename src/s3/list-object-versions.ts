import { canonicalId, requireBucket } from './bucket.ts'
import { checksumOf } from './list-objects.ts'
import { type Position, scanPage } from './list-scan.ts'
import { keyEncoder, pageSize, splitEntries } from './listing-parameters.ts'
import { findVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op, S3Context } from './s3-operation.ts'
import { keyBytes, keyText } from './version-row.ts'

interface ListedVersion {
  readonly key: Uint8Array
  readonly ordinal: number
  readonly version_id: string
  readonly delete_marker: number
  readonly size: number
  readonly etag: string
  readonly modified: number
  readonly checksum: string
}

const fetchVersions =
  (ctx: S3Context, bucket: string) =>
  (
    at: Position<Pick<ListedVersion, 'key' | 'ordinal'>>,
    below: Buffer | undefined,
    limit: number,
  ): Promise<ListedVersion[]> =>
    ctx.store.db
      .selectFrom('s3_version')
      .select(['key', 'ordinal', 'version_id', 'delete_marker', 'size', 'etag', 'modified', 'checksum'])
      .where('bucket', '=', bucket)
      .where(eb => {
        if ('from' in at) return eb('key', '>=', at.from)
        if ('behind' in at) return eb('key', '>', at.behind)
        return eb(eb.refTuple('key', 'ordinal'), '>', eb.tuple(at.after.key, at.after.ordinal))
      })
      .$if(below !== undefined, query => query.where('key', '<', below ?? Buffer.alloc(0)))
      .orderBy('key')
      .orderBy('ordinal')
      .limit(limit)
      .execute()

export const listObjectVersions: Op<'ListObjectVersions'> = async (input, ctx) => {
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  const { Prefix: prefix = '', Delimiter: delimiter, KeyMarker: keyMarker = '', VersionIdMarker: idMarker } = input
  const encode = keyEncoder(input.EncodingType)
  const limit = pageSize(input.MaxKeys, 'max-keys')
  const start = await startOf(ctx, input)
  const fetch = fetchVersions(ctx, input.Bucket)
  const scan = {
    prefix,
    delimiter,
    start: start as Position<ListedVersion> | undefined,
    limit,
    fetch,
    keyOf: (row: ListedVersion) => row.key,
  }
  const { entries, truncated } = limit === 0 ? { entries: [], truncated: false } : await scanPage(scan)
  const { rows, prefixes } = splitEntries(entries)
  const owner = { ID: canonicalId(bucket.account) }
  const newest = await newestOf(ctx, input.Bucket, rows)
  const common = (row: ListedVersion) => ({
    Key: encode(keyText(row.key)),
    VersionId: row.version_id,
    IsLatest: newest.get(keyText(row.key)) === row.ordinal,
    LastModified: new Date(row.modified),
    Owner: owner,
  })
  const last = entries.at(-1)
  return {
    Name: input.Bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter ? encode(delimiter) : undefined,
    KeyMarker: encode(keyMarker),
    VersionIdMarker: idMarker ?? '',
    MaxKeys: limit,
    EncodingType: input.EncodingType,
    IsTruncated: truncated,
    ...(truncated &&
      last && {
        NextKeyMarker: encode(keyText('row' in last ? last.row.key : last.prefix)),
        ...('row' in last && { NextVersionIdMarker: last.row.version_id }),
      }),
    Versions: rows
      .filter(row => row.delete_marker === 0)
      .map(row => ({
        ...common(row),
        ETag: `"${row.etag}"`,
        Size: row.size,
        StorageClass: 'STANDARD' as const,
        ...checksumOf(row.checksum),
      })),
    DeleteMarkers: rows.filter(row => row.delete_marker === 1).map(common),
    CommonPrefixes: prefixes.map(shared => ({ Prefix: encode(shared) })),
  }
}

/** Behind a key, or behind one version of it. When that version is gone, the key's others were listed before it was. */
async function startOf(ctx: S3Context, input: In<'ListObjectVersions'>) {
  const { KeyMarker: keyMarker, VersionIdMarker: idMarker } = input
  if (!keyMarker) {
    if (idMarker)
      throw s3Error(
        'InvalidArgument',
        { ArgumentName: 'version-id-marker' },
        'A version-id marker cannot be specified without a key marker.',
      )
    return undefined
  }
  const key = keyBytes(keyMarker)
  if (!idMarker) return { behind: key }
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  const version = await findVersion(ctx.store.db, bucket, keyMarker, idMarker)
  return version ? { after: { key, ordinal: version.ordinal } } : { behind: key }
}

/** The newest version's ordinal of each key: only a page's first key may have begun on the page before. */
async function newestOf(ctx: S3Context, bucket: string, rows: readonly ListedVersion[]): Promise<Map<string, number>> {
  const newest = new Map<string, number>()
  for (const row of rows) {
    const key = keyText(row.key)
    if (!newest.has(key)) newest.set(key, row.ordinal)
  }
  const first = rows[0]
  if (!first) return newest
  const { key } = first
  const found = await ctx.store.db
    .selectFrom('s3_version')
    .select('ordinal')
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .orderBy('ordinal')
    .limit(1)
    .executeTakeFirst()
  return found ? newest.set(keyText(key), found.ordinal) : newest
}
