import { type Links, type Notice, signedDocument } from './notification.ts'
import type { SigningKeys } from './signing-key.ts'
import type { SubscriptionRow } from './subscription-row.ts'
import type { SubscriptionTokens } from './subscription-token.ts'
import { attributesOf, type TopicRow } from './topic-row.ts'

export interface DocumentParts {
  readonly keys: SigningKeys
  readonly tokens: SubscriptionTokens
  /** Where receivers find certificate and links: the platform's URL. */
  readonly url: string
}

/** Below it stands what receivers visit without a signature. No bucket's name begins so. */
const linksPath = '/_sns/'

/** What a subscription gets of a notice, as a signed document. */
export async function documentOf(
  parts: DocumentParts,
  topic: TopicRow,
  row: SubscriptionRow,
  notice: Notice,
): Promise<string> {
  const { id, key } = await parts.keys.current()
  const SigningCertURL = `${parts.url}${linksPath}SimpleNotificationService-${id}.pem`
  const SignatureVersion = attributesOf(topic).SignatureVersion === '2' ? '2' : '1'
  return signedDocument(notice, linksOf(parts, row, notice), { key, SigningCertURL, SignatureVersion })
}

export function linksOf(
  { tokens, url }: Pick<DocumentParts, 'tokens' | 'url'>,
  row: SubscriptionRow,
  { Type, Timestamp }: Notice,
): Links {
  const link = (query: Record<string, string>) => `${url}${linksPath}?${new URLSearchParams(query)}`
  const TopicArn = row.topic_arn
  if (Type === 'Notification') return { TopicArn, UnsubscribeURL: unsubscribeUrl(url, row) }
  const Token = tokens.of(row, Date.parse(Timestamp))
  return { TopicArn, Token, SubscribeURL: link({ Action: 'ConfirmSubscription', TopicArn, Token }) }
}

/** Written for each delivery, and far cheaper than by `URLSearchParams`. */
const unsubscribeUrl = (url: string, { arn }: SubscriptionRow): string =>
  `${url}${linksPath}?Action=Unsubscribe&SubscriptionArn=${encodeURIComponent(arn)}`
