import { BlockList, isIP } from 'node:net'
import { EventNumber, type EventValue, isObject } from './event-json.ts'
import { wildcard } from './pattern-wildcard.ts'

/** Whether a value of an event, which is no object and no list, fits. */
export type ValueTest = (value: EventValue) => boolean

/** What a pattern asks of a field: that one of its values fits, or that it has none. */
export type FieldTest = { readonly fits: ValueTest } | 'absent'

/** Why a text is no event pattern; each API has its own words around it. */
export class PatternProblem extends Error {
  override readonly name = 'PatternProblem'
}

const refuse = (why: string): never => {
  throw new PatternProblem(why)
}

/**
 * One entry of a pattern's list: a value, or one of the comparison operators (EventBridge User Guide, "Comparison operators for use
 * in event patterns"). Throws PatternProblem.
 */
export function fieldTest(entry: EventValue): FieldTest {
  if (!isObject(entry)) return { fits: exact(entry) }
  const [name = '', ...more] = Object.keys(entry)
  if (name === '' || more.length > 0) return refuse('Only one key allowed in match expression')
  const operand = entry[name] as EventValue
  if (name === 'exists') {
    if (typeof operand !== 'boolean') return refuse('exists match pattern must be either true or false.')
    return operand ? { fits: () => true } : 'absent'
  }
  if (name === 'anything-but') return { fits: anythingBut(operand) }
  if (name === 'numeric') return { fits: numeric(operand) }
  const operator = operators[name]
  if (!Object.hasOwn(operators, name) || !operator) return refuse(`Unrecognized match type ${name}`)
  return { fits: operator(operand) }
}

function exact(expected: EventValue): ValueTest {
  if (Array.isArray(expected)) return refuse('Arrays are not allowed within the array of a field')
  if (expected instanceof EventNumber) return value => value instanceof EventNumber && value.source === expected.source
  return value => value === expected
}

type Operator = (operand: EventValue) => ValueTest

const textOf = (operand: EventValue | undefined, name: string): string =>
  typeof operand === 'string' ? operand : refuse(`${name} match pattern must be a string`)

const onText =
  (fits: (text: string) => boolean): ValueTest =>
  value =>
    typeof value === 'string' && fits(value)

const ignoringCase = (operand: EventValue, name: string): string | undefined => {
  if (!isObject(operand)) return undefined
  const [key, ...more] = Object.keys(operand)
  if (key !== 'equals-ignore-case' || more.length > 0) return refuse(`Unsupported ${name} pattern: ${key}`)
  return textOf(operand[key], key).toLowerCase()
}

const operators: Readonly<Record<string, Operator>> = {
  prefix(operand) {
    const lower = ignoringCase(operand, 'prefix')
    if (lower !== undefined) return onText(text => text.toLowerCase().startsWith(lower))
    const start = textOf(operand, 'prefix')
    return onText(text => text.startsWith(start))
  },
  suffix(operand) {
    const lower = ignoringCase(operand, 'suffix')
    if (lower !== undefined) return onText(text => text.toLowerCase().endsWith(lower))
    const end = textOf(operand, 'suffix')
    return onText(text => text.endsWith(end))
  },
  'equals-ignore-case'(operand) {
    const lower = textOf(operand, 'equals-ignore-case').toLowerCase()
    return onText(text => text.toLowerCase() === lower)
  },
  wildcard(operand) {
    const fits = wildcard(textOf(operand, 'wildcard')) ?? refuse(`Invalid wildcard pattern: ${operand}`)
    return onText(fits)
  },
  cidr(operand) {
    const [address = '', bits = ''] = textOf(operand, 'cidr').split('/')
    const family = isIP(address)
    if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
      return refuse(`Malformed CIDR, one '/' and an IPv4 or IPv6 address required: ${operand}`)
    const range = new BlockList()
    range.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
    return onText(text => {
      const own = isIP(text)
      return own === family && range.check(text, own === 4 ? 'ipv4' : 'ipv6')
    })
  },
}

const negatable = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard']

/** Fits a value that is there and is none of these. */
function anythingBut(operand: EventValue): ValueTest {
  const refused = isObject(operand) ? operatorBut(operand) : valuesBut(operand)
  return value => !refused.some(fits => fits(value))
}

function operatorBut(operand: EventValue): ValueTest[] {
  if (!isObject(operand)) return []
  const [name = '', ...more] = Object.keys(operand)
  const operator = operators[name]
  if (!operator || !negatable.includes(name) || more.length > 0)
    return refuse(`Unsupported anything-but pattern: ${name}`)
  const texts = [operand[name] as EventValue].flat(1) as EventValue[]
  if (texts.length === 0) return refuse('Empty arrays are not allowed')
  if (texts.some(text => typeof text !== 'string' || text === ''))
    return refuse(`anything-but ${name} match pattern must be a string or a list of strings that are not empty`)
  return texts.map(operator)
}

function valuesBut(operand: EventValue): ValueTest[] {
  const values = Array.isArray(operand) ? operand : [operand]
  if (values.length === 0) return refuse('Empty arrays are not allowed')
  const areTexts = values.every(value => typeof value === 'string')
  if (!areTexts && !values.every(value => value instanceof EventNumber))
    return refuse(
      'Inside anything-but list, either all values are strings or all are numbers, mixed type is not supported',
    )
  return values.map(one =>
    one instanceof EventNumber ? value => value instanceof EventNumber && value.value === one.value : exact(one),
  )
}

/** "Numeric matching": values from -5.0e9 to 5.0e9. */
const mostNumber = 5e9

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
}

/** `["=", 1]`, `[">", 1]` or, as a range, `[">", 1, "<=", 5]`. */
function numeric(operand: EventValue): ValueTest {
  if (!Array.isArray(operand)) return refuse('Value of numeric must be an array.')
  if (operand.length !== 2 && operand.length !== 4) return refuse('Too many or too few elements in numeric expression')
  const tests: [string, number][] = []
  for (let index = 0; index < operand.length; index += 2) {
    const [name, bound] = [operand[index], operand[index + 1]]
    if (typeof name !== 'string' || !Object.hasOwn(comparisons, name))
      return refuse(`Unrecognized numeric range operator: ${JSON.stringify(name)}`)
    if (!(bound instanceof EventNumber)) return refuse(`Value of ${name} must be numeric`)
    if (Math.abs(bound.value) > mostNumber)
      return refuse(`Value must be between ${-mostNumber} and ${mostNumber}, inclusive`)
    tests.push([name, bound.value])
  }
  const [[first = '', bottom = 0] = [], [second = '<', top = Number.POSITIVE_INFINITY] = []] = tests
  if (tests.length === 2 && !(first.startsWith('>') && second.startsWith('<')))
    return refuse('A numeric range has a lower bound, > or >=, and then an upper bound, < or <=')
  if (tests.length === 2 && bottom >= top) return refuse('Bottom must be less than top')
  return value =>
    value instanceof EventNumber &&
    Math.abs(value.value) <= mostNumber &&
    tests.every(([name, bound]) => comparisons[name]?.(value.value, bound))
}
