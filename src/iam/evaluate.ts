import type { Principal } from '../service/principal.ts'
import { meets } from './condition.ts'
import { fits, fitsArn, type Lookup } from './pattern.ts'
import type { Policy, Statement } from './policy.ts'
import type { Closeness } from './policy-principal.ts'

/** One request as policies see it. */
export interface Question {
  readonly principal: Principal
  readonly action: string
  readonly resource: string
  /** The account that holds the resource. */
  readonly owner: string
  readonly lookup: Lookup
}

/** Every policy that applies to a request. */
export interface Policies {
  readonly identity: readonly Policy[]
  readonly boundary?: Policy | undefined
  /** None: the session is not restricted. */
  readonly session?: readonly Policy[] | undefined
  readonly resource?: Policy | undefined
}

/** The kind of policy that decided, in the words of AWS's messages. */
export type Layer = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'session policy'

export interface Decision {
  readonly outcome: 'allowed' | 'explicitDeny' | 'implicitDeny'
  /** What denied, or what lacks leave. */
  readonly layer: Layer
  /** The statements that decided. */
  readonly statements: readonly Statement[]
}

/** A root user can always mend a bucket policy that locks everybody out (Amazon S3 User Guide, Bucket policies). */
const rootAlways = new Set(['s3:getbucketpolicy', 's3:putbucketpolicy', 's3:deletebucketpolicy'])

/**
 * Decides as AWS documents it: IAM User Guide, Policy evaluation logic; "Policy evaluation for requests within a single
 * account"; "Cross-account policy evaluation logic"; for keys, AWS KMS Developer Guide, Determining access to AWS KMS keys.
 * Pure: the same question and policies always give the same decision.
 */
export function evaluate(question: Question, policies: Policies): Decision {
  const { principal, owner } = question
  const ownRoot = principal.kind === 'root' && principal.account === owner
  if (ownRoot && rootAlways.has(question.action.toLowerCase())) return allowed([])
  const denial = explicitDenial(question, policies)
  if (denial) return denial
  const grant = resourceGrant(question, policies.resource)
  if (principal.kind === 'anonymous')
    return grant?.closeness === 'everyone' ? allowed(grant.statements) : notBy('resource-based policy')
  if (principal.kind === 'web-identity') return grant ? allowed(grant.statements) : notBy('resource-based policy')
  if (principal.kind === 'service')
    return grant || trustedAtHome(question) ? allowed(grant?.statements ?? []) : notBy('resource-based policy')
  if (!grant && decidedByResourcePolicy(question, policies)) return notBy('resource-based policy')
  if (principal.account !== owner)
    return grant ? identitySide(question, policies, grant.statements) : refuseAbroad(question, policies)
  return ownRoot ? allowed(grant?.statements ?? []) : sameAccount(question, policies, grant)
}

/** The platform acting for an account may do all there, but for taking on roles that do not trust it. */
const trustedAtHome = ({ principal, owner, action }: Question): boolean =>
  principal.account === owner && !/^sts:/i.test(action)

/** Within one account a resource policy that names the user, role or session suffices; one that names the account delegates. */
function sameAccount(question: Question, policies: Policies, grant: Grant | undefined): Decision {
  if (!grant || grant.closeness === 'account') return identitySide(question, policies, grant?.statements ?? [])
  // A role named by its own ARN stays within its boundary and session policies; a user, or a session named as such, does not.
  if (question.principal.kind === 'user' || grant.closeness === 'session') return allowed(grant.statements)
  return limits(question, policies) ?? allowed(grant.statements)
}

/** What the caller's own account lets it do. */
function identitySide(question: Question, policies: Policies, granted: readonly Statement[]): Decision {
  if (question.principal.kind === 'root') return allowed(granted)
  const statements = allowing(question, policies.identity)
  if (statements.length === 0) return notBy('identity-based policy')
  return limits(question, policies) ?? allowed([...statements, ...granted])
}

/** No resource policy of the other account grants: the caller's own lack of leave is told first, as it reveals nothing. */
function refuseAbroad(question: Question, policies: Policies): Decision {
  const own = identitySide(question, policies, [])
  return own.outcome === 'allowed' ? notBy('resource-based policy') : own
}

function limits(question: Question, { boundary, session }: Policies): Decision | undefined {
  if (boundary && allowing(question, [boundary]).length === 0) return notBy('permissions boundary')
  if (session && session.length > 0 && allowing(question, session).length === 0) return notBy('session policy')
  return undefined
}

/**
 * Key policies and role trust policies are the only way in: without leave from them no policy of an identity counts
 * (AWS KMS Developer Guide, Key policies in AWS KMS; IAM User Guide, Roles terms and concepts).
 */
function decidedByResourcePolicy({ action }: Question, { resource }: Policies): boolean {
  return resource !== undefined && /^(kms|sts):/i.test(action)
}

interface Grant {
  readonly closeness: Closeness
  readonly statements: readonly Statement[]
}
const ranks: readonly Closeness[] = ['session', 'principal', 'everyone', 'account']

function resourceGrant(question: Question, policy: Policy | undefined): Grant | undefined {
  if (!policy) return undefined
  const statements = allowing(question, [policy])
  const found = new Set(statements.map(statement => statement.principal?.(question.principal)))
  const closeness = ranks.find(rank => found.has(rank))
  return closeness && { closeness, statements }
}

function explicitDenial(question: Question, policies: Policies): Decision | undefined {
  const layers: [Layer, readonly Policy[]][] = [
    ['identity-based policy', policies.identity],
    ['resource-based policy', policies.resource ? [policies.resource] : []],
    ['permissions boundary', policies.boundary ? [policies.boundary] : []],
    ['session policy', policies.session ?? []],
  ]
  for (const [layer, documents] of layers)
    for (const { statements } of documents)
      for (const statement of statements)
        if (statement.effect === 'Deny' && applies(statement, question))
          return { outcome: 'explicitDeny', layer, statements: [statement] }
  return undefined
}

const allowing = (question: Question, documents: readonly Policy[]): Statement[] =>
  documents.flatMap(document =>
    document.statements.filter(statement => statement.effect === 'Allow' && applies(statement, question)),
  )

function applies(statement: Statement, { action, resource, principal, lookup }: Question): boolean {
  const { actions, resources, variables, conditions } = statement
  return (
    actions.texts.some(text => fits(text, action.toLowerCase(), lookup, actionOptions)) !== actions.negated &&
    (statement.principal === undefined || statement.principal(principal) !== undefined) &&
    (!resources || resources.texts.some(text => fitsArn(text, resource, lookup, variables)) !== resources.negated) &&
    conditions.every(condition => meets(condition, lookup, variables))
  )
}

const actionOptions = { wildcards: true, variables: false }

const allowed = (statements: readonly Statement[]): Decision => ({
  outcome: 'allowed',
  layer: 'identity-based policy',
  statements,
})
const notBy = (layer: Layer): Decision => ({ outcome: 'implicitDeny', layer, statements: [] })
