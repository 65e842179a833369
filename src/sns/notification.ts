import { hash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import type { Message, MessageAttributes } from './message.ts'

const signText = promisify(sign)

/** What waits for one subscription, as it is kept: a message, or the question whether it is wanted. */
export interface Notice {
  readonly Type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'
  readonly MessageId: string
  readonly Subject?: string
  readonly Message: string
  /** ISO 8601. */
  readonly Timestamp: string
  readonly MessageAttributes?: MessageAttributes
}

/** A message as a protocol's receivers see it. */
export function noticeOf(message: Message, protocol: string): Notice {
  const { id, subject, texts, attributes, published } = message
  return {
    ...{ Type: 'Notification', MessageId: id, ...(subject !== undefined && { Subject: subject }) },
    ...{ Message: texts[protocol] ?? texts.default, Timestamp: new Date(published).toISOString() },
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
  }
}

/** Where a receiver turns to. */
export interface Links {
  readonly TopicArn: string
  /** Of messages that ask. */
  readonly Token?: string
  readonly SubscribeURL?: string
  /** Of messages that tell. */
  readonly UnsubscribeURL?: string
}

export interface Signing {
  readonly key: KeyObject
  readonly SigningCertURL: string
  readonly SignatureVersion: '1' | '2'
}

const signed = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const

/**
 * The JSON document that receivers get, signed by SHA-1 or SHA-256 with RSA (SNS Developer Guide, "HTTP/HTTPS notification JSON format" and
 * "Verifying the signatures of Amazon SNS messages").
 */
export async function signedDocument(notice: Notice, links: Links, signing: Signing): Promise<string> {
  const { Type, MessageId, Subject, Message, Timestamp, MessageAttributes } = notice
  const { TopicArn, Token, SubscribeURL, UnsubscribeURL } = links
  const told = { Type, MessageId, Token, TopicArn, Subject, Message, SubscribeURL, Timestamp }
  const text = signed[Type].flatMap(name => (told[name] === undefined ? [] : [`${name}\n${told[name]}\n`])).join('')
  const { SignatureVersion, SigningCertURL } = signing
  const proof = { SignatureVersion, Signature: await signatureOf(text, signing), SigningCertURL }
  return JSON.stringify({ ...told, ...proof, UnsubscribeURL, MessageAttributes }, null, 2)
}

/** Nothing of a subscription is signed, so that what goes to a thousand is signed once. */
const signatures = createBoundedCache<string, Promise<string>>(key => key.length + 400)

function signatureOf(text: string, { key, SignatureVersion, SigningCertURL }: Signing): Promise<string> {
  const id = `${SignatureVersion} ${SigningCertURL} ${hash('sha256', text)}`
  const known = signatures.get(id)
  if (known) return known
  const signature = signText(SignatureVersion === '1' ? 'sha1' : 'sha256', Buffer.from(text), key).then(bytes =>
    bytes.toString('base64'),
  )
  signatures.set(id, signature)
  signature.catch(() => signatures.delete(id))
  return signature
}
