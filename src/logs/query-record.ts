import { RE2JS } from 're2js'
import { functions } from './query-function.ts'
import type { Expression, Value } from './query-syntax.ts'

/** An event as a query sees it. */
export interface QueryEvent {
  readonly time: number
  readonly ingested: number
  readonly message: string
  readonly stream: string
  /** `ACCOUNT:GROUP`. */
  readonly log: string
  readonly pointer: string
}

/** What goes through a query: an event with the fields that were made of it, or the fields of a group of `stats`. */
export interface QueryRecord {
  readonly event?: QueryEvent
  readonly fields: Map<string, Value>
  /** The message read as JSON, once somebody has asked; null for what is none. */
  document?: unknown
}

/** Fields that Logs Insights finds in every event (User Guide, "Supported logs and discovered fields"). */
const discovered: Readonly<Record<string, (event: QueryEvent) => Value>> = {
  '@timestamp': event => event.time,
  '@ingestionTime': event => event.ingested,
  '@message': event => event.message,
  '@logStream': event => event.stream,
  '@log': event => event.log,
  '@ptr': event => event.pointer,
}

/** The value of a field: one that the query has made, a discovered one, or one of a message in JSON: `a.b.0`. */
export function fieldOf(record: QueryRecord, name: string): Value {
  if (record.fields.has(name)) return record.fields.get(name)
  const { event } = record
  if (!event) return undefined
  if (Object.hasOwn(discovered, name)) return discovered[name]?.(event)
  record.document ??= parseJson(event.message)
  return scalar(memberOf(record.document, name))
}

function parseJson(message: string): unknown {
  if (!/^\s*[[{]/.test(message)) return null
  try {
    return JSON.parse(message)
  } catch {
    return null
  }
}

function memberOf(document: unknown, path: string): unknown {
  if (typeof document !== 'object' || document === null) return undefined
  if (Object.hasOwn(document, path)) return (document as Record<string, unknown>)[path]
  return path
    .split('.')
    .reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, key)
          ? (at as Record<string, unknown>)[key]
          : undefined,
      document,
    )
}

const scalar = (value: unknown): Value =>
  typeof value === 'string' || typeof value === 'number'
    ? value
    : typeof value === 'boolean'
      ? String(value)
      : undefined

/** The function that gives an expression's value for a record. Regular expressions run in linear time. */
export function evaluator(expression: Expression): (record: QueryRecord) => Value {
  if (expression.kind === 'literal') return () => expression.value
  if (expression.kind === 'field') return record => fieldOf(record, expression.name)
  if (expression.kind !== 'call') throw new Error(`A ${expression.kind} has no value.`)
  const { name, of } = expression
  const called = functions[name]
  if (!called) throw new Error(`The function ${name} is not known.`)
  const operands = of.map(argument)
  return record => called.run(...operands.map(operand => operand(record)))
}

/** A regular expression and a list stand for themselves. */
function argument(expression: Expression): (record: QueryRecord) => unknown {
  if (expression.kind === 'regex') {
    const regex = compile(expression.source, expression.flags)
    return () => regex
  }
  if (expression.kind !== 'list') return evaluator(expression)
  const items = expression.items.map(evaluator)
  return record => items.map(item => item(record))
}

/** A regular expression of a query; `i` and `s` are its flags. */
export const compile = (source: string, flags: string): RE2JS =>
  RE2JS.compile(source, (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) | (flags.includes('s') ? RE2JS.DOTALL : 0))
