import { requireBucket } from './bucket.ts'
import { notImplemented, s3Error } from './s3-error.ts'
import type { Op } from './s3-operation.ts'

/** From now on; what is there stays: versions once made are kept while versioning is suspended. */
export const putBucketVersioning: Op<'PutBucketVersioning'> = async (input, ctx) => {
  const { Status, MFADelete } = input.VersioningConfiguration
  if (MFADelete === 'Enabled') throw notImplemented('MFA delete')
  if (Status === undefined) throw s3Error('MalformedXML')
  await ctx.store.transaction(async ({ db }) => {
    const { configuration } = await requireBucket(db, input.Bucket)
    if (configuration.objectLock && Status !== 'Enabled')
      throw s3Error(
        'InvalidBucketState',
        {},
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
      )
    await db.updateTable('s3_bucket').set({ versioning: Status }).where('name', '=', input.Bucket).execute()
  })
  return {}
}

export const getBucketVersioning: Op<'GetBucketVersioning'> = async (input, ctx) => {
  const { versioning } = await requireBucket(ctx.store.db, input.Bucket)
  return versioning === '' ? {} : { Status: versioning as 'Enabled' | 'Suspended' }
}
