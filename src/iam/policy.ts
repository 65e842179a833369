import { ServiceError } from '../ground/errors.ts'
import { type Condition, parseCondition } from './condition.ts'
import { isArnPattern } from './pattern.ts'
import { type PrincipalMatch, parsePrincipals } from './policy-principal.ts'

/** Which rules hold: identity policies name no principal; trust policies name no resource; resource policies may name both. */
export type PolicyKind = 'identity' | 'resource' | 'trust'

/** Texts of an element, or of its Not… */
interface Texts {
  readonly texts: readonly string[]
  readonly negated: boolean
}

/** A policy made ready to be evaluated: its texts, checked and in order. */
export interface Policy {
  readonly statements: readonly Statement[]
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  /** Position in the document, for reports. */
  readonly index: number
  /** In lower case. */
  readonly actions: Texts
  /** Absent where a policy is of one resource and names none. */
  readonly resources: Texts | undefined
  /** Whether `${…}` in texts are variables: policy version 2012-10-17. */
  readonly variables: boolean
  /** Absent in identity policies. */
  readonly principal: PrincipalMatch | undefined
  readonly conditions: readonly Condition[]
}

/** The document is no policy: MalformedPolicyDocument with AWS's words where there are some. */
export class MalformedPolicy extends ServiceError {
  constructor(message: string) {
    super('MalformedPolicyDocument', message, { status: 400 })
  }
}

/**
 * Parses and checks a JSON policy (IAM User Guide, Grammar of the IAM JSON policy language). Throws MalformedPolicy and nothing
 * else, whatever the text. What users write as identity policies goes through `checkIdentityPolicy`, which is stricter.
 */
export function parsePolicy(text: string, kind: PolicyKind): Policy {
  const document = objectOf(parseJson(text), 'Syntax errors in policy.')
  checkFields(document, ['Version', 'Id', 'Statement'])
  const version = document.Version ?? '2008-10-17'
  if (version !== '2012-10-17' && version !== '2008-10-17')
    throw new MalformedPolicy('The policy must contain a valid version string')
  if (document.Id !== undefined) stringOf(document.Id, 'Id')
  const statements = listOf(document.Statement)
  if (statements.length === 0) throw new MalformedPolicy('Missing required field Statement')
  checkIds(statements, kind)
  return { statements: statements.map((raw, index) => statementOf(raw, index, kind, version === '2012-10-17')) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedPolicy('This policy contains invalid Json')
  }
}

const statementFields = [
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
]

function statementOf(raw: unknown, index: number, kind: PolicyKind, variables: boolean): Statement {
  const statement = objectOf(raw, 'Syntax errors in policy. A Statement must be an object.')
  checkFields(statement, statementFields)
  const { Effect: effect } = statement
  if (effect === undefined) throw new MalformedPolicy('Missing required field Effect')
  if (effect !== 'Allow' && effect !== 'Deny') throw new MalformedPolicy(`Invalid effect: ${JSON.stringify(effect)}`)
  return {
    effect,
    index,
    actions: actionsOf(statement, kind),
    resources: resourcesOf(statement, kind, variables),
    variables,
    principal: principalsOf(statement, kind),
    conditions: conditionsOf(statement.Condition, variables),
  }
}

function actionsOf(statement: Fields, kind: PolicyKind): Texts {
  const [values, negated] = eitherOf(statement, 'Action', 'NotAction', true) as [string[], boolean]
  for (const value of values) {
    if (value !== '*' && !/^[\w*?-]+:[\w*?.-]+$/.test(value))
      throw new MalformedPolicy(
        value.includes(':')
          ? `Invalid Action: ${value}`
          : 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      )
    if (kind === 'trust' && !/^(sts:.*|\*)$/i.test(value))
      throw new MalformedPolicy('AssumeRole policy may only specify STS AssumeRole actions.')
  }
  return { texts: values.map(value => value.toLowerCase()), negated }
}

