import type { ServiceError } from '../ground/errors.ts'
import type { ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'
import { decimalOf, integerOf } from './number.ts'
import { readTimestamp, writeTimestamp } from './timestamp.ts'
import { put } from './tree.ts'
import { escapeXml } from './xml.ts'

/** The error for XML that does not fit the shape; gets the path and what is wrong. */
type Refuse = (path: string, problem: string) => ServiceError

/** Reads parsed XML as the shape says. Throws `refuse(…)` for a wrong type or an element that the model does not know. */
export function readXml(model: ServiceModel, ref: ShapeRef, value: unknown, refuse: Refuse, path: string): unknown {
  const shape = model.shapes[ref.shape] as Shape
  switch (shape.type) {
    case 'structure':
      return readStructure(model, shape, value, refuse, path)
    case 'list':
      return readList(model, ref, shape, value, refuse, path)
    case 'map':
      return readMap(model, ref, shape, value, refuse, path)
    default:
      return readLeaf(shape, value, refuse, path)
  }
}

function readStructure(model: ServiceModel, shape: Shape, value: unknown, refuse: Refuse, path: string): unknown {
  if (Array.isArray(value)) throw refuse(path, 'appears more than once')
  if (typeof value !== 'object' && value !== '') throw refuse(path, 'holds text where elements belong')
  const structure: Record<string, unknown> = {}
  const members = Object.entries(shape.members ?? {})
  for (const [element, child] of Object.entries(value as object)) {
    const found = members.find(([name, ref]) => elementName(model, name, ref) === element)
    if (found) structure[found[0]] = readXml(model, found[1], child, refuse, `${path}/${element}`)
    else if (!/^xmlns|:/.test(element)) throw refuse(`${path}/${element}`, 'is not known here')
  }
  return structure
}

function readList(
  model: ServiceModel,
  ref: ShapeRef,
  shape: Shape,
  value: unknown,
  refuse: Refuse,
  path: string,
): unknown[] {
  const item = shape.member as ShapeRef
  if (isFlat(ref, shape)) return asArray(value).map(entry => readXml(model, item, entry, refuse, path))
  const items: unknown[] = []
  const element = item.locationName ?? 'member'
  for (const [name, entries] of Object.entries(container(value, refuse, path))) {
    if (name.startsWith('xmlns')) continue
    if (name !== element) throw refuse(`${path}/${name}`, 'is not known here')
    for (const entry of asArray(entries)) items.push(readXml(model, item, entry, refuse, `${path}/${name}`))
  }
  return items
}

function readMap(
  model: ServiceModel,
  ref: ShapeRef,
  shape: Shape,
  value: unknown,
  refuse: Refuse,
  path: string,
): Record<string, unknown> {
  const entries = isFlat(ref, shape) ? asArray(value) : asArray(container(value, refuse, path).entry ?? [])
  const map: Record<string, unknown> = {}
  for (const entry of entries) {
    const fields = container(entry, refuse, path)
    const key = fields[shape.key?.locationName ?? 'key']
    if (typeof key !== 'string') throw refuse(path, 'has an entry without a key')
    put(
      map,
      key,
      readXml(model, shape.value as ShapeRef, fields[shape.value?.locationName ?? 'value'] ?? '', refuse, path),
    )
  }
  return map
}

function container(value: unknown, refuse: Refuse, path: string): Record<string, unknown> {
  if (value === '') return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw refuse(path, 'does not hold the elements of a list')
  return value as Record<string, unknown>
}

function readLeaf(shape: Shape, value: unknown, refuse: Refuse, path: string): unknown {
  const text = typeof value === 'string' ? value : (value as Record<string, unknown>)['#text']
  if (typeof text !== 'string') {
    if (value !== null && typeof value === 'object' && !Array.isArray(value) && isEmptyText(value))
      return readScalar(shape, '', refuse, path)
    throw refuse(path, Array.isArray(value) ? 'appears more than once' : 'holds elements where text belongs')
  }
  return readScalar(shape, text, refuse, path)
}

/** Only attributes: an element without text. */
const isEmptyText = (value: object): boolean => Object.keys(value).every(name => /^xmlns|:/.test(name))

/** A plain value from its text, for XML and for forms. */
export function readScalar(shape: Shape, text: string, refuse: Refuse, path: string): unknown {
  switch (shape.type) {
    case 'integer':
    case 'long':
      return integerOf(text, shape.type) ?? fail(refuse(path, `is no integer: '${text}'`))
    case 'float':
    case 'double':
      return decimalOf(text, shape.type) ?? fail(refuse(path, `is no number: '${text}'`))
    case 'boolean':
      if (!/^\s*(true|false)\s*$/i.test(text)) throw refuse(path, `is neither true nor false: '${text}'`)
      return text.trim().toLowerCase() === 'true'
    case 'timestamp': {
      const date = readTimestamp(text.trim())
      if (!date) throw refuse(path, `is no timestamp: '${text}'`)
      return date
    }
    case 'blob':
      return Buffer.from(text, 'base64')
    default:
      return text
  }
}

function fail(error: Error): never {
  throw error
}

/** The content of a structure as XML; members with a `location` travel elsewhere, attributes belong to the opening tag. */
export function writeMembers(model: ServiceModel, shape: Shape, value: Readonly<Record<string, unknown>>): string {
  let xml = ''
  for (const name in value) {
    const ref = shape.members?.[name]
    if (!ref || ref.location || ref.xmlAttribute || value[name] === undefined || value[name] === null) continue
    xml += writeXml(model, elementName(model, name, ref), ref, value[name])
  }
  return xml
}

/** A member as one element, or as one per item when its list is flattened. */
export function writeXml(model: ServiceModel, element: string, ref: ShapeRef, value: unknown): string {
  const shape = model.shapes[ref.shape] as Shape
  switch (shape.type) {
    case 'structure':
      return `<${element}${attributes(ref, shape, value)}>${writeMembers(model, shape, value as Record<string, unknown>)}</${element}>`
    case 'list': {
      const item = shape.member as ShapeRef
      if (isFlat(ref, shape)) return (value as unknown[]).map(entry => writeXml(model, element, item, entry)).join('')
      const items = (value as unknown[]).map(entry => writeXml(model, item.locationName ?? 'member', item, entry))
      return `<${element}>${items.join('')}</${element}>`
    }
    case 'map': {
      const flat = isFlat(ref, shape)
      const entries = Object.entries(value as object).map(entry =>
        writeEntry(model, shape, flat ? element : 'entry', entry),
      )
      return flat ? entries.join('') : `<${element}>${entries.join('')}</${element}>`
    }
    default:
      return `<${element}>${escapeXml(writeScalar(shape, value))}</${element}>`
  }
}

function writeEntry(model: ServiceModel, shape: Shape, element: string, [key, value]: [string, unknown]): string {
  const written = writeXml(model, shape.value?.locationName ?? 'value', shape.value as ShapeRef, value)
  const name = shape.key?.locationName ?? 'key'
  return `<${element}><${name}>${escapeXml(key)}</${name}>${written}</${element}>`
}

function attributes(ref: ShapeRef, shape: Shape, value: unknown): string {
  const namespace = ref.xmlNamespace ?? shape.xmlNamespace
  let text = ''
  if (typeof namespace === 'object') {
    text += ` xmlns${namespace.prefix ? `:${namespace.prefix}` : ''}="${escapeXml(namespace.uri)}"`
  }
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    const attribute = member.xmlAttribute ? (value as Record<string, unknown>)[name] : undefined
    if (attribute !== undefined) text += ` ${member.locationName ?? name}="${escapeXml(String(attribute))}"`
  }
  return text
}

function writeScalar(shape: Shape, value: unknown): string {
  if (value instanceof Date) return String(writeTimestamp(value, shape.timestampFormat ?? 'iso8601'))
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return String(value)
}

const isFlat = (ref: ShapeRef, shape: Shape): boolean => Boolean(ref.flattened ?? shape.flattened)

/** A flattened list may name its elements on the list's member instead of on the reference. */
function elementName(model: ServiceModel, name: string, ref: ShapeRef): string {
  if (ref.locationName) return ref.locationName
  const shape = model.shapes[ref.shape] as Shape
  return (isFlat(ref, shape) && shape.member?.locationName) || name
}

const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])
