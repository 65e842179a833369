/** The parts of an OSV record that are read. Source: Open Source Vulnerability format, version 1.7. */
export interface OsvRecord {
  readonly id: string
  readonly modified: string
  readonly withdrawn?: string
  readonly aliases?: readonly string[]
  readonly upstream?: readonly string[]
  readonly related?: readonly string[]
  readonly summary?: string
  readonly details?: string
  readonly severity?: readonly OsvSeverity[]
  readonly affected?: readonly OsvAffected[]
  readonly references?: readonly { readonly type?: string; readonly url?: string }[]
  readonly database_specific?: Readonly<Record<string, unknown>>
}

export interface OsvSeverity {
  readonly type: string
  readonly score: string
}

export interface OsvAffected {
  readonly package?: { readonly ecosystem: string; readonly name: string }
  readonly severity?: readonly OsvSeverity[]
  readonly ranges?: readonly OsvRange[]
  readonly versions?: readonly string[]
  readonly ecosystem_specific?: Readonly<Record<string, unknown>>
  readonly database_specific?: Readonly<Record<string, unknown>>
}

export interface OsvRange {
  readonly type: string
  readonly events: readonly Readonly<Record<string, string>>[]
}

/** Checks that a parsed document is a record whose parts have the form of the specification. Throws an Error that names the part. */
export function requireOsvRecord(document: unknown): OsvRecord {
  const record = object(document, 'the record')
  text(record.id, 'id')
  time(record.modified, 'modified')
  if (record.withdrawn !== undefined) time(record.withdrawn, 'withdrawn')
  for (const part of ['summary', 'details']) if (record[part] !== undefined) text(record[part], part, true)
  for (const part of ['aliases', 'upstream', 'related'])
    for (const id of list(record[part], part)) text(id, `a member of ${part}`)
  severities(record.severity, 'severity')
  for (const reference of list(record.references, 'references')) object(reference, 'a member of references')
  for (const [index, member] of list(record.affected, 'affected').entries())
    requireAffected(member, `affected[${index}]`)
  return record as unknown as OsvRecord
}

function requireAffected(member: unknown, where: string): void {
  const affected = object(member, where)
  if (affected.package !== undefined) {
    const { ecosystem, name } = object(affected.package, `${where}.package`)
    text(ecosystem, `${where}.package.ecosystem`)
    text(name, `${where}.package.name`)
  }
  severities(affected.severity, `${where}.severity`)
  for (const version of list(affected.versions, `${where}.versions`)) text(version, `a member of ${where}.versions`)
  for (const [index, given] of list(affected.ranges, `${where}.ranges`).entries()) {
    const range = object(given, `${where}.ranges[${index}]`)
    text(range.type, `${where}.ranges[${index}].type`)
    for (const event of list(range.events, `${where}.ranges[${index}].events`))
      for (const version of Object.values(object(event, 'an event')))
        text(version, `an event of ${where}.ranges[${index}]`)
  }
}

function severities(given: unknown, where: string): void {
  for (const severity of list(given, where)) {
    const { type, score } = object(severity, `a member of ${where}`)
    text(type, `${where}.type`)
    text(score, `${where}.score`)
  }
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`)
  return value as Record<string, unknown>
}

function list(value: unknown, what: string): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Error(`${what} is not a list`)
  return value
}

function text(value: unknown, what: string, empty = false): void {
  if (typeof value !== 'string' || (value === '' && !empty)) throw new Error(`${what} is not a text`)
}

function time(value: unknown, what: string): void {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw new Error(`${what} is not a time`)
}
