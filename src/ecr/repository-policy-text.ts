import { ecrErrors } from './ecr-errors.ts'

interface Statement {
  readonly Sid?: unknown
  readonly Effect?: unknown
  readonly Principal?: unknown
  readonly NotPrincipal?: unknown
  readonly Action?: unknown
  readonly NotAction?: unknown
  readonly Resource?: unknown
  readonly Condition?: unknown
}

const members = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'Condition']

/** A repository's policy names no resource other than `*`, since the repository is it; a registry's names repositories. */
type Kind = 'repository' | 'registry'

/** Checks the grammar of a policy of this kind, and by `check` what any policy of a resource must keep. Throws InvalidParameterException. */
export function requirePolicy(text: string, check: (text: string) => void, kind: Kind): string {
  const { Version, Id, Statement, ...others } = parse(text, kind)
  const statements: Statement[] = Array.isArray(Statement) ? Statement : [Statement]
  const validVersion = Version === undefined || Version === '2012-10-17' || Version === '2008-10-17'
  const validId = Id === undefined || typeof Id === 'string'
  if (!validVersion || !validId || Object.keys(others).length > 0)
    throw invalidPolicy('its members are Version, Id and Statement', kind)
  for (const statement of statements) requireStatement(statement, kind)
  try {
    check(text)
  } catch (error) {
    throw invalidPolicy((error as Error).message, kind)
  }
  return text
}

function requireStatement(statement: Statement | undefined, kind: Kind): void {
  const invalid = (reason: string) => invalidPolicy(reason, kind)
  if (typeof statement !== 'object' || statement === null) throw invalid('a statement must be an object')
  const unknown = Object.keys(statement).find(name => !members.includes(name))
  if (unknown) throw invalid(`a statement has no member '${unknown}'`)
  const { Effect, Principal, NotPrincipal, Action, NotAction, Resource } = statement
  if (Effect !== 'Allow' && Effect !== 'Deny') throw invalid("Effect must be 'Allow' or 'Deny'")
  if ((Principal === undefined) === (NotPrincipal === undefined)) throw invalid('a statement needs a Principal')
  if ((Action === undefined) === (NotAction === undefined)) throw invalid('a statement needs an Action')
  const actions = [Action ?? NotAction].flat()
  const wrong = actions.find(action => typeof action !== 'string' || !/^(ecr:.+|\*)$/.test(action))
  if (wrong !== undefined) throw invalid(`'${String(wrong)}' is not an action of ECR`)
  if (kind === 'repository' && Resource !== undefined && Resource !== '*')
    throw invalid('a statement names no Resource')
  if (kind === 'registry' && Resource === undefined) throw invalid('a statement needs a Resource')
}

function parse(text: string, kind: Kind): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null) return document as Record<string, unknown>
  } catch (error) {
    throw invalidPolicy((error as Error).message, kind)
  }
  throw invalidPolicy('it is not a JSON object', kind)
}

export const invalidPolicy = (reason: string, kind: Kind) =>
  ecrErrors.invalidParameter('PolicyText', `Invalid ${kind} policy provided: ${reason}`)
