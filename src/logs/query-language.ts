import { RE2JS } from 're2js'
import { aggregates } from './query-aggregate.ts'
import { readColumns, readExpression, readName } from './query-expression.ts'
import { functions, periodOf } from './query-function.ts'
import { type Command, type Expression, type ParsePattern, QuerySyntaxError } from './query-syntax.ts'
import { type QueryTokens, readQueryTokens } from './query-token.ts'

/** CloudWatch Logs quotas: what StartQuery returns at most. */
export const mostResults = 10_000
const mostCommands = 50

const readers: Readonly<Record<string, (tokens: QueryTokens) => Command>> = {
  fields: tokens => ({ kind: 'fields', columns: checked(tokens, readColumns(tokens)) }),
  display: tokens => ({ kind: 'display', columns: checked(tokens, readColumns(tokens)) }),
  filter: tokens => ({ kind: 'filter', condition: check(tokens, readExpression(tokens)) }),
  parse: readParse,
  stats: readStats,
  sort: tokens => ({ kind: 'sort', keys: readKeys(tokens) }),
  limit: readLimit,
  head: readLimit,
  dedup: tokens => ({ kind: 'dedup', fields: readColumns(tokens).map(({ expression }) => check(tokens, expression)) }),
}

/** Commands that AWS has and this installation does not serve. */
const unserved = [
  'pattern',
  'diff',
  'anomaly',
  'unnest',
  'lookup',
  'join',
  'filterindex',
  'source',
  'unmask',
  'addtotals',
  'tail',
]

/**
 * Reads a query in the language of Logs Insights (CloudWatch Logs User Guide, "Logs Insights QL"): fields, display, filter, parse, stats, sort,
 * limit and dedup, separated by `|`. Throws QuerySyntaxError, also for commands and functions that are not served, by their names.
 */
export function parseQuery(query: string): Command[] {
  const tokens = readQueryTokens(query)
  const commands: Command[] = []
  do {
    if (commands.length >= mostCommands) throw tokens.fail(`a query has ${mostCommands} commands at most`)
    // Empty between two bars, as after the last.
    if (commands.length > 0 && !tokens.peek()) break
    const name = tokens.peek()?.text.toLowerCase() ?? ''
    if (unserved.includes(name)) throw tokens.fail(`the command ${name} is not served`)
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (!read) throw tokens.fail(tokens.peek() ? undefined : 'the query is empty')
    tokens.next()
    commands.push(read(tokens))
  } while (tokens.take('|'))
  if (tokens.peek()) throw tokens.fail()
  return commands
}

function readKeys(tokens: QueryTokens) {
  const keys: { of: Expression; descending: boolean }[] = []
  do {
    const of = check(tokens, readExpression(tokens))
    keys.push({ of, descending: tokens.take('desc') !== undefined })
    tokens.take('asc')
  } while (tokens.take(','))
  return keys
}

function readLimit(tokens: QueryTokens): Command {
  const found = tokens.next()
  const count = Number(found.text)
  if (found.kind !== 'number' || !Number.isInteger(count) || count < 1 || count > mostResults)
    throw new QuerySyntaxError(`a limit is a whole number from 1 to ${mostResults}`, found.start, found.end)
  return { kind: 'limit', count }
}

function readStats(tokens: QueryTokens): Command {
  const columns = readColumns(tokens)
  for (const { expression } of columns) checkAggregate(tokens, expression)
  const by = tokens.take('by') ? checked(tokens, readColumns(tokens)) : []
  return { kind: 'stats', columns, by }
}

