import { configureBucket, requireBucket, requireOwnership } from './bucket.ts'
import { s3Error } from './s3-error.ts'
import type { Op } from './s3-operation.ts'

export const putBucketOwnershipControls: Op<'PutBucketOwnershipControls'> = async (input, ctx) => {
  const [rule, ...others] = input.OwnershipControls.Rules
  if (!rule || others.length > 0) throw s3Error('MalformedXML')
  requireOwnership(rule.ObjectOwnership)
  await configureBucket(ctx.store, input.Bucket, { ownershipControls: undefined })
  return {}
}

export const getBucketOwnershipControls: Op<'GetBucketOwnershipControls'> = async (input, ctx) => {
  const { ownershipControls } = (await requireBucket(ctx.store.db, input.Bucket)).configuration
  if (ownershipControls === false) throw s3Error('OwnershipControlsNotFoundError', { BucketName: input.Bucket })
  return { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } }
}

export const deleteBucketOwnershipControls: Op<'DeleteBucketOwnershipControls'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { ownershipControls: false })
  return {}
}
