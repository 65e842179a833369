import { type CompileRegex, compileRegex, type Literal, type Operator, readBare, readQuoted } from './filter-value.ts'
import { invalidParameter } from './logs-error.ts'

/** Words of JSON and field patterns. */
export type Token =
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'bare'; readonly text: string }
  | { readonly kind: 'quoted'; readonly text: string }
  | { readonly kind: 'regex'; readonly text: string }

const token = /\s*(?:(\|\||&&|!=|<=|>=|[=<>(),])|"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s=!<>()&|,"%{}]+))\s*/suy

/** FilterLogEvents allows so many in one JSON or field pattern (User Guide, regular expression quotas). */
const regexLimit = 2

/** Reads tokens one by one. */
export interface Tokens {
  peek(): Token | undefined
  next(): Token | undefined
  /** Takes the mark when it is next. */
  take(mark: string): boolean
  expect(mark: string): void
  fail(): Error
  readonly compile: CompileRegex
}

/** Throws InvalidParameterException for a character that begins no token. */
export function readTokens(text: string, compile: CompileRegex): Tokens {
  const tokens = [...split(text)]
  if (tokens.filter(each => each.kind === 'regex').length > regexLimit)
    throw invalidParameter(`A filter pattern can hold no more than ${regexLimit} regular expressions.`)
  let at = 0
  const fail = () =>
    invalidParameter(`Invalid filter pattern: unexpected ${tokens[at] ? `'${tokens[at]?.text}'` : 'end'} in '${text}'`)
  const take = (mark: string) => {
    const found = tokens[at]?.kind === 'mark' && tokens[at]?.text === mark
    if (found) at += 1
    return found
  }
  return {
    peek: () => tokens[at],
    next: () => tokens[at++],
    take,
    fail,
    compile,
    expect(mark) {
      if (!take(mark)) throw fail()
    },
  }
}

function* split(text: string): Generator<Token> {
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at
    const [whole, mark, quoted, regex, bare] = token.exec(text) ?? []
    if (whole === undefined) throw invalidParameter(`Invalid character(s) in term '${text[at]}'`)
    token.lastIndex = at + whole.length
    if (mark !== undefined) yield { kind: 'mark', text: mark }
    else if (quoted !== undefined) yield { kind: 'quoted', text: readQuoted(quoted) }
    else if (regex !== undefined) yield { kind: 'regex', text: regex }
    else yield { kind: 'bare', text: bare ?? '' }
  }
}

const operators: readonly string[] = ['=', '!=', '<', '>', '<=', '>=']

/** The operator and literal of a condition. */
export function readComparison(tokens: Tokens): { operator: Operator; literal: Literal } {
  const operator = tokens.peek()
  if (operator?.kind !== 'mark' || !operators.includes(operator.text)) throw tokens.fail()
  tokens.next()
  const value = tokens.peek()
  if (!value || value.kind === 'mark') throw tokens.fail()
  tokens.next()
  return { operator: operator.text as Operator, literal: readLiteral(value, tokens.compile) }
}

function readLiteral({ kind, text }: Token, compile: CompileRegex): Literal {
  if (kind === 'regex') return { kind: 'regex', regex: compileRegex(text, compile) }
  return kind === 'quoted' ? { kind: 'text', text } : readBare(text)
}

/** Conditions under `||`, `&&` and parentheses; `&&` binds closer. `condition` reads one. */
export function readExpression<T>(tokens: Tokens, condition: () => (subject: T) => boolean): (subject: T) => boolean {
  const either = (): ((subject: T) => boolean) => {
    const parts = [all()]
    while (tokens.take('||')) parts.push(all())
    return subject => parts.some(part => part(subject))
  }
  const all = () => {
    const parts = [single()]
    while (tokens.take('&&')) parts.push(single())
    return (subject: T) => parts.every(part => part(subject))
  }
  const single = () => {
    if (!tokens.take('(')) return condition()
    const inner = either()
    tokens.expect(')')
    return inner
  }
  return either()
}
