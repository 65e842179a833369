import { BlockList, isIP } from 'node:net'
import { fits, fitsArn, isArnPattern, type Lookup } from './pattern.ts'

/** One operator with one key and its values, as a policy has them. */
export interface Condition {
  /** In lower case, without its prefix and suffix; `null` for Null. */
  readonly operator: string
  readonly set: 'forallvalues' | 'foranyvalue' | undefined
  readonly ifExists: boolean
  /** In lower case. */
  readonly key: string
  readonly values: readonly string[]
}

interface Operator {
  /** Whether a policy's value has the operator's form. */
  readonly takes: (expected: string, variables: boolean) => boolean
  /** Whether one value of the request fits one of the policy. */
  readonly holds: (expected: string, actual: string, lookup: Lookup, variables: boolean) => boolean
  /** Not…: holds when no value matches, and when the key is absent. */
  readonly negated: boolean
}
type Comparison = Omit<Operator, 'negated'>

const text = (wildcards: boolean, ignoreCase = false): Comparison => ({
  takes: () => true,
  holds: (expected, actual, lookup, variables) => fits(expected, actual, lookup, { wildcards, variables, ignoreCase }),
})
const arn: Comparison = { takes: isArnPattern, holds: fitsArn }
const bool: Comparison = {
  takes: expected => /^(true|false)$/i.test(expected),
  holds: (expected, actual) => actual.toLowerCase() === expected.toLowerCase(),
}
const binary: Comparison = {
  takes: expected => Buffer.from(expected, 'base64').toString('base64') === expected,
  holds: (expected, actual) => Buffer.from(actual, 'base64').equals(Buffer.from(expected, 'base64')),
}

const numberOf = (text: string): number => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN)
/** Milliseconds of a W3C ISO 8601 date or of epoch seconds. */
const dateOf = (text: string): number =>
  /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN

const ordered = (
  read: (text: string) => number,
  compare: (actual: number, expected: number) => boolean,
): Comparison => ({
  takes: expected => !Number.isNaN(read(expected)),
  holds: (expected, actual) => compare(read(actual), read(expected)),
})

/** Address and number of leading bits; undefined when the text is neither an address nor a range. */
function rangeOf(text: string): [address: string, bits: number, family: 'ipv4' | 'ipv6'] | undefined {
  const [address = '', prefix] = text.split('/')
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  const bits = prefix === undefined ? most : numberOf(prefix)
  if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > most) return undefined
  return [address, bits, family === 4 ? 'ipv4' : 'ipv6']
}

const ip: Comparison = {
  takes: expected => rangeOf(expected) !== undefined,
  holds(expected, actual) {
    const range = rangeOf(expected)
    const address = actual.replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(address)
    if (!range || family === 0) return false
    const list = new BlockList()
    list.addSubnet(...range)
    return list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  },
}

const yes = (comparison: Comparison): Operator => ({ ...comparison, negated: false })
const no = (comparison: Comparison): Operator => ({ ...comparison, negated: true })
const equal = (actual: number, expected: number) => actual === expected
const less = (actual: number, expected: number) => actual < expected
const lessOrEqual = (actual: number, expected: number) => actual <= expected
const greater = (actual: number, expected: number) => actual > expected
const greaterOrEqual = (actual: number, expected: number) => actual >= expected

/** IAM User Guide, IAM JSON policy elements: Condition operators. Names are compared without regard to case. */
const operators: Readonly<Record<string, Operator>> = {
  stringequals: yes(text(false)),
  stringnotequals: no(text(false)),
  stringequalsignorecase: yes(text(false, true)),
  stringnotequalsignorecase: no(text(false, true)),
  stringlike: yes(text(true)),
  stringnotlike: no(text(true)),
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
  binaryequals: yes(binary),
  ipaddress: yes(ip),
  notipaddress: no(ip),
  arnequals: yes(arn),
  arnlike: yes(arn),
  arnnotequals: no(arn),
  arnnotlike: no(arn),
}

const operatorForm = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/

/**
 * Reads one operator with one key and its values. Returns a string that says what is wrong when the operator is unknown or a value
 * has not the operator's form.
 */
export function parseCondition(
  written: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): Condition | string {
  const [, set, operator = '', ifExists] = operatorForm.exec(written.toLowerCase()) ?? []
  const told = {
    operator,
    set: set as Condition['set'],
    ifExists: ifExists !== undefined,
    key: key.toLowerCase(),
    values,
  }
  if (operator === 'null' && set === undefined && ifExists === undefined)
    return values.every(value => bool.takes(value, false)) ? told : 'The Null condition takes only true or false'
  if (values.length === 0) return `Condition ${written} ${key} has no value`
  const known = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (!known) return `Invalid Condition type : ${written}`
  const wrong = values.find(value => !known.takes(value, variables))
  return wrong === undefined ? told : `The value ${wrong} of condition ${written} ${key} has the wrong form`
}

/** Whether a request meets a condition. */
export function meets(
  { operator, set, ifExists, key, values }: Condition,
  lookup: Lookup,
  variables: boolean,
): boolean {
  const actual = lookup(key)
  const absent = actual === undefined || actual.length === 0
  // `"Null": {"key": "true"}`: the key must be absent.
  if (operator === 'null') return values.some(value => (value.toLowerCase() === 'true') === absent)
  const { holds, negated } = operators[operator] as Operator
  if (absent) return set === 'forallvalues' || ifExists || (negated && set === undefined)
  const matches = (value: string) => values.some(expected => holds(expected, value, lookup, variables)) !== negated
  if (set === 'foranyvalue') return actual.some(matches)
  return set === 'forallvalues' || negated ? actual.every(matches) : actual.some(matches)
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
