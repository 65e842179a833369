/**
 * Where a condition key finds its values in an input: members from the input down, `[]` after a list of which every item counts:
 * `InputDataConfig[].DataSource.FileSystemDataSource.FileSystemId`. `otherwise` is the value of a member that is left out where
 * what holds it is there: a default that AWS fills in.
 */
export type KeySource = string | { readonly path: string; readonly otherwise: string }

/** By operation, then by key: one source or several. A key that ends in `/${…}` is a family, one key for each entry of a map. */
export type ConditionTable = Readonly<Record<string, Readonly<Record<string, KeySource | readonly KeySource[]>>>>

export type Conditions = Readonly<Record<string, readonly string[]>>

/** The condition keys that a request gives by its input. A key without a value is absent. */
export function conditionsFrom(table: ConditionTable, operation: string, input: object): Conditions {
  const keys = Object.hasOwn(table, operation) ? table[operation] : undefined
  return Object.fromEntries(
    Object.entries(keys ?? {}).flatMap(([key, sources]) => {
      const found = [sources].flat().flatMap(source => valuesOf(source as KeySource, input))
      const family = /^(.*\/)\$\{\w+\}$/.exec(key)?.[1]
      return family === undefined ? single(key, found) : found.flatMap(entries => members(family, entries))
    }),
  )
}

const single = (key: string, found: readonly unknown[]): [string, string[]][] =>
  found.length === 0 ? [] : [[key, found.map(String)]]

/** A map's entries, or a `{Key, Value}` pair. */
function members(family: string, value: unknown): [string, string[]][] {
  const { Key: name, Value: text } = value as { Key?: unknown; Value?: unknown }
  const entries = typeof name === 'string' ? [[name, text]] : Object.entries(value as object)
  return entries.map(([key, one]) => [family + key, [String(one)]])
}

function valuesOf(source: KeySource, input: object): unknown[] {
  const { path, otherwise } = typeof source === 'string' ? { path: source, otherwise: undefined } : source
  const steps = path.split('.')
  let found: unknown[] = [input]
  for (const [index, step] of steps.entries()) {
    const isList = step.endsWith('[]')
    const name = isList ? step.slice(0, -2) : step
    const next = found.map(holder => (holder as Record<string, unknown>)[name])
    const filled = index === steps.length - 1 ? next.map(value => value ?? otherwise) : next
    found = filled.flatMap(value => (value === undefined ? [] : isList ? (value as unknown[]) : [value]))
  }
  return found
}
