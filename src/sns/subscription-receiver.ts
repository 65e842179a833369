import type { Outcome, Receiver, Receivers } from '../delivery/receiver.ts'
import { type Outgoing, Undeliverable } from '../delivery/undeliverable.ts'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import { AddressRefused, Unreachable, type WayOut } from '../outgoing/way-out.ts'
import { type DeliveryPolicy, delayOf, effectivePolicy } from './delivery-policy.ts'
import { type Links, type Notice, signedDocument } from './notification.ts'
import type { SigningKeys } from './signing-key.ts'
import { findSubscription, type SubscriptionRow, subscriptionAttributes } from './subscription-row.ts'
import type { SubscriptionTokens } from './subscription-token.ts'
import { attributesOf, findTopic, type TopicRow } from './topic-row.ts'

export interface SubscriptionParts {
  readonly wayOut: WayOut
  readonly keys: SigningKeys
  readonly tokens: SubscriptionTokens
  /** Where receivers find certificate and links: the platform's URL. */
  readonly url: string
}

/** Below it stands what receivers visit without a signature. No bucket's name begins so. */
export const linksPath = '/_sns/'

/** At one endpoint at a time. */
const mostAtOnce = 4
/** What has not had its turn by then has it later, so that nobody slow holds a place for long; milliseconds. */
const patienceMs = 20_000

/** Subscriptions to topics, as receivers of their messages. */
export const subscriptionReceivers = (parts: SubscriptionParts): Receivers => ({
  async find(db, sender, id) {
    const row = await findSubscription(db, `${sender}:${id}`)
    const topic = row && (await findTopic(db, sender))
    return topic && receiverOf(parts, topic, row)
  },
})

function receiverOf(parts: SubscriptionParts, topic: TopicRow, row: SubscriptionRow): Receiver {
  const policy = effectivePolicy(attributesOf(topic).DeliveryPolicy, subscriptionAttributes(row).DeliveryPolicy)
  return {
    ...{ sender: topic.arn, id: row.id, account: row.owner, region: row.region, retryAt: row.retry_at },
    isOrdered: false,
    perSecond: policy.throttlePolicy?.maxReceivesPerSecond,
    deliver: (given, signal) => deliverAll(given, signal, one => post(parts, { topic, row, policy }, one, signal)),
    afterFailure: (failed, _now, trouble) => afterFailure(policy, failed, trouble),
    async setRetryAt(db, retry_at) {
      await db.updateTable('sns_subscription').set({ retry_at }).where('arn', '=', row.arn).execute()
    },
  }
}

/** "Amazon SNS applies jittering to delivery retries": up to a tenth more. */
function afterFailure({ healthyRetryPolicy: policy }: DeliveryPolicy, { attempts }: Outgoing, trouble: Error) {
  if (attempts > policy.numRetries) return new Undeliverable('MaximumRetryAttempts', trouble.message)
  return { after: Math.round(1000 * delayOf(policy, attempts) * (1 + randomness.number() / 10)) }
}

/** Some at once. Where nobody is reached, nobody is for what comes behind; what has no time left keeps its turn. */
async function deliverAll(
  given: readonly Outgoing[],
  signal: AbortSignal,
  deliver: (one: Outgoing) => Promise<Outcome>,
): Promise<Outcome[]> {
  const end = clock.elapsed() + patienceMs
  const outcomes: Outcome[] = given.map(() => 'untried')
  const waiting = given.entries()
  let gone: Outcome
  const carry = async () => {
    for (const [index, one] of waiting) {
      if (signal.aborted || clock.elapsed() > end) return
      outcomes[index] = gone ?? (await deliver(one))
      if (outcomes[index] instanceof Unreachable || isRefused(outcomes[index])) gone = outcomes[index]
    }
  }
  await Promise.all(Array.from({ length: mostAtOnce }, carry))
  return outcomes
}

const refusedCode = 'ADDRESS_REFUSED'
const isRefused = (outcome: Outcome): boolean => outcome instanceof Undeliverable && outcome.code === refusedCode

interface Place {
  readonly topic: TopicRow
  readonly row: SubscriptionRow
  readonly policy: DeliveryPolicy
}

async function post(parts: SubscriptionParts, place: Place, given: Outgoing, signal: AbortSignal): Promise<Outcome> {
  const notice: Notice = JSON.parse(given.body)
  try {
    const isRaw = notice.Type === 'Notification' && subscriptionAttributes(place.row).RawMessageDelivery === 'true'
    const body = isRaw ? notice.Message : await documentOf(parts, place, notice)
    const headers = headersOf(place, notice, isRaw)
    const { status, text } = await parts.wayOut.send({ method: 'POST', url: place.row.endpoint, headers, body }, signal)
    return outcomeOf(status, text)
  } catch (error) {
    if (signal.aborted) return 'untried'
    if (error instanceof AddressRefused) return new Undeliverable(refusedCode, error.message)
    return error as Error
  }
}

/** "All 5XX errors and 429 errors are retryable … all other errors are permanent failures" (SNS Developer Guide, "Fanout to HTTPS endpoints"). */
function outcomeOf(status: number, text: string): Outcome {
  if (status >= 200 && status < 300) return undefined
  const said = `The endpoint answered ${status}${text === '' ? '' : `: ${text}`}`
  return status === 429 || status >= 500 ? new Error(said) : new Undeliverable(`HTTP_${status}`, said)
}

/** SNS Developer Guide, "HTTP/HTTPS headers". */
const headersOf = ({ topic, row, policy }: Place, { Type, MessageId }: Notice, isRaw: boolean) => ({
  'content-type': policy.requestPolicy.headerContentType,
  'user-agent': 'Amazon Simple Notification Service Agent',
  'x-amz-sns-message-type': Type,
  'x-amz-sns-message-id': MessageId,
  'x-amz-sns-topic-arn': topic.arn,
  ...(Type !== 'SubscriptionConfirmation' && { 'x-amz-sns-subscription-arn': row.arn }),
  ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
})

async function documentOf(parts: SubscriptionParts, { topic, row }: Place, notice: Notice): Promise<string> {
  const { id, key } = await parts.keys.current()
  const SigningCertURL = `${parts.url}${linksPath}SimpleNotificationService-${id}.pem`
  const SignatureVersion = attributesOf(topic).SignatureVersion === '2' ? '2' : '1'
  return signedDocument(notice, linksOf(parts, row, notice), { key, SigningCertURL, SignatureVersion })
}

function linksOf({ tokens, url }: SubscriptionParts, row: SubscriptionRow, { Type, Timestamp }: Notice): Links {
  const link = (query: Record<string, string>) => `${url}${linksPath}?${new URLSearchParams(query)}`
  const TopicArn = row.topic_arn
  if (Type === 'Notification')
    return { TopicArn, UnsubscribeURL: link({ Action: 'Unsubscribe', SubscriptionArn: row.arn }) }
  const Token = tokens.of(row, Date.parse(Timestamp))
  return { TopicArn, Token, SubscribeURL: link({ Action: 'ConfirmSubscription', TopicArn, Token }) }
}
