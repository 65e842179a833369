import { addressRefused } from '../delivery/deliver-each.ts'
import type { Outcome } from '../delivery/receiver.ts'
import { Undeliverable } from '../delivery/undeliverable.ts'
import { AddressRefused, type WayOut } from '../outgoing/way-out.ts'
import { type DeliveryPolicy, effectivePolicy } from './delivery-policy.ts'
import type { WayTo } from './delivery-way.ts'
import type { Notice } from './notification.ts'
import { type DocumentParts, documentOf } from './notification-document.ts'
import { type SubscriptionRow, subscriptionAttributes } from './subscription-row.ts'
import { attributesOf, type TopicRow } from './topic-row.ts'

/** By POST, to endpoints of HTTP and HTTPS. */
export const httpWay =
  (parts: DocumentParts & { readonly wayOut: WayOut }): WayTo =>
  (topic, row) => {
    const { DeliveryPolicy, RawMessageDelivery } = subscriptionAttributes(row)
    const policy = effectivePolicy(attributesOf(topic).DeliveryPolicy, DeliveryPolicy)
    return {
      retries: policy.healthyRetryPolicy,
      perSecond: policy.throttlePolicy?.maxReceivesPerSecond,
      async deliver(notice, signal) {
        const isRaw = notice.Type === 'Notification' && RawMessageDelivery === 'true'
        const body = isRaw ? notice.Message : await documentOf(parts, topic, row, notice)
        const headers = headersOf(topic, row, policy, notice, isRaw)
        try {
          const { status, text } = await parts.wayOut.send({ method: 'POST', url: row.endpoint, headers, body }, signal)
          return outcomeOf(status, text)
        } catch (error) {
          if (error instanceof AddressRefused) return new Undeliverable(addressRefused, error.message)
          return error as Error
        }
      },
    }
  }

/** "All 5XX errors and 429 errors are retryable … all other errors are permanent failures" (SNS Developer Guide, "Fanout to HTTPS endpoints"). */
function outcomeOf(status: number, text: string): Outcome {
  if (status >= 200 && status < 300) return undefined
  const said = `The endpoint answered ${status}${text === '' ? '' : `: ${text}`}`
  return status === 429 || status >= 500 ? new Error(said) : new Undeliverable(`HTTP_${status}`, said)
}

/** SNS Developer Guide, "HTTP/HTTPS headers". */
const headersOf = (
  topic: TopicRow,
  row: SubscriptionRow,
  { requestPolicy }: DeliveryPolicy,
  { Type, MessageId }: Notice,
  isRaw: boolean,
) => ({
  'content-type': requestPolicy.headerContentType,
  'user-agent': 'Amazon Simple Notification Service Agent',
  'x-amz-sns-message-type': Type,
  'x-amz-sns-message-id': MessageId,
  'x-amz-sns-topic-arn': topic.arn,
  ...(Type !== 'SubscriptionConfirmation' && { 'x-amz-sns-subscription-arn': row.arn }),
  ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
})
