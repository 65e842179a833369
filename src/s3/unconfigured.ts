import { requireBucket } from './bucket.ts'
import { notImplemented, s3Error } from './s3-error.ts'
import type { Op } from './s3-operation.ts'

// What cannot be set here is answered as a bucket answers in which it was never set; to set it to what it is anyway is granted.

export const getBucketLogging: Op<'GetBucketLogging'> = async (input, ctx) => {
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

export const putBucketLogging: Op<'PutBucketLogging'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  if (input.BucketLoggingStatus.LoggingEnabled) throw notImplemented('Logging of the access to a bucket')
  return {}
}

export const putBucketRequestPayment: Op<'PutBucketRequestPayment'> = async (input, ctx) => {
  await requireBucket(ctx.store.db, input.Bucket)
  const { Payer } = input.RequestPaymentConfiguration
  if (Payer !== 'BucketOwner') throw notImplemented(`Payment of requests by the ${Payer}`)
  return {}
}
