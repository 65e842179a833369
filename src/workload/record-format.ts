import { isJsonObject, parseExactJson } from './exact-json.ts'

/** How records of a content type are read and written. */
export interface Format {
  /** Throws an Error where there is no record to read. */
  read(text: string): Records
  write(record: unknown): string
  join(input: unknown, answer: unknown): unknown
  stamp(record: unknown, id: string, time: string): unknown
}

/** Records that are taken apart one at a time: all of them at once would be thirty times as large as their text. */
export interface Records extends Iterable<unknown> {
  readonly count: number
}

/** Rows are arrays of fields that keep their quotes, so that what is not selected away comes out as it went in. */
const csv: Format = {
  read: text => linesAs(text, fieldsOf),
  write: record => (Array.isArray(record) ? record : [record]).join(','),
  join: (input, answer) => (input as string[]).concat(answer as string[]),
  stamp: (record, id, time) => [record, id, time].flat(),
}

const json: Format = {
  /** One value, however it is laid out, or one on each line. */
  read(text) {
    try {
      return Object.assign([parseBounded(text)], { count: 1 })
    } catch (error) {
      const isOne = text.trim() !== '' && !text.trimEnd().includes('\n')
      if (isOne) throw error
      return linesAs(text, parseBounded)
    }
  },
  write: record => JSON.stringify(record),
  join: (input, answer) =>
    isJsonObject(input) ? { ...input, SageMakerOutput: answer } : { SageMakerInput: input, SageMakerOutput: answer },
  stamp: (record, id, time) => ({
    ...(isJsonObject(record) ? record : { SageMakerOutput: record }),
    SageMakerInferenceId: id,
    SageMakerInferenceTime: time,
  }),
}

export const formats: Readonly<Record<string, Format>> = {
  'text/csv': csv,
  'application/json': json,
  'application/jsonlines': json,
  'application/x-jsonlines': json,
}

/** Characters of one record: several copies of it are made. */
const mostCharacters = 8 * 1024 * 1024
/** Values and names of one record: some hundred bytes each, once they are taken apart. */
const mostMembers = 750_000

function parseBounded(text: string): unknown {
  requireShort(text)
  if (text.length > mostMembers && membersOf(text) > mostMembers)
    throw new RangeError(`a record has more than ${mostMembers} members`)
  return parseExactJson(text)
}

function requireShort(text: string): void {
  if (text.length > mostCharacters) throw new RangeError(`a record has more than ${mostCharacters} characters`)
}

/** As many at least. */
function membersOf(text: string): number {
  let members = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (sign === ',' || sign === '[' || sign === '{' || sign === ':') members++
  }
  return members
}

function linesAs(text: string, read: (line: string) => unknown): Records {
  let count = 0
  for (const _ of lines(text)) count++
  return {
    count,
    *[Symbol.iterator]() {
      for (const line of lines(text)) yield read(line)
    },
  }
}

/** Those that are not empty. */
function* lines(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end)
    if (line !== '') yield line
    start = end + 1
  }
}

/** A comma parts fields unless it stands in a field that begins with a quote and has not ended it. */
function fieldsOf(row: string): string[] {
  requireShort(row)
  const fields: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < row.length; at++) {
    if (row[at] === '"' && row[start] === '"') quoted = !quoted
    if (row[at] !== ',' || quoted) continue
    fields.push(row.slice(start, at))
    start = at + 1
  }
  fields.push(row.slice(start))
  return fields
}
