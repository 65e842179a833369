import type { Outcome } from '../delivery/receiver.ts'
import type { RetryPolicy } from './delivery-policy.ts'
import type { Notice } from './notification.ts'
import type { SubscriptionRow } from './subscription-row.ts'
import type { TopicRow } from './topic-row.ts'

/** How one subscription is reached. */
export interface DeliveryWay {
  readonly retries: RetryPolicy
  /** At most so many a second. */
  readonly perSecond: number | undefined
  /** Brings it one notice, and tells what came of it. */
  deliver(notice: Notice, signal: AbortSignal): Promise<Outcome>
}

/** Makes the way to subscriptions of one protocol. */
export type WayTo = (topic: TopicRow, row: SubscriptionRow) => DeliveryWay
