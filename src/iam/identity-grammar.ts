import { checkResource } from './arn-grammar.ts'
import { isConditionBlock, isDate } from './condition.ts'
import { MalformedPolicy, parsePolicy } from './policy.ts'

type Fields = Readonly<Record<string, unknown>>

/** Where an identity policy is written: customer managed policies must name the language's newest version. */
export type IdentityDocument = 'inline' | 'managed'

const topElements = ['Version', 'Id', 'Statement']
const versions = ['2008-10-17', '2012-10-17']
const statementElements = [
  ...['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition', 'Principal', 'NotPrincipal'],
]
const prefaced = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'

/**
 * Whether IAM takes the text as a policy of a user, group, role or session (IAM User Guide, Grammar of the IAM JSON policy
 * language). Throws MalformedPolicy with AWS's words, the fault that AWS tells first, first: form, version, what its older parser
 * refuses, Sids, actions, resources, condition keys. What is left over is told in our own words.
 */
export function checkIdentityPolicy(text: string, document: IdentityDocument): void {
  const policy = parse(text)
  const statements = statementsOf(policy)
  if (document === 'managed' && policy.Version !== '2012-10-17')
    throw new MalformedPolicy('Policy document must be version 2012-10-17 or greater.')
  for (const statement of statements) checkOlderForm(statement)
  checkSids(statements)
  need(
    statements.every(one => hasAny(one, 'Action')),
    'Policy statement must contain actions.',
  )
  need(
    statements.every(one => hasAny(one, 'Resource')),
    'Policy statement must contain resources.',
  )
  for (const statement of statements) for (const arn of valuesOf(statement, 'Resource')) checkResource(arn)
  for (const statement of statements) for (const action of valuesOf(statement, 'Action')) checkAction(action)
  for (const statement of statements)
    for (const block of Object.values((statement.Condition ?? {}) as Record<string, Fields>))
      need(
        Object.keys(block).every(key => /^[\w-]+:./.test(key)),
        prefaced,
      )
  parsePolicy(text, 'identity')
}

function parse(text: string): Fields {
  try {
    const policy: unknown = JSON.parse(text)
    if (isFields(policy)) return policy
  } catch {
    // Told below, as every fault of form.
  }
  throw syntax()
}

function statementsOf(policy: Fields): Fields[] {
  const { Version: version, Id: id } = policy
  const sound =
    onlyHas(policy, topElements) &&
    (version === undefined || versions.includes(version as string)) &&
    (id === undefined || typeof id === 'string')
  const statements = listOf(policy.Statement)
  if (!sound || statements.length === 0 || !statements.every(isStatement)) throw syntax()
  if (statements.some(one => 'Principal' in one || 'NotPrincipal' in one))
    throw new MalformedPolicy('Policy document should not specify a principal.')
  return statements
}

const isStatement = (raw: unknown): raw is Fields =>
  isFields(raw) &&
  onlyHas(raw, statementElements) &&
  typeof raw.Effect === 'string' &&
  /^(allow|deny)$/i.test(raw.Effect) &&
  (raw.Sid === undefined || typeof raw.Sid === 'string') &&
  ['Action', 'Resource'].every(
    name => !(name in raw && `Not${name}` in raw) && [raw[name], raw[`Not${name}`]].every(isTexts),
  ) &&
  (raw.Condition === undefined || (isFields(raw.Condition) && Object.entries(raw.Condition).every(isConditionBlock)))

/** What IAM's older parser, which still reads every policy, refuses without telling why. */
function checkOlderForm({ Effect: effect, Condition: condition = {} }: Fields): void {
  const dates = Object.entries(condition as Record<string, Fields>)
    .filter(([operator]) => /^(\w+:)?Date/i.test(operator))
    .flatMap(([, block]) => Object.values(block).flatMap(listOf))
  need((effect === 'Allow' || effect === 'Deny') && dates.map(String).every(isDate), 'The policy failed legacy parsing')
}

/** An empty Sid is none. */
function checkSids(statements: readonly Fields[]): void {
  const ids = statements.map(one => one.Sid as string | undefined).filter(id => id !== undefined && id !== '')
  need(
    ids.every(id => /^[0-9A-Za-z]*$/.test(id ?? '')),
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  )
  need(new Set(ids).size === ids.length, 'Statement IDs (SID) in a single policy must be unique.')
}

function checkAction(action: string): void {
  if (action === '*') return
  const [vendor = '', ...rest] = action.split(':')
  need(rest.length > 0, prefaced)
  need(rest.length === 1, 'Actions/Condition can contain only one colon.')
  need(vendor === '*' || /^[a-zA-Z0-9.-]+$/.test(vendor), `Vendor ${vendor} is not valid`)
}

const valuesOf = (statement: Fields, name: string): string[] =>
  listOf(statement[name] ?? statement[`Not${name}`]) as string[]
const hasAny = (statement: Fields, name: string): boolean => valuesOf(statement, name).length > 0
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): boolean => listOf(value).every(item => typeof item === 'string')
const onlyHas = (fields: Fields, known: readonly string[]): boolean =>
  Object.keys(fields).every(name => known.includes(name))
const listOf = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])
const syntax = () => new MalformedPolicy('Syntax errors in policy.')

function need(right: boolean, otherwise: string): void {
  if (!right) throw new MalformedPolicy(otherwise)
}
