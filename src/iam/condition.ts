import { BlockList, isIP } from 'node:net'
import { compileArn, compilePattern, type Lookup, type Pattern } from './pattern.ts'

/** Whether a request meets a statement's Condition element. */
export type Condition = (lookup: Lookup) => boolean

/** How one value of a policy is compared with one value of the request; undefined when the policy's value has the wrong form. */
type Comparison = (expected: string, variables: boolean) => Pattern | undefined

interface Operator {
  readonly compare: Comparison
  /** Not…: holds when no value matches, and when the key is absent. */
  readonly negated: boolean
}

const stringEquals: Comparison = (expected, variables) => compilePattern(expected, { wildcards: false, variables })
const stringLike: Comparison = (expected, variables) => compilePattern(expected, { wildcards: true, variables })
const stringEqualsIgnoreCase: Comparison = (expected, variables) =>
  compilePattern(expected, { wildcards: false, variables, ignoreCase: true })
const bool: Comparison = expected =>
  /^(true|false)$/i.test(expected) ? text => text.toLowerCase() === expected.toLowerCase() : undefined
const binaryEquals: Comparison = expected => {
  const bytes = Buffer.from(expected, 'base64')
  return bytes.toString('base64') === expected ? text => Buffer.from(text, 'base64').equals(bytes) : undefined
}

const numberOf = (text: string): number => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN)
/** Milliseconds of a W3C ISO 8601 date or of epoch seconds. */
const dateOf = (text: string): number =>
  /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN

const ordered =
  (read: (text: string) => number, holds: (actual: number, expected: number) => boolean): Comparison =>
  expected => {
    const limit = read(expected)
    return Number.isNaN(limit) ? undefined : text => holds(read(text), limit)
  }

const ipAddress: Comparison = expected => {
  const [address = '', prefix] = expected.split('/')
  const family = isIP(address)
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : numberOf(prefix)
  if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return undefined
  const range = new BlockList()
  range.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return text => {
    const actual = text.replace(/^::ffff:(?=\d+\.)/i, '')
    return isIP(actual) !== 0 && range.check(actual, isIP(actual) === 4 ? 'ipv4' : 'ipv6')
  }
}

const yes = (compare: Comparison): Operator => ({ compare, negated: false })
const no = (compare: Comparison): Operator => ({ compare, negated: true })
const equal = (actual: number, expected: number) => actual === expected
const less = (actual: number, expected: number) => actual < expected
const lessOrEqual = (actual: number, expected: number) => actual <= expected
const greater = (actual: number, expected: number) => actual > expected
const greaterOrEqual = (actual: number, expected: number) => actual >= expected

/** IAM User Guide, IAM JSON policy elements: Condition operators. Names are compared without regard to case. */
const operators: Readonly<Record<string, Operator>> = {
  stringequals: yes(stringEquals),
  stringnotequals: no(stringEquals),
  stringequalsignorecase: yes(stringEqualsIgnoreCase),
  stringnotequalsignorecase: no(stringEqualsIgnoreCase),
  stringlike: yes(stringLike),
  stringnotlike: no(stringLike),
  numericequals: yes(ordered(numberOf, equal)),
  numericnotequals: no(ordered(numberOf, equal)),
  numericlessthan: yes(ordered(numberOf, less)),
  numericlessthanequals: yes(ordered(numberOf, lessOrEqual)),
  numericgreaterthan: yes(ordered(numberOf, greater)),
  numericgreaterthanequals: yes(ordered(numberOf, greaterOrEqual)),
  dateequals: yes(ordered(dateOf, equal)),
  datenotequals: no(ordered(dateOf, equal)),
  datelessthan: yes(ordered(dateOf, less)),
  datelessthanequals: yes(ordered(dateOf, lessOrEqual)),
  dategreaterthan: yes(ordered(dateOf, greater)),
  dategreaterthanequals: yes(ordered(dateOf, greaterOrEqual)),
  bool: yes(bool),
  binaryequals: yes(binaryEquals),
  ipaddress: yes(ipAddress),
  notipaddress: no(ipAddress),
  arnequals: yes(compileArn),
  arnlike: yes(compileArn),
  arnnotequals: no(compileArn),
  arnnotlike: no(compileArn),
}

const operatorForm = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/

/**
 * One operator with one key and its values, as a test. Returns a string that says what is wrong when the operator is unknown or
 * a value has not the operator's form.
 */
export function compileCondition(
  operator: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): Condition | string {
  const [, set, name = '', ifExists] = operatorForm.exec(operator.toLowerCase()) ?? []
  const context = key.toLowerCase()
  if (name === 'null' && set === undefined && ifExists === undefined) return compileNull(context, values)
  if (values.length === 0) return `Condition ${operator} ${key} has no value`
  const known = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!known) return `Invalid Condition type : ${operator}`
  const patterns = values.map(value => known.compare(value, variables))
  const wrong = patterns.indexOf(undefined)
  if (wrong >= 0) return `The value ${values[wrong]} of condition ${operator} ${key} has the wrong form`
  const tests = patterns as Pattern[]
  const matches = (actual: string, lookup: Lookup) => tests.some(test => test(actual, lookup)) !== known.negated
  return lookup => {
    const actual = lookup(context)
    if (actual === undefined || actual.length === 0)
      return set === 'forallvalues' || ifExists !== undefined || (known.negated && set === undefined)
    if (set === 'foranyvalue') return actual.some(value => matches(value, lookup))
    if (set === 'forallvalues' || known.negated) return actual.every(value => matches(value, lookup))
    return actual.some(value => matches(value, lookup))
  }
}

/** Whether an entry of a Condition element has its form: an operator that exists, keys, and texts, numbers or booleans. */
export function isConditionBlock([operator, block]: [string, unknown]): boolean {
  const [, set, name = '', ifExists] = operatorForm.exec(operator.toLowerCase()) ?? []
  const exists = Object.hasOwn(operators, name) || (name === 'null' && set === undefined && ifExists === undefined)
  if (typeof block !== 'object' || block === null || Array.isArray(block)) return false
  const scalars = Object.values(block).flat()
  return (
    (exists || Object.keys(block).length === 0) &&
    scalars.every(value => ['string', 'number', 'boolean'].includes(typeof value))
  )
}

/** Whether a text is a date as conditions write it. */
export const isDate = (text: string): boolean => !Number.isNaN(dateOf(text))

/** `"Null": {"key": "true"}`: the key must be absent. */
function compileNull(key: string, values: readonly string[]): Condition | string {
  if (!values.every(value => /^(true|false)$/i.test(value))) return 'The Null condition takes only true or false'
  return lookup => {
    const absent = (lookup(key)?.length ?? 0) === 0
    return values.some(value => (value.toLowerCase() === 'true') === absent)
  }
}
