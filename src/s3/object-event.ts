import { announce } from '../store/announcement.ts'
import type { Transaction } from '../store/store.ts'
import type { Bucket } from './bucket-row.ts'
import type { S3Asker } from './s3-operation.ts'

/** Who changes an object, and by which operation. */
export interface Doing {
  readonly reason: string
  /** An account, or the service that does it by itself. */
  readonly requester: string
  readonly requestId?: string
}

export const doing = (
  reason: string,
  { principal, requestId }: Pick<S3Asker, 'principal'> & { readonly requestId?: string },
): Doing => ({ reason, requester: principal.account || principal.kind, ...(requestId !== undefined && { requestId }) })

/** The version that an event is about. */
interface Told {
  readonly key: string
  readonly size?: number
  readonly etag?: string
  readonly versionId?: string | undefined
  readonly ordinal: number
  readonly at: number
}

/**
 * Object Created, on the bus of the bucket's owner where the bucket has it turned on, by the commit that makes it visible. Source: S3 User Guide, "EventBridge
 * event message structure".
 */
export const tellCreated = (tx: Transaction, bucket: Bucket, told: Told, by: Doing): Promise<void> =>
  tell(tx, bucket, { ...told, detailType: 'Object Created', order: 0 }, by, {})

/** Object Deleted: the version is gone, or a delete marker hides it. */
export const tellDeleted = (tx: Transaction, bucket: Bucket, told: Told, by: Doing, marker: boolean): Promise<void> =>
  tell(tx, bucket, { ...told, detailType: 'Object Deleted', order: 1 }, by, {
    'deletion-type': marker ? 'Delete Marker Created' : 'Permanently Deleted',
  })

async function tell(
  tx: Transaction,
  bucket: Bucket,
  { detailType, order, key, size, etag, versionId, ordinal, at }: Told & { detailType: string; order: number },
  { reason, requester, requestId }: Doing,
  more: object,
): Promise<void> {
  if (!bucket.configuration.eventBridge) return
  const { name, account, region } = bucket
  // Of one key's events the later has the greater one: by time, then by version, then what was made before what was deleted.
  const sequencer = `${hex(at, 12)}${hex(-ordinal, 10)}${order}`.toUpperCase()
  await announce(tx, {
    ...{ account, region, source: 'aws.s3', detailType, time: at, resources: [`arn:aws:s3:::${name}`] },
    detail: {
      version: '0',
      bucket: { name },
      object: { key, size, etag, 'version-id': versionId, sequencer },
      'request-id': requestId,
      ...{ requester, reason, ...more },
    },
  })
}

const hex = (value: number, digits: number): string => Math.max(0, value).toString(16).padStart(digits, '0')