function resourcesOf(statement: Fields, kind: PolicyKind, variables: boolean): Texts | undefined {
  const named = 'Resource' in statement ? 'Resource' : 'NotResource' in statement ? 'NotResource' : undefined
  if (kind === 'trust' && named) throw new MalformedPolicy(`Has prohibited field ${named}`)
  const chosen = eitherOf(statement, 'Resource', 'NotResource', kind === 'identity')
  if (!chosen) return undefined
  const [texts, negated] = chosen
  const wrong = texts.find(value => !isArnPattern(value, variables))
  if (wrong !== undefined) throw new MalformedPolicy(`Resource ${wrong} must be in ARN format or "*".`)
  return { texts, negated }
}

function principalsOf(statement: Fields, kind: PolicyKind): PrincipalMatch | undefined {
  const { Principal: principal, NotPrincipal: notPrincipal } = statement
  if (kind === 'identity' && (principal ?? notPrincipal) !== undefined)
    throw new MalformedPolicy('Policy document should not specify a principal.')
  if (kind === 'identity') return undefined
  if (kind === 'trust' && notPrincipal !== undefined) throw new MalformedPolicy('Has prohibited field NotPrincipal')
  if (principal !== undefined && notPrincipal !== undefined)
    throw new MalformedPolicy('Statement has both Principal and NotPrincipal')
  if ((principal ?? notPrincipal) === undefined) throw new MalformedPolicy('Missing required field Principal')
  const match = parsePrincipals(principal ?? notPrincipal, notPrincipal !== undefined)
  if (typeof match === 'string') throw new MalformedPolicy(match)
  return match
}

function conditionsOf(raw: unknown, variables: boolean): Condition[] {
  if (raw === undefined) return []
  const blocks = Object.entries(objectOf(raw, 'Syntax errors in policy. Condition must be an object.'))
  return blocks.flatMap(([operator, block]) =>
    Object.entries(objectOf(block, `Syntax errors in policy. Condition ${operator} must be an object.`)).map(
      ([key, value]) => {
        if (!/^[\w./-]+:./.test(key))
          throw new MalformedPolicy('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
        const condition = parseCondition(operator, key, scalarsOf(value, `${operator} ${key}`), variables)
        if (typeof condition === 'string') throw new MalformedPolicy(condition)
        return condition
      },
    ),
  )
}

type Fields = Record<string, unknown>

function objectOf(value: unknown, otherwise: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedPolicy(otherwise)
  return value as Fields
}

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

function stringOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new MalformedPolicy(`Syntax errors in policy. ${name} must be a string.`)
  return value
}

function scalarsOf(value: unknown, name: string): string[] {
  const values = listOf(value)
  if (!values.every(item => ['string', 'number', 'boolean'].includes(typeof item)))
    throw new MalformedPolicy(`Syntax errors in policy. The values of ${name} must be strings, numbers or booleans.`)
  return values.map(String)
}

/** The values of the one element that is there, and whether it is the negated one. */
function eitherOf(
  fields: Fields,
  name: string,
  negatedName: string,
  required: boolean,
): [string[], boolean] | undefined {
  if (name in fields && negatedName in fields)
    throw new MalformedPolicy(`Statement has both ${name} and ${negatedName}`)
  const negated = negatedName in fields
  const values = listOf(fields[negated ? negatedName : name])
  if (values.length === 0 && required) throw new MalformedPolicy(`Missing required field ${name}`)
  if (values.length === 0 && !negated && !(name in fields)) return undefined
  return [values.map(value => stringOf(value, negated ? negatedName : name)), negated]
}

function checkFields(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).find(name => !known.includes(name))
  if (unknown !== undefined) throw new MalformedPolicy(`Unknown field ${unknown}`)
}

function checkIds(statements: readonly unknown[], kind: PolicyKind): void {
  // An empty Sid is none.
  const ids = statements.map(item => (item as Fields | null)?.Sid).filter(id => id !== undefined && id !== '')
  for (const id of ids)
    if (kind !== 'resource' && !/^[0-9A-Za-z]*$/.test(stringOf(id, 'Sid')))
      throw new MalformedPolicy(
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      )
  if (new Set(ids).size < ids.length)
    throw new MalformedPolicy('Statement IDs (SID) in a single policy must be unique.')
}
