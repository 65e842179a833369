import { configureBucket, requireBucket } from './bucket.ts'
import { requireVersion, updateTags } from './object-version.ts'
import type { Op } from './operation.ts'
import { s3Error } from './s3-error.ts'
import { requireTags } from './tag.ts'

export const putObjectTagging: Op<'PutObjectTagging'> = async (input, ctx) =>
  updateTags(ctx, input, requireTags(input.Tagging.TagSet, 10))

export const deleteObjectTagging: Op<'DeleteObjectTagging'> = async (input, ctx) => updateTags(ctx, input, [])

export const getObjectTagging: Op<'GetObjectTagging'> = async (input, ctx) => {
  const version = await requireVersion(ctx, input)
  return { TagSet: [...version.tags], VersionId: version.shownId }
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
