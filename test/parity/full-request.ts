import { load } from '../../src/model/load.ts'
import type { Shape, ShapeRef } from '../../src/model/service-model.ts'
import { type Field, fieldsOf } from '../../src/sagemaker/field-table.ts'
import { unsupported } from '../../src/sagemaker/unsupported.ts'
import { sampleOf } from './sample.ts'

/** What a request holds in certain places instead of a sample; a path covers its place in the request, lists add nothing. */
export type Overrides = Readonly<Record<string, unknown>>

const model = load('sagemaker')

/**
 * A request with every member that an operation honours or stores, but for those at or inside `without`: samples of the model,
 * values that limited members allow, and `overrides` where a value has to name something real.
 */
export function fullRequest(
  operation: string,
  without: readonly string[],
  overrides: Overrides,
): Record<string, unknown> {
  const given = new Set(
    fieldsOf(operation)
      .filter(field => isGiven(field, without))
      .map(({ path }) => path),
  )
  const allowed = Object.fromEntries(
    (unsupported[operation] ?? []).flatMap(rule => (rule.allowed ? [[rule.path, rule.allowed[0]]] : [])),
  )
  const values = { ...allowed, ...overrides }
  return fill(model.operations[operation]?.input as ShapeRef, '', { given, values }) as Record<string, unknown>
}

const isGiven = ({ path, class: what }: Field, without: readonly string[]): boolean =>
  what !== 'refused' && !without.some(left => path === left || path.startsWith(`${left}.`))

interface Filling {
  readonly given: ReadonlySet<string>
  readonly values: Overrides
}

function fill(ref: ShapeRef, path: string, filling: Filling): unknown {
  if (path in filling.values) return filling.values[path]
  const shape = model.shapes[ref.shape] as Shape
  if (shape.type === 'list') return [fill(shape.member as ShapeRef, path, filling)]
  if (shape.type !== 'structure') return sampleOf(model, ref)
  const members = Object.entries(shape.members ?? {}).map(
    ([name, member]) => [name, path ? `${path}.${name}` : name, member] as const,
  )
  const wanted = members.filter(([, at]) => filling.given.has(at))
  return Object.fromEntries(wanted.map(([name, at, member]) => [name, fill(member, at, filling)]))
}

/** The values of a request or an answer at a path; several through lists. */
export function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (value === undefined || value === null) return []
  const [first, ...rest] = path
  if (first === undefined) return [value]
  if (Array.isArray(value)) return value.flatMap(item => valuesAt(item, path))
  return valuesAt((value as Record<string, unknown>)[first], rest)
}
