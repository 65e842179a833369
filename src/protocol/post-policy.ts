import { ServiceError } from '../ground/errors.ts'

/** How many bytes the file of a form may have. */
export interface FileBounds {
  readonly least: number
  readonly most: number
}

/** Not part of what the policy must allow (S3 API Reference, "Creating a POST policy"). */
const free = /^(file|policy|signature|x-amz-signature|awsaccesskeyid|x-ignore-.*)$/

/** Conditions on these may only be exact; all others may also be by prefix. */
const exactOnly = /^(bucket|success_action_status|x-amz-(?!meta-).*)$/

/**
 * Checks a form against its policy, a base64 document (S3 API Reference, "Creating a POST policy"): not expired, each condition met, each
 * field allowed by one. `fields` has names in lower case, with `bucket`, and the key as it will be. Returns the bounds of
 * `content-length-range`. Throws InvalidPolicyDocument, or AccessDenied with the condition that failed.
 */
export function checkPostPolicy(policy: string, fields: ReadonlyMap<string, string>, now: Date): FileBounds {
  const { expiration, conditions } = parsePolicy(policy)
  if (expiration.getTime() <= now.getTime()) throw denied('Policy expired.')
  const allowed = new Set<string>()
  let bounds: FileBounds = { least: 0, most: Number.POSITIVE_INFINITY }
  for (const condition of conditions.flatMap(asTests)) {
    const [operator, name, value] = condition
    if (operator === 'content-length-range') bounds = narrowed(bounds, condition)
    else if (!holds(operator, name, value, fields)) throw failed(condition)
    else allowed.add(fieldOf(name))
  }
  const extra = [...fields.keys()].find(name => !free.test(name) && !allowed.has(name))
  if (extra !== undefined) throw denied(`Extra input fields: ${extra}`)
  return bounds
}

function parsePolicy(policy: string): { expiration: Date; conditions: readonly unknown[] } {
  const document = parseJson(policy)
  const expiration = new Date(typeof document.expiration === 'string' ? document.expiration : Number.NaN)
  if (document.expiration === undefined) throw invalid('Policy missing expiration.')
  if (Number.isNaN(expiration.getTime())) throw invalid(`Invalid 'expiration' value: '${document.expiration}'`)
  if (!Array.isArray(document.conditions)) throw invalid('Policy missing conditions.')
  return { expiration, conditions: document.conditions }
}

function parseJson(policy: string): Record<string, unknown> {
  try {
    const document = JSON.parse(Buffer.from(policy, 'base64').toString('utf8'))
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document
  } catch {}
  throw invalid('Invalid JSON.')
}

type Test = readonly unknown[]

/** `{"acl": "private"}` is `["eq", "$acl", "private"]`. */
function asTests(condition: unknown): Test[] {
  if (Array.isArray(condition)) return [condition]
  if (typeof condition !== 'object' || condition === null) throw failed([condition])
  return Object.entries(condition).map(([name, value]) => ['eq', `$${name}`, value])
}

const fieldOf = (name: unknown): string => String(name).slice(1).toLowerCase()

function holds(operator: unknown, name: unknown, value: unknown, fields: ReadonlyMap<string, string>): boolean {
  if (typeof name !== 'string' || !name.startsWith('$') || typeof value !== 'string') return false
  const field = fieldOf(name)
  const found = fields.get(field)
  if (operator === 'eq') return found === value
  if (operator !== 'starts-with' || exactOnly.test(field)) return false
  // A type may be a list, of which each must fit.
  const parts = field === 'content-type' ? (found ?? '').split(',').map(part => part.trim()) : [found ?? '']
  return parts.every(part => part.startsWith(value))
}

function narrowed(bounds: FileBounds, condition: Test): FileBounds {
  const [, least, most] = condition.map(Number)
  if (condition.length !== 3 || !Number.isInteger(least) || !Number.isInteger(most)) throw failed(condition)
  return { least: Math.max(bounds.least, least as number), most: Math.min(bounds.most, most as number) }
}

const invalid = (problem: string): ServiceError =>
  new ServiceError('InvalidPolicyDocument', `Invalid Policy: ${problem}`, { status: 400 })

const denied = (problem: string): ServiceError =>
  new ServiceError('AccessDenied', `Invalid according to Policy: ${problem}`, { status: 403 })

const failed = (condition: Test): ServiceError =>
  denied(`Policy Condition failed: [${condition.map(part => JSON.stringify(part)).join(', ')}]`)
