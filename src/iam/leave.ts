import { AccessDenied } from '../ground/errors.ts'
import type { Access } from '../service/access.ts'
import type { Credential, Surroundings } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import { compile } from './compiled-policy.ts'
import { denialMessage, refusalCode } from './denial.ts'
import { evaluate } from './evaluate.ts'
import { requestContext } from './evaluation-context.ts'
import type { Identity } from './identity.ts'
import type { SessionPrincipal } from './session.ts'

/** Who may sign with a key, and the user or role whose policies decide; nobody's for root and what has no policies. */
export interface Caller {
  readonly credential: Credential
  readonly identity: Identity | undefined
}

interface Question {
  readonly principal: SessionPrincipal
  readonly access: Access
  readonly surroundings: Surroundings
  readonly now: Date
  readonly identity: Identity | undefined
}

/**
 * Decides from what is given alone. Throws AccessDenied in AWS's wording unless the principal is allowed. True when nothing of the request but
 * action and resource was looked at: the same answer holds for every other one.
 */
export function requireLeave({ principal, access, surroundings, now, identity }: Question): boolean {
  const owner = access.owner ?? principal.account
  const context = requestContext({ principal, access, owner, now, surroundings, tags: identity?.tags ?? {} })
  let isSteady = true
  const lookup: typeof context = key => {
    isSteady = false
    return context(key)
  }
  const decision = evaluate(
    { principal, action: access.action, resource: access.resource, owner, lookup },
    {
      identity: (identity?.policies ?? policiesWithout(principal)).map(({ document }) => compile(document, 'identity')),
      boundary: identity?.boundary && compile(identity.boundary.document, 'identity'),
      session: principal.sessionPolicies?.map(document => compile(document, 'identity')),
      resource: access.resourcePolicy === undefined ? undefined : compile(access.resourcePolicy, 'resource'),
    },
  )
  if (decision.outcome !== 'allowed')
    throw new AccessDenied(denialMessage(principal, access, decision), refusalCode(access.action))
  const { kind } = principal.session ?? {}
  if (kind && callsNoIam[kind]?.(access.action))
    throw new AccessDenied(`Cannot call ${access.action} with ${kind} credentials`, 'AccessDenied')
  return isSteady
}

/** What credentials may not do, whatever policies say (IAM User Guide, Compare AWS STS credentials: restrictions of each operation). */
const callsNoIam: Readonly<Record<string, (action: string) => boolean>> = {
  GetSessionToken: action => /^(iam|sts):/i.test(action) && !/^sts:(AssumeRole|GetCallerIdentity)$/i.test(action),
  GetFederationToken: action => /^(iam|sts):/i.test(action) && !/^sts:GetCallerIdentity$/i.test(action),
}

/** Whom root vouches for may do what the session's policies say; nobody else without an identity has policies. */
const policiesWithout = ({ kind, identityArn }: Principal): readonly { readonly document: string }[] =>
  kind === 'federated-user' && identityArn === undefined ? [everything] : []

const everything = {
  document: JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }),
}

/** Bytes of an identity in memory. What AWS's policies hold is there anyway. */
export const weighIdentity = (identity: Identity): number =>
  1000 +
  identity.trustPolicy.length +
  [...identity.policies, identity.boundary].reduce(
    (sum, policy) => sum + (policy && policy.type !== 'aws-managed' ? 200 + policy.document.length : 200),
    0,
  )
