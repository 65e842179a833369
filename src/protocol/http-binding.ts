import type { ServiceError } from '../ground/errors.ts'
import type { ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'
import type { Call } from './message.ts'
import { decimalOf, integerOf } from './number.ts'
import { readTimestamp, writeTimestamp } from './timestamp.ts'
import { put } from './tree.ts'
import { parseQuery, parseTemplate } from './uri-template.ts'

/** In which words a REST protocol refuses what it cannot bind. */
export interface BindingErrors {
  unknown(kind: 'query parameter' | 'header', name: string): ServiceError
  invalid(name: string, value: string, expected: string): ServiceError
}

type HeadOnly = Omit<Call, 'body'>

interface Bound {
  readonly name: string
  readonly wire: string
  readonly ref: ShapeRef
}

interface Binding {
  readonly uri: readonly Bound[]
  readonly query: ReadonlyMap<string, Bound>
  readonly headers: ReadonlyMap<string, Bound>
  readonly prefixes: readonly Bound[]
}

const bindings = new WeakMap<Shape, Binding>()

function bindingOf(shape: Shape): Binding {
  const known = bindings.get(shape)
  if (known) return known
  const at = (location: ShapeRef['location']): Bound[] =>
    Object.entries(shape.members ?? {})
      .filter(([, ref]) => ref.location === location)
      .map(([name, ref]) => ({ name, ref, wire: ref.locationName ?? name }))
  const binding: Binding = {
    uri: at('uri'),
    query: new Map(at('querystring').map(bound => [bound.wire, bound])),
    headers: new Map(at('header').map(bound => [bound.wire.toLowerCase(), bound])),
    prefixes: at('headers'),
  }
  bindings.set(shape, binding)
  return binding
}

/** The members of the input that travel in the path, the query and the headers. Refuses parameters and x-amz headers that the operation does not have. */
export function bindRequest(call: HeadOnly, errors: BindingErrors): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  const shape = call.operation.input ? (call.model.shapes[call.operation.input.shape] as Shape) : emptyShape
  const binding = bindingOf(shape)
  for (const { name, ref, wire } of binding.uri) {
    const text = call.labels[wire]
    if (text !== undefined) input[name] = readText(call.model, ref, [text], wire, errors)
  }
  bindQuery(call, binding, input, errors)
  bindHeaders(call, binding, input, errors)
  return input
}

const emptyShape: Shape = { type: 'structure' }

function bindQuery(call: HeadOnly, binding: Binding, input: Record<string, unknown>, errors: BindingErrors): void {
  if (call.request.query === '') return
  for (const [wire, values] of parseQuery(call.request.query)) {
    const bound = binding.query.get(wire)
    if (bound) input[bound.name] = readText(call.model, bound.ref, values, wire, errors)
    else if (!isTransportParameter(call, wire)) throw errors.unknown('query parameter', wire)
  }
}

/** Parts of the template, and the operation's name that the JavaScript SDK adds for logs. */
const isTransportParameter = (call: HeadOnly, wire: string): boolean =>
  wire === 'x-id' || parseTemplate(call.operation.http.requestUri).query.some(([name]) => name === wire)

function bindHeaders(call: HeadOnly, binding: Binding, input: Record<string, unknown>, errors: BindingErrors): void {
  const { headers } = call.request
  for (const wire in headers) {
    const text = headers[wire]
    if (text === undefined) continue
    const bound = binding.headers.get(wire)
    if (bound) input[bound.name] = readText(call.model, bound.ref, [text], wire, errors)
    else if (!bindPrefixed(binding, wire, text, input) && isForeign(wire)) throw errors.unknown('header', wire)
  }
}

function bindPrefixed(binding: Binding, wire: string, text: string, input: Record<string, unknown>): boolean {
  for (const { name, wire: prefix } of binding.prefixes) {
    if (!wire.startsWith(prefix.toLowerCase())) continue
    const map = (input[name] ?? {}) as Record<string, string>
    put(map, wire.slice(prefix.length), text)
    input[name] = map
    return true
  }
  return false
}

const isForeign = (wire: string): boolean => wire.startsWith('x-amz') && !transportHeaders.test(wire)

/** Read by the signature, the body's decoder or nobody on any service's side. Checksums are those of the body as a whole. */
const transportHeaders =
  /^x-amz-(date|content-sha256|security-token|target|user-agent|decoded-content-length|trailer|te|checksum-.+|sdk-checksum-algorithm|s3session-token)$|^x-amzn-(trace-id|query-mode)$/

function readText(
  model: ServiceModel,
  ref: ShapeRef,
  values: readonly string[],
  wire: string,
  errors: BindingErrors,
): unknown {
  const shape = model.shapes[ref.shape] as Shape
  const text = values[0] as string
  switch (shape.type) {
    case 'list': {
      const items = ref.location === 'header' ? headerItems(text) : values
      return items.map(item => readText(model, shape.member as ShapeRef, [item], wire, errors))
    }
    case 'integer':
    case 'long': {
      const integer = integerOf(text, shape.type)
      if (integer === undefined) throw errors.invalid(wire, text, 'an integer')
      return integer
    }
    case 'float':
    case 'double': {
      const number = decimalOf(text, shape.type)
      if (number === undefined) throw errors.invalid(wire, text, 'a number')
      return number
    }
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw errors.invalid(wire, text, 'true or false')
      return text.toLowerCase() === 'true'
    case 'timestamp': {
      const date = readTimestamp(text)
      if (!date) throw errors.invalid(wire, text, 'a timestamp')
      return date
    }
    default:
      return text
  }
}

/** An empty header is an empty list. */
const headerItems = (text: string): string[] => (text.trim() === '' ? [] : text.split(',').map(item => item.trim()))

/** Status and headers of an output: what travels outside of the body. */
export function bindResponse(
  model: ServiceModel,
  shape: Shape | undefined,
  output: Readonly<Record<string, unknown>>,
): { status: number | undefined; headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status: number | undefined
  for (const name in output) {
    const ref = shape?.members?.[name]
    const value = output[name]
    if (!ref?.location || value === undefined || value === null) continue
    if (ref.location === 'statusCode') status = value as number
    else if (ref.location === 'header') headers[(ref.locationName ?? name).toLowerCase()] = writeText(model, ref, value)
    else
      for (const [key, text] of Object.entries(value)) headers[`${ref.locationName ?? ''}${key}`.toLowerCase()] = text
  }
  return { status, headers }
}

function writeText(model: ServiceModel, ref: ShapeRef, value: unknown): string {
  const shape = model.shapes[ref.shape] as Shape
  if (value instanceof Date) return String(writeTimestamp(value, shape.timestampFormat ?? 'rfc822'))
  if (Array.isArray(value)) return value.map(item => writeText(model, shape.member as ShapeRef, item)).join(',')
  return String(value)
}
