import type { Selectable } from 'kysely'
import type { S3BucketTable } from '../store/schema/s3-tables.ts'
import { continuation } from './continuation.ts'
import type { In, S3Context } from './s3-operation.ts'

/** One page of the caller's buckets by name. */
export async function bucketPage(
  ctx: S3Context,
  input: In<'ListBuckets'>,
): Promise<{ buckets: Selectable<S3BucketTable>[]; next: string | undefined }> {
  const { Prefix: prefix = '', BucketRegion: region, MaxBuckets: limit = 10_000 } = input
  const pages = continuation(['ListBuckets', ctx.account, prefix, region], input.ContinuationToken)
  const after = pages.after ?? ''
  const rows = await ctx.store.db
    .selectFrom('s3_bucket')
    .selectAll()
    .where('account', '=', ctx.account)
    // The token's name has the prefix.
    .where('name', after === '' ? '>=' : '>', after || prefix)
    // Names are of lower-case letters, digits, dots and hyphens, all before the brace.
    .where('name', '<', `${prefix}{`)
    .$if(region !== undefined, query => query.where('region', '=', region ?? ''))
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  const { items: buckets, next } = pages.cut(rows, limit, ({ name }) => name)
  return { buckets, next }
}
