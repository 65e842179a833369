import { configureBucket, requireBucket } from './bucket.ts'
import { notImplemented } from './s3-error.ts'
import type { Op } from './s3-operation.ts'

/** Events of objects go to EventBridge or nowhere: rules take them from there to topics and other targets. */
export const putBucketNotificationConfiguration: Op<'PutBucketNotificationConfiguration'> = async (input, ctx) => {
  const { EventBridgeConfiguration, ...others } = input.NotificationConfiguration
  const wanted = Object.entries(others).find(([, list]) => Array.isArray(list) && list.length > 0)
  if (wanted) throw notImplemented(`Notification other than by EventBridgeConfiguration (${wanted[0]})`)
  await configureBucket(ctx.store, input.Bucket, { eventBridge: EventBridgeConfiguration !== undefined })
  return {}
}

export const getBucketNotificationConfiguration: Op<'GetBucketNotificationConfiguration'> = async (input, ctx) => {
  const { configuration } = await requireBucket(ctx.store.db, input.Bucket)
  return configuration.eventBridge ? { EventBridgeConfiguration: {} } : {}
}
