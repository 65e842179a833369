import { randomness } from '../ground/randomness.ts'
import type { NotedResource } from '../store/commit-note.ts'

/** Who did it, as CloudTrail's userIdentity element; what is not known is left out. */
export interface UserIdentity {
  readonly type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'AWSService' | 'Unknown' | 'Operator'
  readonly principalId?: string
  readonly arn?: string
  readonly accountId?: string
  readonly accessKeyId?: string
  readonly userName?: string
}

/** What happened. Nothing of it is a secret: parameters come through `toldParameters`. */
export interface AuditEvent {
  readonly userIdentity: UserIdentity
  /** Milliseconds. */
  readonly time: number
  /** `iam.amazonaws.com`. */
  readonly source: string
  readonly name: string
  readonly region: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly response?: Readonly<Record<string, unknown>>
  readonly more?: Readonly<Record<string, unknown>>
  readonly requestId: string
  readonly readOnly: boolean
  readonly resources: readonly NotedResource[]
  /** Whose event history shows it; empty for the operator's log alone. */
  readonly account: string
  readonly type: 'AwsApiCall' | 'AwsConsoleSignIn' | 'OperatorCommand'
}

/** The event as it is kept: its text, and what it is looked up by. */
export interface AuditRecord {
  readonly text: string
  readonly attributes: readonly (readonly [key: string, value: string])[]
}

const mostText = 64 * 1024

/**
 * The event as JSON in CloudTrail's shape (CloudTrail User Guide, "CloudTrail record contents for management, data, and network
 * activity events"), under a fresh eventID. Parameters and answers of more than 64 KiB are left out, and the record says so.
 */
export function auditRecord(event: AuditEvent): AuditRecord {
  const eventID = randomness.uuid()
  const whole = JSON.stringify(document(event, eventID))
  const text = whole.length <= mostText ? whole : JSON.stringify(document(shortened(event), eventID))
  return { text, attributes: attributesOf(event, eventID) }
}

const shortened = ({ parameters: _, response: __, ...event }: AuditEvent): AuditEvent => ({
  ...event,
  more: { ...event.more, omitted: 'requestParameters and responseElements: more than 65536 characters' },
})

const document = (event: AuditEvent, eventID: string) => ({
  eventVersion: '1.11',
  userIdentity: event.userIdentity,
  eventTime: new Date(event.time).toISOString().replace(/\.\d+Z$/, 'Z'),
  eventSource: event.source,
  eventName: event.name,
  awsRegion: event.region,
  sourceIPAddress: event.sourceIp,
  userAgent: cut(event.userAgent, 512),
  ...(event.errorCode !== undefined && {
    errorCode: event.errorCode,
    errorMessage: cut(event.errorMessage ?? '', 1024),
  }),
  requestParameters: event.parameters ?? null,
  responseElements: event.response ?? null,
  ...(event.more && { additionalEventData: event.more }),
  requestID: event.requestId,
  eventID,
  readOnly: event.readOnly,
  ...(event.resources.length > 0 && {
    resources: event.resources.map(({ type, name }) => ({ ARN: name, accountId: event.account, type })),
  }),
  eventType: event.type,
  managementEvent: true,
  recipientAccountId: event.account,
  eventCategory: 'Management',
})

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)}…`)

function attributesOf(event: AuditEvent, id: string): [string, string][] {
  const { userIdentity: who, resources } = event
  const named: [string, string | undefined][] = [
    ['', ''],
    ['EventId', id],
    ['EventName', event.name],
    ['EventSource', event.source],
    ['ReadOnly', String(event.readOnly)],
    ['Username', who.userName],
    ['AccessKeyId', who.accessKeyId],
    ...resources.flatMap(({ type, name }): [string, string][] => [
      ['ResourceType', type],
      ['ResourceName', name],
      ['ResourceName', shortName(name)],
    ]),
  ]
  const known = named.filter((one): one is [string, string] => one[1] !== undefined)
  return [...new Map(known.map(one => [one.join('\0'), one])).values()]
}

/** `Jobs` of `arn:aws:iam::123456789012:role/Jobs`: by either may an event be looked up. */
export const shortName = (arn: string): string => (arn.startsWith('arn:') ? (arn.split(/[:/]/).at(-1) ?? arn) : arn)
