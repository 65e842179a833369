import { invalidParameter } from './logs-error.ts'

/** An expression, whichever engine runs it. */
export interface Regex {
  test(text: string): boolean
}

export type CompileRegex = (source: string) => Regex

/** JavaScript's own engine. */
export const backtracking: CompileRegex = source => new RegExp(source)

/** What a condition of a JSON or field pattern compares with. */
export type Literal =
  | { readonly kind: 'number'; readonly text: string; readonly number: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly regex: Regex }

export type Scalar = string | number | boolean

const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** A bare word: a number, or a text in which `*` stands for anything. */
export function readBare(text: string): Literal {
  if (numeric.test(text)) return { kind: 'number', text, number: Number(text) }
  const strange = /[^\p{L}\p{N}_.*+-]+/u.exec(text)?.[0]
  if (strange !== undefined) throw invalidParameter(`Invalid character(s) in term '${strange}'`)
  return { kind: 'text', text }
}

export const readQuoted = (inner: string): string => inner.replace(/\\(.)/gs, '$1')

/** The characters that the User Guide allows between `%` signs; a backslash takes any after it. */
const allowedRegex = /^(?:[A-Za-z0-9_#=@/;,:\-^$?[\]{}|*+.]|\\[\x20-\x7e])*$/

/** Throws InvalidParameterException for characters or operators outside CloudWatch's, groups among them. */
export function compileRegex(source: string, compile: CompileRegex): Regex {
  if (!allowedRegex.test(source)) {
    const strange = /[^A-Za-z0-9_#=@/;,:\-^$?[\]{}|*+.\\]+/.exec(source)?.[0] ?? source
    throw invalidParameter(`Invalid character(s) in term '${strange}'`)
  }
  try {
    return compile(source)
  } catch (error) {
    throw invalidParameter(`Invalid regular expression %${source}%: ${(error as Error).message}`)
  }
}

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>='

const order: Record<Exclude<Operator, '=' | '!='>, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
}

/** A test of one value. Throws InvalidParameterException when the operator does not fit the literal. */
export function comparison(operator: Operator, literal: Literal): (value: Scalar) => boolean {
  if (operator === '=') return equality(literal)
  if (operator === '!=') {
    const equal = equality(literal)
    return value => !equal(value)
  }
  if (literal.kind !== 'number') throw invalidParameter(`The operator ${operator} compares with numbers only.`)
  const compare = order[operator]
  return value => isNumeric(value) && compare(Number(value), literal.number)
}

const isNumeric = (value: Scalar): boolean =>
  typeof value === 'number' || (typeof value === 'string' && numeric.test(value))

function equality(literal: Literal): (value: Scalar) => boolean {
  if (literal.kind === 'regex') return value => literal.regex.test(String(value))
  if (literal.kind === 'number')
    return value => (isNumeric(value) ? Number(value) === literal.number : value === literal.text)
  return wildcard(literal.text)
}

/** `*` stands for any characters. Compares part by part, so that no number of asterisks makes it slow. */
function wildcard(pattern: string): (value: Scalar) => boolean {
  const parts = pattern.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (parts.length === 1) return value => String(value) === pattern
  return value => {
    const text = String(value)
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
    let at = first.length
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - last.length
  }
}

/** Says whether a message matches. */
export type Matcher = (message: string) => boolean
