import { writeTime } from './query-function.ts'
import { mostResults, parseQuery } from './query-language.ts'
import { fieldOf, type QueryEvent, type QueryRecord } from './query-record.ts'
import { type Stage, stageOf } from './query-stage.ts'
import type { Column, Command, Expression } from './query-syntax.ts'

/** A row of results: fields and their values; those that a record lacks are left out. */
export type ResultRow = readonly { readonly field: string; readonly value: string }[]

export interface QueryResult {
  readonly rows: readonly ResultRow[]
  readonly recordsMatched: number
  /** Rows that were left out because the results would be too large. */
  readonly skipped: number
}

export interface QueryRun {
  /** Takes events, the newest first; false when no more are wanted. */
  feed(events: readonly QueryEvent[]): boolean
  finish(): QueryResult
}

/** Characters of all results together. */
const mostCharacters = 6 * 1024 * 1024

/**
 * Runs a query over the events that it is fed. `limit` holds where the query has none of its own; `mixed` says that events come of several
 * groups, so that their order is not that of their time. Throws QuerySyntaxError, and QueryLimitError for what holds too much.
 */
export function createQueryRun(query: string, limit: number, mixed: boolean): QueryRun {
  const commands = ordered(parseQuery(query), mixed)
  // A limit of the query's own replaces the default.
  const most = commands.some(({ kind }) => kind === 'limit') ? mostResults : limit
  const columns = shownColumns(commands)
  const rows: ResultRow[] = []
  let [matched, characters, skipped] = [0, 0, 0]
  const match = () => {
    matched += 1
  }
  const sink: Stage = {
    push(record) {
      const row = rowOf(record, columns)
      characters += row.reduce((sum, { field, value }) => sum + field.length + value.length, 0)
      if (characters > mostCharacters) skipped += 1
      else rows.push(row)
    },
    end() {},
    full: false,
  }
  const last: Stage = stageOf({ kind: 'limit', count: most }, sink, most)
  const counted = commands.findLastIndex(({ kind }, at) => kind === 'filter' && !commands.slice(0, at).some(holdsBack))
  let stage = last
  for (const [at, command] of [...commands.entries()].reverse()) {
    if (at === counted) stage = counting(stage, match)
    stage = stageOf(command, stage, wantedAfter(commands.slice(at + 1), most))
  }
  if (counted < 0) stage = counting(stage, match)
  return {
    feed(events) {
      for (const event of events) {
        if (stage.full) return false
        stage.push({ event, fields: new Map() })
      }
      return !stage.full
    },
    finish() {
      stage.end()
      return { rows, recordsMatched: matched, skipped }
    },
  }
}

const holdsBack = ({ kind }: Command): boolean => ['stats', 'limit', 'sort', 'dedup'].includes(kind)

const counting = (next: Stage, count: () => void): Stage => ({
  push(record) {
    count()
    next.push(record)
  },
  end: () => next.end(),
  get full() {
    return next.full
  },
})

/** The newest come first where a query has no order of its own. */
function ordered(commands: readonly Command[], mixed: boolean): readonly Command[] {
  const at = commands.findIndex(holdsBack)
  if (!mixed || commands.some(({ kind }) => kind === 'stats' || kind === 'sort')) return commands
  const newest: Command = { kind: 'sort', keys: [{ of: { kind: 'field', name: '@timestamp' }, descending: true }] }
  return at < 0 ? [...commands, newest] : commands.toSpliced(at, 0, newest)
}

/** How many records a sort has to keep for the commands after it: all of them if something still chooses. */
function wantedAfter(after: readonly Command[], limit: number): number {
  const next = after.find(({ kind }) => !['fields', 'display', 'parse'].includes(kind))
  if (!next) return limit
  return next.kind === 'limit' ? next.count : Number.POSITIVE_INFINITY
}

/** What is shown: the last display; else groups and their sums; else all fields that were asked for; else time, message and what was parsed. */
function shownColumns(commands: readonly Command[]): Column[] {
  const last = commands.findLast(({ kind }) => kind === 'display')
  if (last?.kind === 'display') return [...last.columns]
  const from = commands.findLastIndex(({ kind }) => kind === 'stats')
  const sums = commands[from]
  const shown = commands.slice(from + 1).flatMap(command => (command.kind === 'fields' ? command.columns : []))
  if (sums?.kind === 'stats') return distinct([...sums.by, ...sums.columns, ...shown])
  if (shown.length > 0) return distinct(shown)
  const parsed = commands.flatMap(command => (command.kind === 'parse' ? command.pattern.names : []))
  return distinct(['@timestamp', '@message', ...parsed].map(name => ({ name, expression: { kind: 'field', name } })))
}

const distinct = (columns: readonly Column[]): Column[] => [
  ...new Map(columns.map(column => [column.name, column])).values(),
]

function rowOf(record: QueryRecord, columns: readonly Column[]): ResultRow {
  const shown = columns.flatMap(({ name, expression }) => {
    const value = fieldOf(record, name)
    if (value === undefined) return []
    return [{ field: name, value: typeof value === 'number' && isTime(expression) ? writeTime(value) : String(value) }]
  })
  const pointer =
    record.event && !columns.some(({ name }) => name === '@ptr') ? [{ field: '@ptr', value: record.event.pointer }] : []
  return [...shown, ...pointer]
}

/** Times are numbers while a query works with them, and shown as text. */
const isTime = (expression: Expression): boolean =>
  expression.kind === 'field'
    ? expression.name === '@timestamp' || expression.name === '@ingestionTime'
    : expression.kind === 'call' &&
      ['min', 'max', 'earliest', 'latest', 'sortsfirst', 'sortslast'].includes(expression.name) &&
      expression.of.some(isTime)
