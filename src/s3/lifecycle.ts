import { randomness } from '../ground/randomness.ts'
import { configureBucket, requireBucket } from './bucket.ts'
import type { LifecycleRule } from './bucket-row.ts'
import { notImplemented, s3Error } from './s3-error.ts'
import type { In, Op } from './s3-operation.ts'

type GivenRule = NonNullable<In<'PutBucketLifecycleConfiguration'>['LifecycleConfiguration']>['Rules'][number]

export const putBucketLifecycleConfiguration: Op<'PutBucketLifecycleConfiguration'> = async (input, ctx) => {
  const rules = input.LifecycleConfiguration?.Rules ?? []
  if (rules.length < 1 || rules.length > 1000) throw s3Error('MalformedXML')
  for (const rule of rules) requireRule(rule)
  if (rules.some(rule => (rule.ID?.length ?? 0) > 255))
    throw s3Error('InvalidArgument', {}, 'ID length should not exceed allowed limit of 255')
  const lifecycle = rules.map(rule => ({ ...rule, ID: rule.ID || randomness.uuid() })) as LifecycleRule[]
  if (new Set(lifecycle.map(rule => rule.ID)).size < lifecycle.length)
    throw s3Error('InvalidArgument', {}, 'Rule ID must be unique. Found same ID for more than one rule')
  await configureBucket(ctx.store, input.Bucket, { lifecycle })
  return { TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' }
}

/** What this server cannot do is refused with the rule, so that nobody waits for it. */
function requireRule(rule: GivenRule): void {
  if (rule.Transitions?.length || rule.NoncurrentVersionTransitions?.length)
    throw notImplemented('A lifecycle transition to another storage class')
  const { Expiration, NoncurrentVersionExpiration: noncurrent, AbortIncompleteMultipartUpload: abort } = rule
  if (!Expiration && !noncurrent && !abort)
    throw s3Error('InvalidRequest', {}, 'At least one action needs to be specified in a rule')
  const given = [Expiration?.Days, Expiration?.Date, Expiration?.ExpiredObjectDeleteMarker].filter(
    value => value !== undefined,
  )
  if (Expiration && given.length !== 1) throw s3Error('MalformedXML')
  for (const days of [Expiration?.Days, noncurrent?.NoncurrentDays, abort?.DaysAfterInitiation])
    if (days !== undefined && (!Number.isInteger(days) || days < 1))
      throw s3Error('InvalidArgument', {}, "'Days' for Expiration action must be a positive integer")
  if (Expiration?.Date && Expiration.Date.getTime() % 86_400_000 !== 0)
    throw s3Error('InvalidArgument', {}, "'Date' must be at midnight GMT")
  if (noncurrent && noncurrent.NoncurrentDays === undefined) throw s3Error('MalformedXML')
  if (rule.Prefix !== undefined && rule.Filter) throw s3Error('MalformedXML')
  const { Tag, And, ObjectSizeGreaterThan: more, ObjectSizeLessThan: less } = rule.Filter ?? {}
  if (abort && (Tag || And?.Tags?.length || more !== undefined || less !== undefined))
    throw s3Error('InvalidRequest', {}, 'AbortIncompleteMultipartUpload cannot be specified with Tags or sizes.')
}

export const getBucketLifecycleConfiguration: Op<'GetBucketLifecycleConfiguration'> = async (input, ctx) => {
  const { lifecycle } = (await requireBucket(ctx.store.db, input.Bucket)).configuration
  if (!lifecycle) throw s3Error('NoSuchLifecycleConfiguration', { BucketName: input.Bucket })
  return { Rules: lifecycle.map(withDate), TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' }
}

/** Dates are text in the store. */
function withDate(rule: LifecycleRule): LifecycleRule {
  const date = rule.Expiration?.Date
  return date === undefined ? rule : { ...rule, Expiration: { ...rule.Expiration, Date: new Date(date) } }
}

export const deleteBucketLifecycle: Op<'DeleteBucketLifecycle'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { lifecycle: undefined })
  return {}
}
