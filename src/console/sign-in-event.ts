import type { AuditEvent, UserIdentity } from '../audit/audit-event.ts'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { Principal } from '../service/principal.ts'

export interface SignInPlace {
  readonly sourceIp: string
  readonly userAgent: string
}

/** A sign-in as CloudTrail tells it (CloudTrail User Guide, "AWS Management Console sign-in events"). */
const signIn = (place: SignInPlace, who: UserIdentity, account: string, end: 'Success' | 'Failure'): AuditEvent => ({
  ...place,
  userIdentity: who,
  time: clock.now(),
  source: 'signin.amazonaws.com',
  name: 'ConsoleLogin',
  region: 'us-east-1',
  response: { ConsoleLogin: end },
  more: { MFAUsed: 'No' },
  requestId: randomness.uuid(),
  readOnly: false,
  resources: [],
  account,
  type: 'AwsConsoleSignIn',
})

export function signedIn(place: SignInPlace, { kind, account, arn, userId }: Principal): AuditEvent {
  const who = { principalId: userId, arn, accountId: account }
  const userName = kind === 'root' ? 'root' : (arn.split('/').at(-1) ?? '')
  return signIn(place, { type: types[kind] ?? 'IAMUser', ...who, userName }, account, 'Success')
}

const types: Partial<Record<Principal['kind'], UserIdentity['type']>> = { root: 'Root', 'assumed-role': 'AssumedRole' }

/** A name that is nobody's is not told: people type passwords into the wrong field (the same guide). */
export const notSignedIn = (
  place: SignInPlace,
  account: string,
  userName: string | undefined,
  why: string,
): AuditEvent => ({
  ...signIn(
    place,
    { type: 'IAMUser', accountId: account, userName: userName ?? 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    account,
    'Failure',
  ),
  errorCode: why,
  errorMessage: 'Failed authentication',
})
