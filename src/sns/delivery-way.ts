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
  /** Brings it these notices, and tells what came of each. */
  deliver(notices: readonly Notice[], signal: AbortSignal): Promise<readonly Outcome[]>
}

/** Makes the way to subscriptions of one protocol. */
export type WayTo = (topic: TopicRow, row: SubscriptionRow) => DeliveryWay
