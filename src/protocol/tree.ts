import type { ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'
import { malformed } from './fault.ts'
import { decimalOf, integerOf } from './number.ts'

/** How a protocol writes the values that a tree of JSON-like data has no type for. Readers return undefined for a wrong type. */
export interface Leaves {
  readBlob(value: unknown): Uint8Array | undefined
  readTimestamp(value: unknown, format: Shape['timestampFormat']): Date | undefined
  writeBlob(value: Uint8Array): unknown
  writeTimestamp(value: Date, format: Shape['timestampFormat']): unknown
}

const deepest = 100

/**
 * Reads parsed JSON or CBOR as the shape says. Throws SerializationException naming the path for a wrong type and for a member
 * that the model does not know: AWS's clients never send one, so it is a mistake or something that is not served here.
 */
export function readTree(
  model: ServiceModel,
  ref: ShapeRef,
  value: unknown,
  leaves: Leaves,
  path = '',
  depth = 0,
): unknown {
  const shape = model.shapes[ref.shape] as Shape
  if (depth > deepest) throw malformed(`Nesting at '${path}' is deeper than ${deepest} levels.`)
  if (shape.document) return readDocument(value, path)
  switch (shape.type) {
    case 'structure':
      return readStructure(model, shape, value, leaves, path, depth)
    case 'list': {
      if (!Array.isArray(value)) throw mistyped('list', value, path)
      const item = shape.member as ShapeRef
      return value.map((entry, index) =>
        entry === null ? null : readTree(model, item, entry, leaves, `${path}[${index}]`, depth + 1),
      )
    }
    case 'map': {
      if (!isRecord(value)) throw mistyped('map', value, path)
      const item = shape.value as ShapeRef
      const map: Record<string, unknown> = {}
      for (const key of Object.keys(value)) {
        const entry = value[key]
        put(map, key, entry === null ? null : readTree(model, item, entry, leaves, `${path}.${key}`, depth + 1))
      }
      return map
    }
    default:
      return readLeaf(shape, value, leaves, path)
  }
}

/** A full PutMetricData has fewer. */
const mostNodes = 100_000

/**
 * Counts members and containers before the model is asked about each, so that a body of millions is refused early; four plain items of a
 * list count as one. Gives the same value back.
 */
export function requireFewNodes(value: unknown): unknown {
  const waiting: object[] = typeof value === 'object' && value !== null ? [value] : []
  let count = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const entries = next instanceof Uint8Array ? [] : Object.values(next)
    count += 1 + (Array.isArray(next) ? entries.length / 4 : entries.length)
    if (count > mostNodes) throw malformed(`The body of the request has more than ${mostNodes} values.`)
    for (const entry of entries) if (typeof entry === 'object' && entry !== null) waiting.push(entry)
  }
  return value
}

function readStructure(
  model: ServiceModel,
  shape: Shape,
  value: unknown,
  leaves: Leaves,
  path: string,
  depth: number,
): Record<string, unknown> {
  if (!isRecord(value)) throw mistyped('structure', value, path)
  const structure: Record<string, unknown> = {}
  const names = memberNames(shape)
  for (const key of Object.keys(value)) {
    const at = path === '' ? key : `${path}.${key}`
    const name = names.get(key)
    if (name === undefined) {
      if (key === '__type') continue
      throw malformed(`Unknown member '${at}': this operation has no such member.`)
    }
    const entry = value[key]
    if (entry === null || entry === undefined) continue
    structure[name] = readTree(
      model,
      (shape.members as Record<string, ShapeRef>)[name] as ShapeRef,
      entry,
      leaves,
      at,
      depth + 1,
    )
  }
  return structure
}

function readLeaf(shape: Shape, value: unknown, leaves: Leaves, path: string): unknown {
  switch (shape.type) {
    case 'string':
    case 'character':
      return typeof value === 'string' ? value : refuse('string', value, path)
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse('boolean', value, path)
    case 'integer':
    case 'long':
      return readInteger(shape.type, value) ?? refuse(shape.type, value, path)
    case 'float':
    case 'double':
      return readDecimal(shape.type, value) ?? refuse(shape.type, value, path)
    case 'timestamp':
      return leaves.readTimestamp(value, shape.timestampFormat) ?? refuse('timestamp', value, path)
    default:
      return leaves.readBlob(value) ?? refuse('blob', value, path)
  }
}

const readInteger = (type: string, value: unknown): number | undefined =>
  typeof value === 'string' ? undefined : integerOf(value, type)

/** Of texts only the words for what is no JSON number. */
const readDecimal = (type: string, value: unknown): number | undefined =>
  typeof value === 'string' && !/^(NaN|-?Infinity)$/.test(value) ? undefined : decimalOf(value, type)

/** Any JSON, bounded in depth: it is handed to code that recurses. */
function readDocument(value: unknown, path: string, depth = 0): unknown {
  if (depth > deepest) throw malformed(`Nesting at '${path}' is deeper than ${deepest} levels.`)
  if (typeof value === 'object' && value !== null) {
    for (const entry of Object.values(value)) readDocument(entry, path, depth + 1)
  }
  return value
}

/** Writes an output as a tree for JSON or CBOR; unset members are left out. */
export function writeTree(model: ServiceModel, ref: ShapeRef, value: unknown, leaves: Leaves): unknown {
  const shape = model.shapes[ref.shape] as Shape
  if (shape.document) return value
  switch (shape.type) {
    case 'structure':
      return writeStructure(model, shape, value as Record<string, unknown>, leaves)
    case 'list':
      return (value as unknown[]).map(entry => writeTree(model, shape.member as ShapeRef, entry, leaves))
    case 'map': {
      const map: Record<string, unknown> = {}
      for (const [key, entry] of Object.entries(value as object)) {
        if (entry !== undefined) put(map, key, writeTree(model, shape.value as ShapeRef, entry, leaves))
      }
      return map
    }
    case 'timestamp':
      return leaves.writeTimestamp(value as Date, shape.timestampFormat)
    case 'blob':
      return leaves.writeBlob(value as Uint8Array)
    case 'float':
    case 'double':
      return Number.isFinite(value) ? value : String(value)
    default:
      return value
  }
}

/** Members with a `location` travel outside of the body. */
export function writeStructure(
  model: ServiceModel,
  shape: Shape,
  value: Record<string, unknown>,
  leaves: Leaves,
): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  const members = shape.members ?? {}
  for (const name in value) {
    const ref = members[name]
    const entry = value[name]
    if (entry === undefined || entry === null || !ref || ref.location) continue
    written[ref.locationName ?? name] = writeTree(model, ref, entry, leaves)
  }
  return written
}

const wireNames = new WeakMap<Shape, ReadonlyMap<string, string>>()

/** Wire name → member name of the members that travel in the body. */
function memberNames(shape: Shape): ReadonlyMap<string, string> {
  const known = wireNames.get(shape)
  if (known) return known
  const inBody = Object.entries(shape.members ?? {}).filter(([, ref]) => !ref.location)
  const names = new Map(inBody.map(([name, ref]) => [ref.locationName ?? name, name]))
  wireNames.set(shape, names)
  return names
}

/** Sets an own property whatever its name: `__proto__` is a legal map key. */
export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const mistyped = (expected: string, value: unknown, path: string): Error =>
  malformed(`Expected a ${expected} at '${path}', found ${Array.isArray(value) ? 'a list' : typeName(value)}.`)

function refuse(expected: string, value: unknown, path: string): never {
  throw mistyped(expected, value, path)
}

const typeName = (value: unknown): string => (value === null ? 'null' : `a value of type ${typeof value}`)
