import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { cbor as codec, dateToTag } from '@smithy/core/cbor'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Dispatcher, request as send } from 'undici'
import type { OperationModel, ServiceModel, Shape, ShapeRef } from '../../src/model/service-model.ts'
import { escapeXml } from '../../src/protocol/xml.ts'

/** A request as it goes over the wire, before it is signed. */
export interface Wire {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

type Members = Readonly<Record<string, unknown>>

/**
 * Puts an input into the form of its service's protocol as it is, right or wrong: official clients put some of what is wrong right,
 * or refuse to send it.
 */
export function wireOf(model: ServiceModel, operation: OperationModel, input: Members): Wire {
  const { protocol, targetPrefix, jsonVersion, apiVersion } = model.metadata
  if (protocol === 'smithy-rpc-v2-cbor') return rpc(`/service/${targetPrefix}/operation/${operation.name}`, input)
  if (protocol === 'query') return form(model, operation, input, apiVersion)
  if (protocol === 'rest-json' || protocol === 'rest-xml') return rest(model, operation, input)
  return {
    ...plain,
    headers: {
      'content-type': `application/x-amz-json-${jsonVersion}`,
      'x-amz-target': `${targetPrefix}.${operation.name}`,
    },
    body: JSON.stringify(jsonOf(input)),
  }
}

const plain = { method: 'POST', path: '/', query: {} }

const rpc = (path: string, input: Members): Wire => ({
  ...{ method: 'POST', path, query: {} },
  headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
  body: codec.serialize(cborOf(input)),
})

/** Times are tagged; what is undefined is left out, as JSON does. */
function cborOf(value: unknown): unknown {
  if (value instanceof Date) return dateToTag(value)
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(cborOf)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, cborOf(member)]))
}

function jsonOf(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]))
}

const textOf = (value: unknown): string =>
  value instanceof Date
    ? value.toISOString()
    : value instanceof Uint8Array
      ? Buffer.from(value).toString('base64')
      : String(value)

function form(model: ServiceModel, operation: OperationModel, input: Members, Version: string): Wire {
  const pairs = operation.input
    ? [...pairsOf(model, operation.input, input, '')]
    : Object.entries(input).map(([name, value]) => [name, textOf(value)] as [string, string])
  const body = new URLSearchParams([['Action', operation.name], ['Version', Version], ...pairs]).toString()
  return { ...plain, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
}

function* pairsOf(model: ServiceModel, ref: ShapeRef, value: unknown, path: string): Generator<[string, string]> {
  const shape = model.shapes[ref.shape] as Shape
  const isObject =
    typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)
  if (!isObject) {
    if (value !== undefined) yield [path, textOf(value)]
  } else if (shape.type === 'list' && Array.isArray(value)) {
    const at = (ref.flattened ?? shape.flattened) ? path : `${path}.${shape.member?.locationName ?? 'member'}`
    for (const [index, item] of value.entries())
      yield* pairsOf(model, shape.member as ShapeRef, item, `${at}.${index + 1}`)
    if (value.length === 0) yield [path, '']
  } else if (shape.type === 'map') {
    for (const [index, [key, item]] of Object.entries(value).entries()) {
      yield [`${path}.entry.${index + 1}.key`, key]
      yield* pairsOf(model, shape.value as ShapeRef, item, `${path}.entry.${index + 1}.value`)
    }
  } else {
    for (const [name, member] of Object.entries(value)) {
      const inner = shape.members?.[name] ?? { shape: ref.shape }
      yield* pairsOf(model, inner, member, `${path === '' ? '' : `${path}.`}${inner.locationName ?? name}`)
    }
  }
}

