import { configureBucket, requireBucket } from './bucket.ts'
import type { BucketConfiguration, PublicAccessBlock } from './bucket-row.ts'
import { s3Error } from './s3-error.ts'
import type { Op } from './s3-operation.ts'

const all = (value: boolean): PublicAccessBlock => ({
  BlockPublicAcls: value,
  IgnorePublicAcls: value,
  BlockPublicPolicy: value,
  RestrictPublicBuckets: value,
})

/** What counts: everything is blocked in a new bucket, as at AWS since April 2023, and nothing once the setting was deleted. */
export function blockOf(configuration: BucketConfiguration): PublicAccessBlock {
  return configuration.publicAccessBlock === null ? all(false) : (configuration.publicAccessBlock ?? all(true))
}

export const putPublicAccessBlock: Op<'PutPublicAccessBlock'> = async (input, ctx) => {
  const publicAccessBlock = { ...all(false), ...input.PublicAccessBlockConfiguration }
  await configureBucket(ctx.store, input.Bucket, { publicAccessBlock })
  return {}
}

export const getPublicAccessBlock: Op<'GetPublicAccessBlock'> = async (input, ctx) => {
  const { configuration } = await requireBucket(ctx.store.db, input.Bucket)
  if (configuration.publicAccessBlock === null)
    throw s3Error('NoSuchPublicAccessBlockConfiguration', { BucketName: input.Bucket })
  return { PublicAccessBlockConfiguration: blockOf(configuration) }
}

export const deletePublicAccessBlock: Op<'DeletePublicAccessBlock'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { publicAccessBlock: null })
  return {}
}
