import { constraintsOf, isBroken } from '../../src/model/constraint.ts'
import type { OperationModel, ServiceModel, Shape, ShapeRef } from '../../src/model/service-model.ts'
import { sampleOf } from './sample.ts'

/** An input that is right but for one thing. */
export interface BrokenInput {
  /** Where AWS's messages say it is; undefined when the value cannot be read at all. */
  readonly told: string | undefined
  readonly what: string
  readonly value: unknown
  /** Where the member travels, when it is not in the body. */
  readonly location?: ShapeRef['location']
}

/** Each constraint that an operation's model states, broken once, and each member once of a wrong type. */
export function brokenInputs(model: ServiceModel, operation: OperationModel): BrokenInput[] {
  if (!operation.input) return []
  const query = model.metadata.protocol === 'query' || model.metadata.protocol === 'rest-xml'
  return [...breaks({ model, query, done: new Set() }, operation.input, '', [])]
}

interface Making {
  readonly model: ServiceModel
  /** Everything is text on the wire. */
  readonly query: boolean
  /** Shapes that are broken already: one that comes again holds the same constraints. */
  readonly done: Set<string>
}

function* breaks(making: Making, ref: ShapeRef, told: string, within: readonly string[]): Generator<BrokenInput> {
  const shape = making.model.shapes[ref.shape] as Shape
  if (shape.eventstream || shape.document || within.includes(ref.shape)) return
  const deeper = [...within, ref.shape]
  if (shape.type === 'structure') yield* structureBreaks(making, ref, shape, told, deeper)
  else if (shape.type === 'list') yield* listBreaks(making, shape, told, deeper)
  else if (shape.type === 'map') yield* mapBreaks(making, ref, shape, told, deeper)
  else yield* scalarBreaks(making, shape, told)
}

function* structureBreaks(
  making: Making,
  ref: ShapeRef,
  shape: Shape,
  told: string,
  within: readonly string[],
): Generator<BrokenInput> {
  if (making.done.has(ref.shape)) return
  making.done.add(ref.shape)
  const sample = traceable(making, ref, sampleOf(making.model, ref) as Record<string, unknown>)
  for (const name of shape.required ?? []) {
    // A raw body that is left out is an empty one.
    if (shape.payload === name && isPlain(making.model.shapes[shape.members?.[name]?.shape ?? ''] as Shape)) continue
    const { [name]: _, ...others } = sample
    if (making.query && told !== '' && Object.keys(others).length === 0) continue
    const location = shape.members?.[name]?.location
    yield { told: join(told, name), what: 'left out', value: others, location }
  }
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    if (member.streaming || (shape.payload === name && making.model.shapes[member.shape]?.type === 'blob')) continue
    const base = shape.union ? {} : sample
    for (const broken of breaks(making, member, join(told, name), within))
      yield { ...broken, value: { ...base, [name]: broken.value }, location: member.location ?? broken.location }
    const wrong = wrongType(making, making.model.shapes[member.shape] as Shape)
    if (wrong !== undefined)
      yield {
        told: undefined,
        what: `${join(told, name)} of a wrong type`,
        value: { ...base, [name]: wrong },
        location: member.location,
      }
  }
}

/** Structures without members leave no trace in a form: they are given their first one. */
function traceable(making: Making, ref: ShapeRef, sample: Record<string, unknown>): Record<string, unknown> {
  if (!making.query) return sample
  const members = making.model.shapes[ref.shape]?.members ?? {}
  const filled = Object.entries(sample).map(([name, value]) => {
    const inner = members[name] as ShapeRef
    const shape = making.model.shapes[inner.shape] as Shape
    const [[first, firstRef] = []] = Object.entries(shape.members ?? {})
    const empty = shape.type === 'structure' && Object.keys(value as object).length === 0
    return [name, empty && first && firstRef ? { [first]: sampleOf(making.model, firstRef) } : value]
  })
  return Object.fromEntries(filled)
}

