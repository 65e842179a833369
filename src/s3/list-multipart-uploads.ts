import type { Selectable } from 'kysely'
import type { S3UploadTable } from '../store/schema/s3-tables.ts'
import { canonicalId, requireBucket } from './bucket.ts'
import { type Position, scanPage } from './list-scan.ts'
import { keyEncoder, pageSize, splitEntries } from './listing-parameters.ts'
import { uploadOf } from './part-store.ts'
import type { Op, S3Context } from './s3-operation.ts'
import { keyBytes, keyText } from './version-row.ts'

type Row = Selectable<S3UploadTable>

const fetchUploads =
  (ctx: S3Context, bucket: string) =>
  (at: Position<Pick<Row, 'key' | 'id'>>, below: Buffer | undefined, limit: number): Promise<Row[]> =>
    ctx.store.db
      .selectFrom('s3_upload')
      .selectAll()
      .where('bucket', '=', bucket)
      .where(eb => {
        if ('from' in at) return eb('key', '>=', at.from)
        if ('behind' in at) return eb('key', '>', at.behind)
        return eb(eb.refTuple('key', 'id'), '>', eb.tuple(at.after.key, at.after.id))
      })
      .$if(below !== undefined, query => query.where('key', '<', below ?? Buffer.alloc(0)))
      .orderBy('key')
      .orderBy('id')
      .limit(limit)
      .execute()

/** By key, and by time of initiation within a key. */
export const listMultipartUploads: Op<'ListMultipartUploads'> = async (input, ctx) => {
  const { account } = await requireBucket(ctx.store.db, input.Bucket)
  const { Prefix: prefix = '', Delimiter: delimiter, KeyMarker: keyMarker = '', UploadIdMarker: idMarker = '' } = input
  const encode = keyEncoder(input.EncodingType)
  const limit = pageSize(input.MaxUploads, 'max-uploads')
  const key = keyBytes(keyMarker)
  const start = keyMarker === '' ? undefined : idMarker === '' ? { behind: key } : { after: { key, id: idMarker } }
  const fetch = fetchUploads(ctx, input.Bucket)
  const scan = {
    prefix,
    delimiter,
    start: start as Position<Row> | undefined,
    limit,
    fetch,
    keyOf: (row: Row) => row.key,
  }
  const { entries, truncated } = limit === 0 ? { entries: [], truncated: false } : await scanPage(scan)
  const { rows, prefixes } = splitEntries(entries)
  const last = entries.at(-1)
  return {
    Bucket: input.Bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    Prefix: encode(prefix),
    Delimiter: delimiter ? encode(delimiter) : undefined,
    MaxUploads: limit,
    EncodingType: input.EncodingType,
    IsTruncated: truncated,
    ...(truncated &&
      last && {
        NextKeyMarker: encode(keyText('row' in last ? last.row.key : last.prefix)),
        ...('row' in last && { NextUploadIdMarker: last.row.id }),
      }),
    Uploads: rows.map(row => describe(row, encode, account)),
    CommonPrefixes: prefixes.map(shared => ({ Prefix: encode(shared) })),
  }
}

function describe(row: Row, encode: (key: string) => string, account: string) {
  const { asked, algorithm, type } = uploadOf(row).checksum
  return {
    UploadId: row.id,
    Key: encode(keyText(row.key)),
    Initiated: new Date(row.initiated),
    StorageClass: 'STANDARD' as const,
    Owner: { ID: canonicalId(account) },
    Initiator: { ID: row.initiator, DisplayName: row.initiator },
    ...(asked && { ChecksumAlgorithm: algorithm, ChecksumType: type }),
  }
}
