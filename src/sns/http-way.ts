import { addressRefused } from '../delivery/deliver-each.ts'
import type { Outcome } from '../delivery/receiver.ts'
import { Undeliverable } from '../delivery/undeliverable.ts'
import { AddressRefused, type OutgoingRequest, type Sent } from '../outgoing/outgoing-request.ts'
import type { WayOut } from '../outgoing/way-out.ts'
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
    const requestOf = async (notice: Notice): Promise<OutgoingRequest> => {
      const isRaw = notice.Type === 'Notification' && RawMessageDelivery === 'true'
      const body = isRaw ? notice.Message : await documentOf(parts, topic, row, notice)
      return { method: 'POST', url: row.endpoint, headers: headersOf(topic, row, policy, notice, isRaw), body }
    }
    return {
      retries: policy.healthyRetryPolicy,
      perSecond: policy.throttlePolicy?.maxReceivesPerSecond,
      deliver: async (notices, signal) =>
        (await parts.wayOut.sendEach(await Promise.all(notices.map(requestOf)), signal)).map(outcomeOf),
    }
  }

/** "All 5XX errors and 429 errors are retryable … all other errors are permanent failures" (SNS Developer Guide, "Fanout to HTTPS endpoints"). */
function outcomeOf(sent: Sent): Outcome {
  if (sent instanceof AddressRefused) return new Undeliverable(addressRefused, sent.message)
  if (sent instanceof Error || sent === 'untried') return sent
  const { status, text } = sent
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
