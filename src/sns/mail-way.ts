import { deliverEach } from '../delivery/deliver-each.ts'
import type { Outcome } from '../delivery/receiver.ts'
import { Undeliverable } from '../delivery/undeliverable.ts'
import { type Mailer, MailRefused } from '../outgoing/mailer.ts'
import type { RetryPolicy } from './delivery-policy.ts'
import type { WayTo } from './delivery-way.ts'
import type { Notice } from './notification.ts'
import { type DocumentParts, documentOf, linksOf } from './notification-document.ts'
import type { SubscriptionRow } from './subscription-row.ts'
import { attributesOf, type TopicRow } from './topic-row.ts'

/** SNS Developer Guide, "Amazon SNS message delivery retries", SMTP: 50 attempts over six hours. */
const retries: RetryPolicy = {
  ...{ numRetries: 50, numNoDelayRetries: 0, numMinDelayRetries: 2, numMaxDelayRetries: 38 },
  ...{ minDelayTarget: 10, maxDelayTarget: 600, backoffFunction: 'exponential' },
}
/** "Amazon SNS quotas": emails a second. */
const perSecond = 10

interface MailParts extends DocumentParts {
  readonly mailer: Mailer | undefined
}

/** By mail, to addresses: as a letter, or as the document that endpoints get. */
export const mailWay =
  (parts: MailParts): WayTo =>
  (topic, row) => ({
    retries,
    perSecond,
    deliver: (notices, signal) => deliverEach(notices, signal, notice => mail(parts, topic, row, notice)),
  })

async function mail(parts: MailParts, topic: TopicRow, row: SubscriptionRow, notice: Notice): Promise<Outcome> {
  const { mailer } = parts
  if (!mailer) return new Error('The operator names no mail server any more')
  const isJson = row.protocol === 'email-json'
  const text = isJson ? await documentOf(parts, topic, row, notice) : letterOf(parts, row, notice)
  try {
    await mailer.send({ to: row.endpoint, name: nameOf(topic), subject: subjectOf(notice), text })
  } catch (error) {
    return error instanceof MailRefused ? new Undeliverable(`SMTP_${error.code}`, error.message) : (error as Error)
  }
}

/** "The human-readable name used in the From field" (API Reference, GetTopicAttributes). */
const nameOf = (topic: TopicRow): string => attributesOf(topic).DisplayName ?? topic.name

const subjects: Readonly<Record<Notice['Type'], string>> = {
  Notification: 'Notification',
  SubscriptionConfirmation: 'Please confirm: a subscription',
  UnsubscribeConfirmation: 'A subscription has ended',
}

const subjectOf = ({ Type, Subject }: Notice): string => Subject ?? subjects[Type]

/** What is told, and where to go. */
function letterOf(parts: DocumentParts, row: SubscriptionRow, notice: Notice): string {
  const { SubscribeURL, UnsubscribeURL } = linksOf(parts, row, notice)
  if (SubscribeURL !== undefined)
    return `${notice.Message.replace('the SubscribeURL of this message', 'this link')}\n\n${SubscribeURL}\n`
  return `${notice.Message}\n\n--\nYou get this because you have subscribed to ${row.topic_arn}.\nTo get no more: ${UnsubscribeURL}\n`
}
