import type { Receiver, Receivers } from '../delivery/receiver.ts'
import { type Outgoing, Undeliverable } from '../delivery/undeliverable.ts'
import { randomness } from '../ground/randomness.ts'
import type { Mailer } from '../outgoing/mailer.ts'
import type { WayOut } from '../outgoing/way-out.ts'
import { delayOf, type RetryPolicy } from './delivery-policy.ts'
import type { WayTo } from './delivery-way.ts'
import { httpWay } from './http-way.ts'
import { mailWay } from './mail-way.ts'
import type { DocumentParts } from './notification-document.ts'
import { findSubscription, type SubscriptionRow } from './subscription-row.ts'
import { findTopic, type TopicRow } from './topic-row.ts'

export interface SubscriptionParts extends DocumentParts {
  readonly wayOut: WayOut
  /** None where the operator has named no mail server. */
  readonly mailer: Mailer | undefined
}

/** Subscriptions to topics, as receivers of their messages. */
export function subscriptionReceivers(parts: SubscriptionParts): Receivers {
  const [http, mail] = [httpWay(parts), mailWay(parts)]
  const ways: Readonly<Record<string, WayTo>> = { http, https: http, email: mail, 'email-json': mail }
  return {
    async find(db, sender, id) {
      const row = await findSubscription(db, `${sender}:${id}`)
      const topic = row && (await findTopic(db, sender))
      const way = row && ways[row.protocol]
      return topic && way && receiverOf(way, topic, row)
    },
  }
}

function receiverOf(wayTo: WayTo, topic: TopicRow, row: SubscriptionRow): Receiver {
  const way = wayTo(topic, row)
  return {
    ...{ sender: topic.arn, id: row.id, account: row.owner, region: row.region, retryAt: row.retry_at },
    isOrdered: false,
    perSecond: way.perSecond,
    deliver: (given, signal) =>
      way.deliver(
        given.map(({ body }) => JSON.parse(body)),
        signal,
      ),
    afterFailure: (failed, _now, trouble) => afterFailure(way.retries, failed, trouble),
    async setRetryAt(db, retry_at) {
      await db.updateTable('sns_subscription').set({ retry_at }).where('arn', '=', row.arn).execute()
    },
  }
}

/** "Amazon SNS applies jittering to delivery retries": up to a tenth more. */
function afterFailure(policy: RetryPolicy, { attempts }: Outgoing, trouble: Error) {
  if (attempts > policy.numRetries) return new Undeliverable('MaximumRetryAttempts', trouble.message)
  return { after: Math.round(1000 * delayOf(policy, attempts) * (1 + randomness.number() / 10)) }
}
