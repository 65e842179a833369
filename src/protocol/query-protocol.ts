import { ServiceError } from '../ground/errors.ts'
import type { ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'
import { faultOf } from './fault.ts'
import type { Protocol } from './message.ts'
import { integerOf } from './number.ts'
import { put } from './tree.ts'
import { queryPairs } from './uri-template.ts'
import { escapeXml } from './xml.ts'
import { readScalar, writeMembers } from './xml-tree.ts'

/** A form's dotted names as a tree: `Tags.member.1.Key=a` is Tags → member → 1 → Key. */
interface Node {
  text?: string
  readonly children: Map<string, Node>
}

const refuse = (path: string, problem: string): ServiceError =>
  new ServiceError('MalformedInput', `${path} ${problem}.`, { status: 400 })

const mostParameters = 10_000
const deepest = 32

/** AWS query: a form with Action and Version, answered in XML. IAM and STS speak it, older clients of CloudWatch too. */
export const query: Protocol = {
  parse({ model, operation, request, body }) {
    const root: Node = { children: new Map() }
    for (const [name, value] of formPairs(request.query, body as Uint8Array)) {
      if (name !== 'Action' && name !== 'Version') plant(root, name, value)
    }
    if (!operation.input) {
      for (const name of root.children.keys()) throw refuse(name, 'is not known here')
      return {}
    }
    return readNode(model, operation.input, root, '') as Record<string, unknown>
  },

  serialize({ model, operation }, output, requestId) {
    const shape = operation.output ? (model.shapes[operation.output.shape] as Shape) : undefined
    const wrapper = operation.output?.resultWrapper ?? `${operation.name}Result`
    const result = shape ? `<${wrapper}>${writeMembers(model, shape, output)}</${wrapper}>` : ''
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
    const name = `${operation.name}Response`
    const body = `<${name} xmlns="${namespaceOf(model)}">${result}${metadata}</${name}>`
    return { status: 200, headers: headersOf(requestId), body }
  },

  serializeError({ model, requestId }, error) {
    const fault = faultOf(model, error)
    const denied = error.code === 'AccessDeniedException' || error.code === 'AccessDenied'
    const code = denied ? deniedCode(model) : fault.code
    const type = `<Type>${fault.sender ? 'Sender' : 'Receiver'}</Type>`
    const detail = `<Error>${type}<Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message></Error>`
    const body = `<ErrorResponse xmlns="${namespaceOf(model)}">${detail}<RequestId>${requestId}</RequestId></ErrorResponse>`
    return { status: denied ? 403 : fault.status, headers: headersOf(requestId), body }
  },
}

/** SNS has an error of its own for it. */
const deniedCode = (model: ServiceModel | undefined): string =>
  model?.shapes.AuthorizationErrorException?.error?.code ?? 'AccessDenied'

/** The operation that a form asks for. */
export function actionOf(queryString: string, body: Uint8Array): string | undefined {
  return formPairs(queryString, body).find(([name]) => name === 'Action')?.[1]
}

function formPairs(queryString: string, body: Uint8Array): (readonly [string, string])[] {
  const form = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  requireFew(`${queryString}&${form}`)
  return [...queryPairs(queryString), ...queryPairs(form)]
}

/** Counted before anything is taken apart. */
function requireFew(text: string): void {
  let count = 0
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1))
    if (++count > mostParameters) throw refuse('The form', `has more than ${mostParameters} parameters`)
}

function plant(root: Node, name: string, text: string): void {
  let node = root
  const keys = name.split('.', deepest + 1)
  if (keys.length > deepest) throw refuse(name.slice(0, 100), `is nested deeper than ${deepest} levels`)
  for (const key of keys) {
    let child = node.children.get(key)
    if (!child) {
      child = { children: new Map() }
      node.children.set(key, child)
    }
    node = child
  }
  if (node.text !== undefined) throw refuse(name, 'appears more than once')
  node.text = text
}

function readNode(model: ServiceModel, ref: ShapeRef, node: Node, path: string): unknown {
  const shape = model.shapes[ref.shape] as Shape
  switch (shape.type) {
    case 'structure':
      return readStructure(model, shape, node, path)
    case 'list':
      return readList(model, ref, shape, node, path)
    case 'map':
      return readMap(model, ref, shape, node, path)
    default:
      if (node.text === undefined || node.children.size > 0) throw refuse(path, 'holds members where a value belongs')
      return readScalar(shape, node.text, refuse, path)
  }
}

function readStructure(model: ServiceModel, shape: Shape, node: Node, path: string): Record<string, unknown> {
  const structure: Record<string, unknown> = {}
  const members = Object.entries(shape.members ?? {})
  for (const [key, child] of node.children) {
    const at = path === '' ? key : `${path}.${key}`
    const found = members.find(([name, ref]) => wireName(model, name, ref) === key)
    if (!found) throw refuse(at, 'is not a parameter of this operation')
    structure[found[0]] = readNode(model, found[1], child, at)
  }
  return structure
}

/** The flattened list's items carry the name of the list's member. */
function wireName(model: ServiceModel, name: string, ref: ShapeRef): string {
  const shape = model.shapes[ref.shape] as Shape
  const flat = ref.flattened ?? shape.flattened
  return (flat && shape.member?.locationName) || ref.locationName || name
}

function readList(model: ServiceModel, ref: ShapeRef, shape: Shape, node: Node, path: string): unknown[] {
  const item = shape.member as ShapeRef
  // SDKs send an empty list as the bare name.
  if (node.text === '' && node.children.size === 0) return []
  const items = (ref.flattened ?? shape.flattened) ? node : only(node, item.locationName ?? 'member', path)
  return [...items.children]
    .map(([key, child]) => ({ index: integerOf(key, 'integer') ?? 0, key, child }))
    .sort((a, b) => a.index - b.index)
    .map(({ index, key, child }) => {
      if (index < 1) throw refuse(`${path}.${key}`, 'is no position in a list')
      return readNode(model, item, child, `${path}.${key}`)
    })
}

function readMap(model: ServiceModel, ref: ShapeRef, shape: Shape, node: Node, path: string): Record<string, unknown> {
  const map: Record<string, unknown> = {}
  if (node.text === '' && node.children.size === 0) return map
  const entries = (ref.flattened ?? shape.flattened) ? node : only(node, 'entry', path)
  for (const [position, entry] of entries.children) {
    const key = entry.children.get(shape.key?.locationName ?? 'key')?.text
    const value = entry.children.get(shape.value?.locationName ?? 'value')
    if (key === undefined || !value) throw refuse(`${path}.${position}`, 'needs a key and a value')
    put(map, key, readNode(model, shape.value as ShapeRef, value, `${path}.${position}`))
  }
  return map
}

function only(node: Node, key: string, path: string): Node {
  const child = node.children.get(key)
  if (!child || node.children.size > 1) throw refuse(path, `must hold nothing but ${path}.${key}.N`)
  return child
}

const namespaceOf = (model: ServiceModel | undefined): string => escapeXml(model?.metadata.xmlNamespace ?? '')

const headersOf = (requestId: string): Record<string, string> => ({
  'content-type': 'text/xml',
  'x-amzn-requestid': requestId,
})
