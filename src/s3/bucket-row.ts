import type * as Sdk from '@aws-sdk/client-s3'
import type { Selectable } from 'kysely'
import type { Input, Output } from '../service/operation.ts'
import type { S3BucketTable } from '../store/schema/s3-tables.ts'
import type { Tag } from './tag-set.ts'

/** What may be set on a bucket, each by its own operations. */
export interface BucketConfiguration {
  readonly policy?: string
  /** Absent: everything is blocked, as for a new bucket; null: deleted, nothing is blocked. */
  readonly publicAccessBlock?: PublicAccessBlock | null
  readonly cors?: Input<typeof Sdk, 'PutBucketCors'>['CORSConfiguration']['CORSRules']
  readonly encryption?: Input<typeof Sdk, 'PutBucketEncryption'>['ServerSideEncryptionConfiguration']
  readonly lifecycle?: readonly LifecycleRule[]
  readonly tags?: readonly Tag[]
  /** Once it is on, for ever. */
  readonly objectLock?: { readonly rule?: DefaultRetention }
  /** Whether EventBridge is told of what happens to objects. */
  readonly eventBridge?: boolean
  /** False once the ownership controls were deleted: only what a get tells. */
  readonly ownershipControls?: boolean
}

/** How long new versions are kept: days or years. */
export interface DefaultRetention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE'
  readonly days?: number
  readonly years?: number
}

export type PublicAccessBlock = Required<Input<typeof Sdk, 'PutPublicAccessBlock'>['PublicAccessBlockConfiguration']>

/** As the API has it, with dates as ISO text. */
export type LifecycleRule = NonNullable<Output<typeof Sdk, 'GetBucketLifecycleConfiguration'>['Rules']>[number]

export interface Bucket extends Omit<Selectable<S3BucketTable>, 'configuration'> {
  readonly configuration: BucketConfiguration
}
