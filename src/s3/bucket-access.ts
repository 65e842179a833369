import { ServiceError } from '../ground/errors.ts'
import type { Access } from '../service/access.ts'
import type { Principal } from '../service/principal.ts'
import { policyAsAppliedTo } from './bucket-policy.ts'
import type { Bucket } from './bucket-row.ts'
import { s3Error } from './s3-error.ts'
import type { S3Asker } from './s3-operation.ts'

type Conditions = Readonly<Record<string, string | readonly string[]>>

/** What asking for an action on a bucket, or on an object of it, must be allowed. */
export function bucketAccess(
  bucket: Bucket,
  principal: Principal,
  action: string,
  key?: string,
  conditions: Conditions = {},
): Access {
  const arn = `arn:aws:s3:::${bucket.name}`
  return {
    action,
    resource: key === undefined ? arn : `${arn}/${key}`,
    owner: bucket.account,
    resourcePolicy: policyAsAppliedTo(principal, bucket, action),
    conditions,
  }
}

/** Throws AccessDenied, by S3's name for it. */
export async function authorize(asker: S3Asker, access: Access): Promise<void> {
  try {
    await asker.iam.authorize(asker.principal, access)
  } catch (error) {
    if (error instanceof ServiceError && error.code.startsWith('AccessDenied'))
      throw s3Error('AccessDenied', {}, error.message)
    throw error
  }
}

/** True when the asker may know which keys there are. */
export async function mayList(asker: S3Asker, bucket: Bucket): Promise<boolean> {
  return allowed(asker, bucketAccess(bucket, asker.principal, 's3:ListBucket'))
}

export async function allowed(asker: S3Asker, access: Access): Promise<boolean> {
  try {
    await authorize(asker, access)
    return true
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'AccessDenied') return false
    throw error
  }
}
