import type { Readable } from 'node:stream'
import { cellsOf } from './csv-cells.ts'
import { lines } from './splitter-lines.ts'

/** One record that a model is asked about: its values by their columns, `#bytes` and `#columns` among them. */
export type InputRecord = ReadonlyMap<string, string>

const mostColumns = 100
const deepest = 4
const longestName = 64
/** Of one line, or of a body that is one record. */
const mostBytes = 6 * 1024 * 1024
/** Of a longer record nothing but its size is told: to parse it would hold all others up. */
const mostParsed = 1024 * 1024

const lineTypes = ['text/csv', 'application/jsonlines', 'application/x-jsonlines']
const typeOf = (contentType: string): string => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** The records of an object as it is read, however large; a body that is no lines and too large has none. Throws a ServiceError for a line that is too long. */
export async function* readRecords(body: Readable, size: number, contentType: string): AsyncGenerator<InputRecord> {
  try {
    if (lineTypes.includes(typeOf(contentType)))
      for await (const line of lines(body, mostBytes)) yield* recordsOf(line, contentType)
    else if (size <= mostBytes) yield* recordsOf(Buffer.concat(await body.toArray()), contentType)
  } finally {
    body.destroy()
  }
}

/**
 * The records of a body: lines of CSV and JSON Lines, members of a JSON array or of its `instances`; of any other type, and of JSON of more than
 * 1 MiB, the body is one record of which nothing but its size is told. What cannot be read, or is a longer line, has no values.
 */
export function* recordsOf(body: Uint8Array, contentType: string): Generator<InputRecord> {
  const type = typeOf(contentType)
  const text = () => Buffer.from(body).toString()
  const read = type === 'text/csv' ? cellsOf : parsed
  if (lineTypes.includes(type))
    for (const line of linesOf(text())) yield record(line.length, line.length > mostParsed ? [] : read(line))
  else if (type === 'application/json' && body.byteLength <= mostParsed) yield* json(text())
  else yield record(body.byteLength, [])
}

/** One at a time: there may be millions. */
function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from)
    const end = found < 0 ? text.length : found
    const line = text.slice(from, text[end - 1] === '\r' ? end - 1 : end)
    if (line !== '') yield line
    from = end + 1
  }
}

function* json(text: string): Generator<InputRecord> {
  const whole = parsed(text)
  const instances = Array.isArray(whole) ? whole : (whole as { instances?: unknown } | undefined)?.instances
  if (!Array.isArray(instances)) yield record(text.length, whole)
  else for (const each of instances) yield record(JSON.stringify(each).length, each)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function record(bytes: number, value: unknown): InputRecord {
  const values = new Map<string, string>()
  flatten(value, '', deepest, values)
  return new Map([['#bytes', String(bytes)], ['#columns', String(values.size)], ...values])
}

/** A member's path has dots; what lies deeper, or has a longer name, is left out. */
function flatten(value: unknown, path: string, depth: number, into: Map<string, string>): void {
  if (into.size >= mostColumns || path.length > longestName || path.startsWith('#')) return
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined && value !== null) into.set(path || '0', String(value))
    return
  }
  if (depth === 0) return
  const members = Array.isArray(value) ? value.slice(0, mostColumns) : value
  for (const name in members) flatten(Reflect.get(members, name), path ? `${path}.${name}` : name, depth - 1, into)
}
