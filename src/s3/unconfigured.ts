import { requireBucket } from './bucket.ts'
import { s3Error } from './s3-error.ts'
import type { Op } from './s3-operation.ts'

// What cannot be set here is answered as a bucket answers in which it was never set.

export const getBucketLogging: Op<'GetBucketLogging'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  return {}
}

export const getBucketNotificationConfiguration: Op<'GetBucketNotificationConfiguration'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  return {}
}

export const getBucketAccelerateConfiguration: Op<'GetBucketAccelerateConfiguration'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  return {}
}

export const getBucketRequestPayment: Op<'GetBucketRequestPayment'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  return { Payer: 'BucketOwner' }
}

export const getBucketReplication: Op<'GetBucketReplication'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  throw s3Error('ReplicationConfigurationNotFoundError', { BucketName: input.Bucket })
}

export const getBucketWebsite: Op<'GetBucketWebsite'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  throw s3Error('NoSuchWebsiteConfiguration', { BucketName: input.Bucket })
}
