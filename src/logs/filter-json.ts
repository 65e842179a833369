import { readComparison, readExpression, readTokens, type Tokens } from './filter-token.ts'
import type { CompileRegex, Matcher } from './filter-value.ts'
import { comparison, type Scalar } from './filter-value.ts'
import { invalidParameter } from './logs-error.ts'

type Test = (document: unknown) => boolean

/**
 * `{ $.user.id = 1 && ($.error IS TRUE || $.path = "/api/*") }`. A message that is not JSON matches nothing; a comparison holds
 * for a text or number only, so neither `=` nor `!=` holds where the selector finds nothing, an object or a list.
 */
export function parseJsonPattern(text: string, compile: CompileRegex): Matcher {
  if (!text.endsWith('}')) throw invalidParameter(`Invalid filter pattern: '${text}' has no closing brace.`)
  const tokens = readTokens(text.slice(1, -1), compile)
  const matches = readExpression<unknown>(tokens, () => readCondition(tokens))
  if (tokens.peek()) throw tokens.fail()
  return message => {
    const document = parseDocument(message)
    return document !== undefined && matches(document)
  }
}

/** undefined for what is not a JSON object or list. */
export function parseDocument(message: string): unknown {
  const begin = message.trimStart()[0]
  if (begin !== '{' && begin !== '[') return undefined
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

function readCondition(tokens: Tokens): Test {
  const selector = tokens.next()
  if (selector?.kind !== 'bare') throw tokens.fail()
  const select = parseSelector(selector.text)
  const word = tokens.peek()
  if (word?.kind === 'bare') return readWords(tokens, select)
  const { operator, literal } = readComparison(tokens)
  const holds = comparison(operator, literal)
  return document => select(document).some(value => isScalar(value) && holds(value))
}

function readWords(tokens: Tokens, select: (document: unknown) => unknown[]): Test {
  const phrase = [tokens.next(), tokens.next()].map(token => token?.text.toUpperCase()).join(' ')
  switch (phrase) {
    case 'IS NULL':
      return document => select(document).some(value => value === null)
    case 'IS TRUE':
      return document => select(document).some(value => value === true)
    case 'IS FALSE':
      return document => select(document).some(value => value === false)
    case 'NOT EXISTS':
      return document => select(document).length === 0
    default:
      throw invalidParameter(`Invalid filter pattern: '${phrase}' is none of IS NULL, IS TRUE, IS FALSE, NOT EXISTS.`)
  }
}

export const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** `$.a.b[0]`, with `*` in one place for every member or element: the values it finds. Throws InvalidParameterException. */
export function parseSelector(text: string): (document: unknown) => unknown[] {
  if (!/^\$(?:\.(?:[\p{L}\p{N}_-]+|\*)|\[(?:\d+|\*)\])+$/u.test(text))
    throw invalidParameter(`Invalid character(s) in term '${text}'`)
  const steps = [...text.slice(1).matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)].map(([, member, element]) => ({
    member,
    element,
  }))
  if (steps.filter(step => (step.member ?? step.element) === '*').length > 1)
    throw invalidParameter(`A property selector can hold one wildcard: '${text}'`)
  return document =>
    steps.reduce((values: unknown[], step) => values.flatMap(value => takeStep(value, step)), [document])
}

function takeStep(value: unknown, { member, element }: { member?: string; element?: string }): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== (element !== undefined)) return []
  const key = member ?? element ?? ''
  if (key === '*') return Object.values(value)
  return Object.hasOwn(value, key) ? [(value as Record<string, unknown>)[key]] : []
}
