import { configureBucket, requireBucket } from './bucket.ts'
import { requireVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { Op, S3Asker } from './s3-operation.ts'
import { requireTags, type Tag } from './tag-set.ts'
import { keyBytes } from './version-row.ts'

export const putObjectTagging: Op<'PutObjectTagging'> = async (input, ctx) =>
  updateTags(ctx, input, requireTags(input.Tagging.TagSet, 10))

export const deleteObjectTagging: Op<'DeleteObjectTagging'> = async (input, ctx) => updateTags(ctx, input, [])

export const getObjectTagging: Op<'GetObjectTagging'> = async (input, ctx) => {
  const version = await requireVersion(ctx, input)
  return { TagSet: [...version.tags], VersionId: version.shownId }
}

/** Replaces the tags of a version. */
async function updateTags(
  asker: S3Asker,
  input: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string },
  tags: readonly Tag[],
): Promise<{ VersionId: string | undefined }> {
  const version = await requireVersion(asker, input)
  const { numUpdatedRows } = await asker.store.db
    .updateTable('s3_version')
    .set({ tags: tags.length > 0 ? JSON.stringify(tags) : '' })
    .where('bucket', '=', version.bucket)
    .where('key', '=', keyBytes(version.key))
    .where('ordinal', '=', version.ordinal)
    .where('content', '=', version.content)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw s3Error('NoSuchKey', { Key: input.Key })
  return { VersionId: version.shownId }
}

export const putBucketTagging: Op<'PutBucketTagging'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { tags: requireTags(input.Tagging.TagSet, 50) })
  return {}
}

export const deleteBucketTagging: Op<'DeleteBucketTagging'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { tags: undefined })
  return {}
}

export const getBucketTagging: Op<'GetBucketTagging'> = async (input, ctx) => {
  const { tags } = (await requireBucket(ctx.store.db, input.Bucket)).configuration
  if (!tags) throw s3Error('NoSuchTagSet', { BucketName: input.Bucket })
  return { TagSet: [...tags] }
}