/** Labels, query string, headers and body, as the members' locations say. */
function rest(model: ServiceModel, operation: OperationModel, input: Members): Wire {
  const shape = model.shapes[operation.input?.shape ?? ''] as Shape
  const [template = '', fixed = ''] = operation.http.requestUri.split('?')
  let path = template
  const query: Record<string, string> = Object.fromEntries(new URLSearchParams(fixed))
  const headers: Record<string, string> = {}
  const rest: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    const { location, locationName = name } = shape?.members?.[name] ?? ({} as ShapeRef)
    if (value === undefined || locationName === 'Content-Length') continue
    if (location === 'uri')
      path = path.replace(new RegExp(`\\{${locationName}\\+?\\}`), encodeURIComponent(textOf(value)))
    else if (location === 'querystring') query[locationName] = textOf(value)
    else if (location === 'header') headers[locationName.toLowerCase()] = headerOf(value)
    else if (location === undefined) rest[name] = value
  }
  return { method: operation.http.method, path, query, ...bodyOf(model, shape, headers, rest) }
}

/** What a header may carry: line ends and letters beyond Latin cannot be sent at all. */
const headerOf = (value: unknown): string =>
  value instanceof Date ? value.toUTCString() : textOf(value).replaceAll(/[^\x20-\x7e]/g, '!')

function bodyOf(model: ServiceModel, shape: Shape, headers: Record<string, string>, rest: Members) {
  const payload = shape?.payload
  const value = payload ? rest[payload] : rest
  const isXml = model.metadata.protocol === 'rest-xml'
  const blob = payload && model.shapes[shape.members?.[payload]?.shape ?? '']?.type === 'blob'
  if (payload && value === undefined) return { headers, body: '' }
  if (blob) return { headers, body: value instanceof Uint8Array ? value : textOf(value) }
  if (!isXml)
    return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(jsonOf(value)) }
  if (!payload) return { headers, body: '' }
  const ref = shape.members?.[payload] as ShapeRef
  const body = xmlOf(model, ref, value, ref.locationName ?? ref.shape)
  return { headers: { 'content-type': 'application/xml', ...headers }, body }
}

function xmlOf(model: ServiceModel, ref: ShapeRef, value: unknown, name: string): string {
  const shape = model.shapes[ref.shape] as Shape
  if (value === undefined) return ''
  if (shape.type === 'list' && Array.isArray(value)) {
    const flat = ref.flattened ?? shape.flattened
    const item = flat ? name : (shape.member?.locationName ?? 'member')
    const items = value.map(one => xmlOf(model, shape.member as ShapeRef, one, item)).join('')
    return flat ? items : `<${name}>${items}</${name}>`
  }
  if (shape.type === 'structure' && typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => {
      const inner = shape.members?.[key]
      return inner
        ? xmlOf(model, inner, member, inner.locationName ?? key)
        : `<${key}>${escapeXml(textOf(member))}</${key}>`
    })
    return `<${name}>${members.join('')}</${name}>`
  }
  return `<${name}>${escapeXml(textOf(value))}</${name}>`
}

/** SignatureV4's hash by Node's own. */
class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string)
  }
  update(data: Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface Sender {
  readonly url: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly region: string
  readonly dispatcher: Dispatcher
}

/** Signs with version 4 and sends. */
export async function sendWire(sender: Sender, { metadata }: ServiceModel, wire: Wire): Promise<Answer> {
  const service = metadata.signingName ?? metadata.endpointPrefix
  const signer = new SignatureV4({
    ...{
      service,
      region: sender.region,
      credentials: sender.credentials,
      sha256: Sha256,
      uriEscapePath: service !== 's3',
    },
  })
  const { host, hostname, protocol } = new URL(sender.url)
  const unsigned = { ...wire, protocol, hostname, headers: { ...wire.headers, host } }
  const { headers } = (await signer.sign(unsigned as never)) as unknown as typeof unsigned
  const search = new URLSearchParams(wire.query).toString().replaceAll('+', '%20')
  const { statusCode, body } = await send(`${sender.url}${wire.path}${search && `?${search}`}`, {
    dispatcher: sender.dispatcher,
    method: wire.method as 'POST',
    headers,
    ...(wire.body.length > 0 && { body: wire.body }),
  })
  return { status: statusCode, body: await body.text() }
}
