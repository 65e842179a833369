import { type Aggregate, aggregates, QueryLimitError } from './query-aggregate.ts'
import { compare, functions, isTrue } from './query-function.ts'
import { compile, evaluator, type QueryRecord } from './query-record.ts'
import type { Column, Command, Expression, Value } from './query-syntax.ts'

/** One step of a query; records are pushed through, and `end` gives what was held back. */
export interface Stage {
  push(record: QueryRecord): void
  end(): void
  /** Nothing more is wanted. */
  readonly full: boolean
}

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

/** Records, and groups, that a query may hold, and bytes of their messages. */
const most = { records: 100_000, bytes: 64 * 1024 * 1024 }

/** Makes the stage of a command before `next`. `kept` is how many records the commands after a sort want at most. */
export function stageOf(command: Command, next: Stage, kept: number): Stage {
  switch (command.kind) {
    case 'fields':
    case 'display':
      return fields(command.columns, next)
    case 'filter':
      return filter(command, next)
    case 'parse':
      return parse(command, next)
    case 'limit':
      return limit(command.count, next)
    case 'dedup':
      return dedup(command, next)
    case 'sort':
      return sort(command, next, kept)
    case 'stats':
      return stats(command, next)
  }
}

const passing = (next: Stage, push: (record: QueryRecord) => void): Stage => ({
  push,
  end: () => next.end(),
  get full() {
    return next.full
  },
})

/** Only what is calculated is kept; plain fields are read where they are shown. */
function fields(columns: readonly Column[], next: Stage): Stage {
  const made = columns
    .filter(({ name, expression }) => expression.kind !== 'field' || expression.name !== name)
    .map(({ name, expression }) => [name, evaluator(expression)] as const)
  return passing(next, record => {
    for (const [name, value] of made) record.fields.set(name, value(record))
    next.push(record)
  })
}

function filter({ condition }: Of<'filter'>, next: Stage): Stage {
  const holds = evaluator(condition)
  return passing(next, record => {
    if (isTrue(holds(record))) next.push(record)
  })
}

function parse({ from, pattern }: Of<'parse'>, next: Stage): Stage {
  const read = evaluator(from)
  const regex = compile(pattern.source, pattern.flags)
  return passing(next, record => {
    const value = read(record)
    const matcher = regex.matcher(value === undefined ? '' : String(value))
    if (value !== undefined && matcher.find())
      for (const [index, name] of pattern.names.entries()) {
        const found = pattern.groups === 'named' ? matcher.group(name) : matcher.group(index + 1)
        if (found !== null) record.fields.set(name, found)
      }
    next.push(record)
  })
}

function limit(count: number, next: Stage): Stage {
  let left = count
  return {
    push(record) {
      if (left > 0) next.push(record)
      left -= 1
    },
    end: () => next.end(),
    get full() {
      return left <= 0 || next.full
    },
  }
}

/** The first record of each combination of values; one that lacks a field is not compared. */
function dedup({ fields: of }: Of<'dedup'>, next: Stage): Stage {
  const values = of.map(evaluator)
  const seen = new Set<string>()
  return passing(next, record => {
    const key = values.map(value => value(record))
    if (key.every(value => value !== undefined)) {
      const text = JSON.stringify(key)
      if (seen.has(text)) return
      if (seen.size >= most.records) throw new QueryLimitError(`dedup meets more than ${most.records} different values`)
      seen.add(text)
    }
    next.push(record)
  })
}

interface Sorted {
  readonly record: QueryRecord
  readonly keys: readonly Value[]
  readonly order: number
}

/** Holds twice of what is wanted at most, the best of what came so far. */
function sort({ keys }: Of<'sort'>, next: Stage, kept: number): Stage {
  const of = keys.map(key => evaluator(key.of))
  const better = (a: Sorted, b: Sorted): number => {
    for (const [index, { descending }] of keys.entries()) {
      const order = compare(a.keys[index], b.keys[index])
      if (order !== 0) return descending ? -order : order
    }
    return a.order - b.order
  }
  let held: Sorted[] = []
  let [count, bytes] = [0, 0]
  const prune = () => {
    held = held.sort(better).slice(0, kept)
    bytes = held.reduce((sum, { record }) => sum + sizeOf(record), 0)
  }
  return {
    push(record) {
      held.push({ record, keys: of.map(value => value(record)), order: count++ })
      bytes += sizeOf(record)
      if (held.length >= kept * 2 || bytes > most.bytes) prune()
      if (held.length > most.records || bytes > most.bytes)
        throw new QueryLimitError(
          `sort holds more than ${most.records} records or ${most.bytes} bytes; a limit after it bounds it`,
        )
    },
    end() {
      prune()
      for (const { record } of held) next.push(record)
      next.end()
    },
    full: false,
  }
}

const sizeOf = ({ event }: QueryRecord): number => (event?.message.length ?? 0) + 200

interface Group {
  readonly by: readonly Value[]
  readonly columns: readonly Summing[]
}

/** A column of `stats` in one group: it takes records, and has a value in the end. */
interface Summing {
  add(record: QueryRecord): void
  value(): Value
}

function stats({ columns, by }: Of<'stats'>, next: Stage): Stage {
  const keys = by.map(({ expression }) => evaluator(expression))
  const groups = new Map<string, Group>()
  return {
    push(record) {
      const values = keys.map(key => key(record))
      const key = JSON.stringify(values.map(value => value ?? null))
      const found = groups.get(key) ?? { by: values, columns: columns.map(({ expression }) => summing(expression)) }
      if (!groups.has(key)) {
        if (groups.size >= most.records) throw new QueryLimitError(`stats meets more than ${most.records} groups`)
        groups.set(key, found)
      }
      for (const column of found.columns) column.add(record)
    },
    end() {
      if (groups.size === 0 && by.length === 0)
        groups.set('', { by: [], columns: columns.map(({ expression }) => summing(expression)) })
      for (const group of groups.values()) {
        const record: QueryRecord = { fields: new Map() }
        for (const [index, { name }] of by.entries()) record.fields.set(name, group.by[index])
        for (const [index, { name }] of columns.entries()) record.fields.set(name, group.columns[index]?.value())
        next.push(record)
      }
      next.end()
    },
    full: false,
  }
}

/** An aggregate, or arithmetic on several. */
function summing(expression: Expression): Summing {
  if (expression.kind === 'literal') return { add() {}, value: () => expression.value }
  if (expression.kind !== 'call') throw new Error(`A ${expression.kind} is no aggregate.`)
  const { name, of } = expression
  const begun = Object.hasOwn(aggregates, name) ? aggregates[name]?.begin() : undefined
  if (begun) return aggregated(begun, of.map(evaluator))
  const parts = of.map(summing)
  return {
    add(record) {
      for (const part of parts) part.add(record)
    },
    value: () => functions[name]?.run(...parts.map(part => part.value())),
  }
}

const aggregated = (aggregate: Aggregate, values: readonly ((record: QueryRecord) => Value)[]): Summing => ({
  add: record =>
    aggregate.add(
      values.map(value => value(record)),
      record.event?.time ?? 0,
    ),
  value: () => aggregate.result,
})
