import type { Column, Expression } from './query-syntax.ts'
import type { QueryTokens } from './query-token.ts'

/** So deep may an expression be nested. */
const deepest = 50

/**
 * Reads an expression of Logs Insights: `or`, `and`, `not`, comparisons with `like`, `=~` and `in`, arithmetic, calls, fields, literals, each
 * binding closer than the one before (User Guide, "Supported operations and functions"). Throws QuerySyntaxError.
 */
export function readExpression(tokens: QueryTokens, depth = 0): Expression {
  if (depth > deepest) throw tokens.fail(`expressions nest ${deepest} deep at most`)
  return binary(tokens, [['or', '||']], () => binary(tokens, [['and', '&&']], () => readNot(tokens, depth)))
}

const timestamp: Expression = { kind: 'field', name: '@timestamp' }

const call = (name: string, ...of: readonly Expression[]): Expression => ({ kind: 'call', name, of })

/** Operands with operators of one rank between them, from left to right. */
function binary(tokens: QueryTokens, names: readonly (readonly string[])[], operand: () => Expression): Expression {
  let left = operand()
  for (;;) {
    const word = tokens.peek()?.text.toLowerCase() ?? ''
    const found = names.find(texts => texts.includes(word))
    if (!found || !tokens.take(...found)) return left
    left = call(found[0] as string, left, operand())
  }
}

function readNot(tokens: QueryTokens, depth: number): Expression {
  if (depth > deepest) throw tokens.fail(`expressions nest ${deepest} deep at most`)
  return tokens.take('not') ? call('not', readNot(tokens, depth + 1)) : readComparison(tokens, depth)
}

const comparisons = ['=', '!=', '<', '<=', '>', '>=']

function readComparison(tokens: QueryTokens, depth: number): Expression {
  const left = readSum(tokens, depth)
  const operator = tokens.take(...comparisons)
  if (operator) return call(operator.text, left, readSum(tokens, depth))
  const no = tokens.peek(1)?.text.toLowerCase()
  const negated = (no === 'like' || no === 'in') && tokens.take('not') !== undefined
  const test = readTest(tokens, left, depth)
  if (!test && negated) throw tokens.fail()
  return test ? (negated ? call('not', test) : test) : left
}

function readTest(tokens: QueryTokens, left: Expression, depth: number): Expression | undefined {
  if (tokens.take('like', '=~')) {
    const { kind, text, flags } = tokens.next()
    if (kind === 'regex') return call('like', left, { kind: 'regex', source: text, flags })
    if (kind !== 'text') throw tokens.fail('like takes a text in quotes or a /regular expression/')
    return call('strcontains', left, { kind: 'literal', value: text })
  }
  if (!tokens.take('in')) return undefined
  tokens.expect('[')
  const items = [readSum(tokens, depth + 1)]
  while (tokens.take(',')) items.push(readSum(tokens, depth + 1))
  tokens.expect(']')
  return call('in', left, { kind: 'list', items })
}

const readSum = (tokens: QueryTokens, depth: number): Expression =>
  binary(tokens, [['+'], ['-']], () =>
    binary(tokens, [['*'], ['/'], ['%']], () => binary(tokens, [['^']], () => readSingle(tokens, depth))),
  )

function readSingle(tokens: QueryTokens, depth: number): Expression {
  if (depth > deepest) throw tokens.fail(`expressions nest ${deepest} deep at most`)
  if (tokens.take('-')) return call('-', { kind: 'literal', value: 0 }, readSingle(tokens, depth + 1))
  if (tokens.take('(')) {
    const inner = readExpression(tokens, depth + 1)
    tokens.expect(')')
    return inner
  }
  const found = tokens.peek()
  if (found?.kind === 'number') return { kind: 'literal', value: Number(tokens.next().text) }
  if (found?.kind === 'text') return { kind: 'literal', value: tokens.next().text }
  if (found?.kind === 'name') return { kind: 'field', name: tokens.next().text }
  if (found?.kind !== 'word') throw tokens.fail()
  const { text } = tokens.next()
  // `5m` of bin(5m).
  if (/^\d/.test(text)) return { kind: 'literal', value: text }
  if (!tokens.take('(')) return { kind: 'field', name: text }
  const of = readArguments(tokens, depth)
  return text.toLowerCase() === 'bin' ? call('datefloor', timestamp, ...of) : call(text.toLowerCase(), ...of)
}

function readArguments(tokens: QueryTokens, depth: number): Expression[] {
  if (tokens.take(')')) return []
  if (tokens.peek()?.text === '*' && tokens.peek(1)?.text === ')') {
    tokens.expect('*')
    tokens.expect(')')
    return []
  }
  const of = [readExpression(tokens, depth + 1)]
  while (tokens.take(',')) of.push(readExpression(tokens, depth + 1))
  tokens.expect(')')
  return of
}

/** `EXPRESSION as NAME, …` */
export function readColumns(tokens: QueryTokens): Column[] {
  const columns: Column[] = []
  do {
    const start = tokens.peek()?.start ?? 0
    const expression = readExpression(tokens)
    const written = expression.kind === 'field' ? expression.name : tokens.writtenSince(start)
    columns.push({ name: tokens.take('as') ? readName(tokens) : written, expression })
  } while (tokens.take(','))
  return columns
}

/** A field's name, where nothing else may stand. */
export function readName(tokens: QueryTokens): string {
  const { kind, text } = tokens.peek() ?? {}
  if (kind !== 'word' && kind !== 'name') throw tokens.fail()
  tokens.next()
  return text as string
}
