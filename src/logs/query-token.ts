import { QuerySyntaxError } from './query-syntax.ts'

export interface QueryToken {
  readonly kind: 'word' | 'name' | 'number' | 'text' | 'regex' | 'mark'
  readonly text: string
  readonly flags: string
  readonly start: number
  readonly end: number
}

/** Reads a query's words one by one. */
export interface QueryTokens {
  peek(ahead?: number): QueryToken | undefined
  next(): QueryToken
  /** Takes the next word, in any case, or mark, when it is one of these. */
  take(...texts: readonly string[]): QueryToken | undefined
  expect(...texts: readonly string[]): QueryToken
  fail(message?: string): QuerySyntaxError
  /** The text from a token to the last that was taken, as it was written. */
  writtenSince(start: number): string
}

const space = /(?:\s|#[^\n]*)+/uy
const token =
  /(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|`(?<name>[^`]+)`|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w@.]))|(?<word>[@\p{L}_0-9][\p{L}\p{N}_@.]*)|(?<mark>\|\||&&|=~|!=|<=|>=|[|,()=<>+\-*/%^[\]])/suy
const regex = /\/(?<source>(?:[^/\\\n]|\\.)+)\/(?<flags>i?)/uy

/** Where a slash begins a regular expression and is no division. */
const beforeRegex = new Set(['like', '=~', 'parse'])

/** Throws QuerySyntaxError for a character that begins nothing. */
export function readQueryTokens(query: string): QueryTokens {
  const tokens: QueryToken[] = []
  for (let at = skip(query, 0); at < query.length; at = skip(query, tokens.at(-1)?.end ?? 0))
    tokens.push(tokenAt(query, at, tokens))
  let place = 0
  const fail = (message?: string) => {
    const found = tokens[place]
    const what = found ? `'${query.slice(found.start, found.end)}'` : 'the end'
    return new QuerySyntaxError(
      message ?? `unexpected ${what}`,
      found?.start ?? query.length,
      found?.end ?? query.length,
    )
  }
  const take = (...texts: readonly string[]) => {
    const found = tokens[place]
    const plain = found?.kind === 'word' ? found.text.toLowerCase() : found?.kind === 'mark' ? found.text : undefined
    if (!found || plain === undefined || !texts.includes(plain)) return undefined
    place += 1
    return found
  }
  return {
    peek: (ahead = 0) => tokens[place + ahead],
    next() {
      const found = tokens[place]
      if (!found) throw fail()
      place += 1
      return found
    },
    take,
    expect(...texts) {
      const found = take(...texts)
      if (!found) throw fail()
      return found
    },
    fail,
    writtenSince: start => query.slice(start, tokens[place - 1]?.end ?? start),
  }
}

function skip(query: string, at: number): number {
  space.lastIndex = at
  return space.test(query) ? space.lastIndex : at
}

function tokenAt(query: string, at: number, before: readonly QueryToken[]): QueryToken {
  const found = (query[at] === '/' && beginsRegex(before) && matchAt(regex, query, at)) || matchAt(token, query, at)
  if (!found?.groups) throw new QuerySyntaxError(`unexpected '${query[at]}'`, at, at + 1)
  const { source, text, flags = '', name, number, word, mark } = found.groups
  const place = { start: at, end: at + found[0].length, flags }
  if (source !== undefined) return { kind: 'regex', text: source, ...place }
  if (text !== undefined) return { kind: 'text', text: unquoted(text.slice(1, -1)), ...place }
  if (name !== undefined) return { kind: 'name', text: name, ...place }
  if (number !== undefined) return { kind: 'number', text: number, ...place }
  if (word !== undefined) return { kind: 'word', text: word, ...place }
  return { kind: 'mark', text: mark ?? '', ...place }
}

function matchAt(pattern: RegExp, query: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(query)
}

/** After `like` and `=~`, and after the field that `parse` reads. */
const beginsRegex = (before: readonly QueryToken[]): boolean =>
  beforeRegex.has(before.at(-1)?.text.toLowerCase() ?? '') || before.at(-2)?.text.toLowerCase() === 'parse'

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

const unquoted = (text: string): string =>
  text.replaceAll(/\\(.)/gsu, (_, character: string) => escapes[character] ?? character)