/** `parse @message "a * b *" as x, y`, `parse @message /a (?<x>\S+)/`; of `@message` where no field is named. */
function readParse(tokens: QueryTokens): Command {
  const first = tokens.peek()?.kind
  const from =
    first === 'text' || first === 'regex' ? ({ kind: 'field', name: '@message' } as const) : readExpression(tokens)
  const found = tokens.next()
  if (found.kind === 'regex') {
    const names = Object.keys(compiled(found.text, found.flags, found).namedGroups())
    if (names.length === 0)
      throw new QuerySyntaxError('the expression names no group: (?<name>…)', found.start, found.end)
    const pattern: ParsePattern = { source: found.text, flags: found.flags, names, groups: 'named' }
    return { kind: 'parse', from, pattern }
  }
  if (found.kind !== 'text')
    throw new QuerySyntaxError('parse takes a text with * or a /regular expression/', found.start, found.end)
  tokens.expect('as')
  const names = [readName(tokens)]
  while (tokens.take(',')) names.push(readName(tokens))
  const parts = found.text.split('*')
  if (parts.length - 1 !== names.length)
    throw new QuerySyntaxError(
      `${parts.length - 1} * and ${names.length} names do not go together`,
      found.start,
      found.end,
    )
  return { kind: 'parse', from, pattern: { source: globSource(parts), flags: 's', names, groups: 'numbered' } }
}

/** Each `*` takes as little as it can, the last one all that is left when nothing follows it. */
const globSource = (parts: readonly string[]): string =>
  parts
    .map(
      (part, index) =>
        `${index === 0 ? '' : index === parts.length - 1 && part === '' ? '(.*)' : '(.*?)'}${RE2JS.quote(part)}`,
    )
    .join('')

function compiled(source: string, flags: string, at: { start: number; end: number }): RE2JS {
  try {
    return RE2JS.compile(source, flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0)
  } catch (error) {
    throw new QuerySyntaxError(`/${source}/ cannot be read: ${(error as Error).message}`, at.start, at.end)
  }
}

function checked<T extends readonly { readonly expression: Expression }[]>(tokens: QueryTokens, columns: T): T {
  for (const { expression } of columns) check(tokens, expression)
  return columns
}

/** Every call is of a function that is known, with as many arguments as it takes. */
function check(tokens: QueryTokens, expression: Expression): Expression {
  if (expression.kind === 'regex') compiled(expression.source, expression.flags, { start: 0, end: 0 })
  if (expression.kind === 'list') for (const item of expression.items) check(tokens, item)
  if (expression.kind !== 'call') return expression
  const { name, of } = expression
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!known) {
    const where = Object.hasOwn(aggregates, name)
      ? `${name} belongs to the command stats`
      : `the function ${name} is not known or not served`
    throw tokens.fail(where)
  }
  const [least, most] = known.takes
  if (of.length < least || of.length > most)
    throw tokens.fail(`${name} takes ${least === most ? least : `${least} to ${most}`} arguments, not ${of.length}`)
  if (name === 'datefloor' || name === 'dateceil') checkPeriod(tokens, of[1])
  for (const argument of of) check(tokens, argument)
  return expression
}

function checkPeriod(tokens: QueryTokens, period: Expression | undefined): void {
  const written = period?.kind === 'literal' ? String(period.value) : ''
  if (periodOf(written) === undefined) throw tokens.fail('a period is a number and ms, s, m, h, d or w, such as 5m')
}

/** One aggregate, or arithmetic on several. */
function checkAggregate(tokens: QueryTokens, expression: Expression): void {
  if (expression.kind === 'literal') return
  if (expression.kind !== 'call') throw tokens.fail('stats takes functions such as count(*) or avg(field)')
  const { name, of } = expression
  const known = Object.hasOwn(aggregates, name) ? aggregates[name] : undefined
  if (!known) {
    if (!Object.hasOwn(functions, name)) throw tokens.fail(`the function ${name} is not known or not served`)
    for (const argument of of) checkAggregate(tokens, argument)
    return
  }
  const [least, most] = known.takes
  if (of.length < least || of.length > most)
    throw tokens.fail(`${name} takes ${least} to ${most} arguments, not ${of.length}`)
  for (const argument of of) check(tokens, argument)
}