function* listBreaks(making: Making, shape: Shape, told: string, within: readonly string[]): Generator<BrokenInput> {
  const item = shape.member as ShapeRef
  const sample = sampleOf(making.model, item, within)
  const { min = 0, max = Number.POSITIVE_INFINITY } = shape
  // Structures without members leave no trace in a form.
  const traceless = making.query && Object.keys(Object(sample)).length === 0 && typeof sample === 'object'
  if (max < 200 && !traceless)
    yield { told, what: 'too many items', value: Array.from({ length: max + 1 }, () => sample) }
  if (min > 0) yield { told, what: 'too few items', value: Array.from({ length: min - 1 }, () => sample) }
  const rest = Array.from({ length: min > 1 ? min - 1 : 0 }, () => sample)
  const plain = isPlain(making.model.shapes[item.shape] as Shape)
  for (const broken of breaks(making, item, plain ? told : `${told}.1.member`, within))
    yield { ...broken, value: [broken.value, ...rest] }
}

function* mapBreaks(
  making: Making,
  ref: ShapeRef,
  shape: Shape,
  told: string,
  within: readonly string[],
): Generator<BrokenInput> {
  const [[key, value] = ['', undefined]] = Object.entries(sampleOf(making.model, ref) as object)
  const { max = Number.POSITIVE_INFINITY } = shape
  const keys = making.model.shapes[shape.key?.shape ?? ''] as Shape
  const many = Object.fromEntries(Array.from({ length: max < 200 ? max + 1 : 0 }, (_, index) => [`k${index}`, value]))
  if (max < 200 && !isBroken(keys, 'k0')) yield { told, what: 'too many entries', value: many }
  for (const broken of scalarBreaks(making, keys, told))
    if (broken.value !== '') yield { ...broken, what: `key ${broken.what}`, value: { [broken.value as string]: value } }
  const plain = isPlain(making.model.shapes[shape.value?.shape ?? ''] as Shape)
  for (const broken of breaks(making, shape.value as ShapeRef, plain ? told : `${told}.${key}.member`, within))
    yield { ...broken, value: { [key]: broken.value } }
}

const longest = 100_000

function* scalarBreaks(making: Making, shape: Shape, told: string): Generator<BrokenInput> {
  const { min, max, pattern } = shape
  if (shape.type === 'string' || shape.type === 'character') {
    const sample = sampleOf(making.model, { shape: nameOf(making.model, shape) }) as string
    if (max !== undefined && max < longest)
      yield { told, what: 'too long', value: sample + (sample.at(-1) ?? 'a').repeat(max + 1 - sample.length) }
    if (min !== undefined && min > 0) yield { told, what: 'too short', value: sample.slice(0, min - 1) }
    if (shape.enum) yield { told, what: 'none of the values', value: 'no-such-value' }
    const odd = pattern === undefined ? undefined : mismatch(shape)
    if (odd !== undefined) yield { told, what: 'not of the pattern', value: odd }
  } else if (shape.type === 'blob') {
    if (max !== undefined && max < longest) yield { told, what: 'too long', value: new Uint8Array(max + 1) }
    if (min !== undefined && min > 0) yield { told, what: 'too short', value: new Uint8Array(min - 1) }
  } else if (typeof min === 'number' || typeof max === 'number') {
    if (min !== undefined) yield { told, what: 'too small', value: min - 1 }
    if (max !== undefined && max < 2 ** 31 - 1) yield { told, what: 'too large', value: max + 1 }
  }
}

const nameOf = (model: ServiceModel, shape: Shape): string =>
  Object.keys(model.shapes).find(name => model.shapes[name] === shape) as string

/** A text of an allowed length that breaks the pattern. */
function mismatch(shape: Shape): string | undefined {
  const { min = 0 } = shape
  const rules = constraintsOf(shape)
  const fits = (text: string) =>
    rules.filter(rule => !rule.holds(text)).every(rule => rule.text.includes('regular expression'))
  return ['!', '\u0001', ' ', '*', '\ud83d\ude00', 'x', '\n']
    .map(text => text.repeat(Math.max(1, min)))
    .find(text => isBroken(shape, text) && fits(text))
}

function wrongType({ query }: Making, { type }: Shape): unknown {
  if (type === 'integer' || type === 'long' || type === 'float' || type === 'double') return 'many'
  if (type === 'boolean') return 'maybe'
  if (type === 'timestamp') return 'never'
  if (query) return undefined
  if (type === 'string') return { text: 'inside' }
  return type === 'blob' ? '***' : 'text'
}

const isPlain = ({ type }: Shape): boolean => type !== 'structure' && type !== 'list' && type !== 'map'

const join = (path: string, name: string): string =>
  `${path === '' ? '' : `${path}.`}${name.charAt(0).toLowerCase()}${name.slice(1)}`
