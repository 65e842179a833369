import { configureBucket, requireBucket } from './bucket.ts'
import type { DefaultRetention } from './bucket-row.ts'
import { refuseEventHold, requireMode } from './object-lock.ts'
import { notImplemented, s3Error } from './s3-error.ts'
import type { In, Op } from './s3-operation.ts'

/** Turns Object Lock on, where versions are kept, and says how long new versions are kept by default. It is never turned off again. */
export const putObjectLockConfiguration: Op<'PutObjectLockConfiguration'> = async (input, ctx) => {
  if (input.Token !== undefined) throw notImplemented('A token of Object Lock')
  const { ObjectLockEnabled, Rule } = input.ObjectLockConfiguration ?? {}
  if (ObjectLockEnabled !== 'Enabled') throw s3Error('MalformedXML')
  const { versioning } = await requireBucket(ctx.store.db, input.Bucket)
  if (versioning !== 'Enabled')
    throw s3Error(
      'InvalidBucketState',
      {},
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    )
  const rule = Rule && readRule(Rule)
  await configureBucket(ctx.store, input.Bucket, { objectLock: { ...(rule && { rule }) } })
  return {}
}

type Rule = NonNullable<NonNullable<In<'PutObjectLockConfiguration'>['ObjectLockConfiguration']>['Rule']>

/** Days or years, not both, up to a hundred years (Amazon S3 User Guide, "Object Lock considerations"). */
function readRule({ DefaultRetention }: Rule): DefaultRetention {
  refuseEventHold(DefaultRetention)
  const { Mode, Days: days, Years: years } = DefaultRetention ?? {}
  if ((days === undefined) === (years === undefined)) throw s3Error('MalformedXML')
  const length = days ?? years ?? 0
  if (length < 1) throw s3Error('InvalidArgument', {}, 'Default retention period must be a positive integer value.')
  if (length > (days === undefined ? 100 : 36_500))
    throw s3Error('InvalidArgument', {}, 'Default retention period too large; the maximum is 36500 days or 100 years.')
  return { mode: requireMode(Mode), ...(days === undefined ? { years: length } : { days: length }) }
}

export const getObjectLockConfiguration: Op<'GetObjectLockConfiguration'> = async (input, ctx) => {
  const { objectLock } = (await requireBucket(ctx.store.db, input.Bucket)).configuration
  if (!objectLock) throw s3Error('ObjectLockConfigurationNotFoundError', { BucketName: input.Bucket })
  const { rule } = objectLock
  const DefaultRetention = rule && { Mode: rule.mode, Days: rule.days, Years: rule.years }
  return {
    ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...(DefaultRetention && { Rule: { DefaultRetention } }) },
  }
}
