import { ValidationException } from '../../ground/errors.ts'
import { load } from '../../model/load.ts'
import type { Shape } from '../../model/service-model.ts'

/** `mapped`: the values of maps and tags, which count as numbers beside a number. */
export type PropertyType = 'text' | 'number' | 'time' | 'boolean' | 'mapped' | 'structure'

/** A record as Search sees it: what Describe tells, with its tags. */
export type SearchedRecord = Readonly<Record<string, unknown>>

const shapeOf = (name: string): Shape => load('sagemaker').shapes[name] as Shape

const types: Readonly<Record<string, PropertyType>> = {
  integer: 'number', long: 'number', float: 'number', double: 'number', timestamp: 'time', boolean: 'boolean',
  structure: 'structure', map: 'structure', list: 'structure',
} // biome-ignore format: a table

/** `Tags.KEY` for every resource, `Metrics.NAME` for training jobs. Source: SageMaker API Reference, Filter. */
const named = (shape: string, name: string): boolean =>
  name.startsWith('Tags.') || (shape === 'TrainingJob' && name.startsWith('Metrics.'))

/** What a property of a resource's shape is, `A.B.C` through structures, lists and maps. Throws ValidationException for none. */
export function propertyType(shape: string, name: string): PropertyType {
  if (named(shape, name)) return name.startsWith('Metrics.') ? 'number' : 'mapped'
  let at: Shape = shapeOf(shape)
  for (const key of name.split('.')) {
    if (at.type === 'map') return 'mapped'
    const next = at.members?.[key]
    if (!next) throw new ValidationException(`Unknown property name for ${shape}: ${name}`)
    at = shapeOf(next.shape)
    if (at.type === 'list' && at.member) at = shapeOf(at.member.shape)
  }
  return types[at.type] ?? 'text'
}

/** The values of a property: one, several through lists, or none. */
export function valuesOf(record: SearchedRecord, name: string): unknown[] {
  const [first = '', ...rest] = name.split('.')
  const tail = rest.join('.')
  if (first === 'Tags' && tail)
    return listed<{ Key: string; Value: string }>(record.Tags).flatMap(tag => (tag.Key === tail ? [tag.Value] : []))
  if (first === 'Metrics')
    return listed<{ MetricName: string; Value: number }>(record.FinalMetricDataList).flatMap(metric =>
      metric.MetricName === tail ? [metric.Value] : [],
    )
  return walk(record, name)
}

const listed = <Item>(value: unknown): Item[] => (Array.isArray(value) ? (value as Item[]) : [])

/** A key of a map may hold dots itself, so the whole rest is tried first. */
function walk(value: unknown, path: string): unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.flatMap(item => walk(item, path))
  if (path === '') return [value]
  if (typeof value !== 'object') return []
  const record = value as Record<string, unknown>
  if (Object.hasOwn(record, path)) return walk(record[path], '')
  const [first = '', ...rest] = path.split('.')
  return rest.length > 0 && Object.hasOwn(record, first) ? walk(record[first], rest.join('.')) : []
}

/** Names of all properties of a shape, `A.B` for those of structures inside it; tags have theirs by key. */
export function propertyNames(shape: string): string[] {
  return [...namesOf(shapeOf(shape), '', [])].filter(name => !name.startsWith('Tags.'))
}

function* namesOf(shape: Shape, prefix: string, within: readonly Shape[]): Generator<string> {
  if (within.includes(shape)) return
  for (const [name, ref] of Object.entries(shape.members ?? {})) {
    const member = shapeOf(ref.shape)
    const inner = member.type === 'list' && member.member ? shapeOf(member.member.shape) : member
    if (inner.type === 'structure') yield* namesOf(inner, `${prefix}${name}.`, [...within, shape])
    else if (inner.type !== 'map') yield prefix + name
  }
}
