import type { Principal } from '../service/principal.ts'

/**
 * How closely a statement names who asks: `session` a role session's own ARN, `principal` the user, role or service,
 * `everyone` by `*`, `account` only the account, which then decides by its own policies.
 */
export type Closeness = 'session' | 'principal' | 'everyone' | 'account'

export type PrincipalMatch = (principal: Principal) => Closeness | undefined

interface Named {
  readonly everyone: boolean
  /** Account ids. */
  readonly accounts: ReadonlySet<string>
  /** ARNs of users, roles and role sessions. */
  readonly arns: ReadonlySet<string>
  readonly services: ReadonlySet<string>
  /** ARNs of identity providers. */
  readonly providers: ReadonlySet<string>
}

const accountForm = /^(?:arn:aws[\w-]*:iam::(\d{12}):root|(\d{12}))$/
const identityForm =
  /^arn:aws[\w-]*:(?:iam::\d{12}:(?:user|role)\/\S+|sts::\d{12}:(?:assumed-role|federated-user)\/\S+)$/
/** What IAM leaves in a policy when the user or role it named is deleted. */
const deletedForm = /^A(?:IDA|ROA)[A-Z0-9]+$/

/**
 * A Principal or NotPrincipal element (IAM User Guide, AWS JSON policy elements: Principal). Returns a string that says what is
 * wrong. CanonicalUser principals are accepted and match nobody, as Federated ones do that are no OpenID Connect provider of IAM.
 */
export function parsePrincipals(raw: unknown, negated: boolean): PrincipalMatch | string {
  const named = read(raw)
  if (typeof named === 'string') return named
  return negated
    ? principal => (spares(named, principal) ? undefined : 'principal')
    : principal => find(named, principal)
}

const nobody: Named = {
  everyone: false,
  accounts: new Set(),
  arns: new Set(),
  services: new Set(),
  providers: new Set(),
}

function read(raw: unknown): Named | string {
  if (raw === '*') return { ...nobody, everyone: true }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return `Invalid principal in policy: ${text(raw)}`
  const groups = Object.entries(raw).map(([type, value]) => [type, Array.isArray(value) ? value : [value]] as const)
  for (const [type, values] of groups)
    for (const value of values)
      if (!isPrincipal(type, value)) return `Invalid principal in policy: ${text(type)}:${text(value)}`
  const of = (type: string): string[] => groups.filter(([name]) => name === type).flatMap(([, values]) => values)
  const aws = of('AWS')
  return {
    everyone: aws.includes('*'),
    accounts: new Set(aws.map(name => accountForm.exec(name)).flatMap(found => found?.[1] ?? found?.[2] ?? [])),
    arns: new Set(aws.filter(name => identityForm.test(name))),
    services: new Set(of('Service')),
    providers: new Set(of('Federated')),
  }
}

function isPrincipal(type: string, value: unknown): boolean {
  if (typeof value !== 'string') return false
  if (type === 'AWS') return value === '*' || [accountForm, identityForm, deletedForm].some(form => form.test(value))
  if (type === 'Service') return /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$|^\*$/.test(value)
  return type === 'Federated' || type === 'CanonicalUser'
}

function find(named: Named, principal: Principal): Closeness | undefined {
  if (principal.kind === 'service')
    return named.services.has(principal.arn) ? 'principal' : named.everyone ? 'everyone' : undefined
  if (principal.kind === 'web-identity')
    return named.providers.has(principal.arn) ? 'principal' : named.everyone ? 'everyone' : undefined
  if (principal.kind === 'anonymous') return named.everyone ? 'everyone' : undefined
  if ((principal.kind === 'assumed-role' || principal.kind === 'federated-user') && named.arns.has(principal.arn))
    return 'session'
  if (named.arns.has(principal.identityArn ?? principal.arn)) return 'principal'
  if (named.everyone) return 'everyone'
  return named.accounts.has(principal.account) ? 'account' : undefined
}

/** NotPrincipal leaves out only those of whom every ARN is listed: the account, the user or role, and the role session. */
function spares(named: Named, principal: Principal): boolean {
  if (named.everyone) return true
  if (principal.kind === 'anonymous') return false
  if (principal.kind === 'service') return named.services.has(principal.arn)
  if (principal.kind === 'web-identity') return named.providers.has(principal.arn)
  if (!named.accounts.has(principal.account)) return false
  if (principal.kind === 'root') return true
  const arns = [principal.arn, principal.identityArn ?? principal.arn]
  return arns.every(arn => named.arns.has(arn))
}

const text = (value: unknown): string => JSON.stringify(value) ?? 'undefined'
