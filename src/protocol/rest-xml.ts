import type { Readable } from 'node:stream'
import { ServiceError } from '../ground/errors.ts'
import type { Shape, ShapeRef } from '../model/service-model.ts'
import { checkIntegrity } from './content-checksum.ts'
import { faultOf } from './fault.ts'
import { type BindingErrors, bindRequest, bindResponse } from './http-binding.ts'
import type { Protocol, WireResponse } from './message.ts'
import { s3Status } from './s3-status.ts'
import { escapeXml } from './xml.ts'
import { readXmlDocument, XmlError } from './xml-reader.ts'
import { readXml, writeMembers, writeXml } from './xml-tree.ts'

/** Known to S3, and to some of its operations only. */
const encryptionHeader = /^x-amz-server-side-encryption(-aws-kms-key-id|-context|-bucket-key-enabled)?$/

const notForThis = (name: string): ServiceError =>
  new ServiceError('InvalidArgument', `${name} header is not supported for this operation.`, {
    status: 400,
    fields: { ArgumentName: name },
  })

const errors: BindingErrors = {
  unknown: (kind, name) =>
    encryptionHeader.test(name)
      ? notForThis(name)
      : new ServiceError(
          'NotImplemented',
          `A ${kind} you provided implies functionality that is not implemented: ${name}`,
          {
            status: 501,
            fields: kind === 'header' ? { Header: name } : { Parameter: name },
          },
        ),
  invalid: (name, value, expected) =>
    new ServiceError('InvalidArgument', `Provided ${name} is not ${expected}.`, {
      status: 400,
      fields: { ArgumentName: name, ArgumentValue: value },
    }),
}

const malformedXml = (problem: string): ServiceError =>
  new ServiceError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema: ${problem}`,
    { status: 400 },
  )

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

/** REST with XML bodies, as S3 speaks it. */
export const restXml: Protocol = {
  head: call => bindRequest(call, errors),

  async parse(call) {
    const input = { ...(call.head ?? bindRequest(call, errors)) }
    const shape = call.operation.input ? call.model.shapes[call.operation.input.shape] : undefined
    const name = shape?.payload
    const payload = name === undefined ? undefined : shape?.members?.[name]
    if (name === undefined || !payload) {
      if ((call.body as Uint8Array).byteLength > 0) checkIntegrity(call.request.headers, call.body as Uint8Array)
      return input
    }
    const isObject = payload.streaming || call.model.shapes[payload.shape]?.streaming
    if (isObject || !(call.body instanceof Uint8Array)) return Object.assign(input, { [name]: call.body })
    // A checksum that is a member of the input (CompleteMultipartUpload) is of the object, not of this body.
    if (!shape?.members?.ChecksumCRC32) checkIntegrity(call.request.headers, call.body)
    const value = await readPayload(call.model, payload, call.body)
    if (value !== undefined) input[name] = value
    return input
  },

  serialize({ model, operation, request }, output, requestId): WireResponse {
    const shape = operation.output ? (model.shapes[operation.output.shape] as Shape) : undefined
    const bound = bindResponse(model, shape, output)
    const status = 'content-range' in bound.headers ? 206 : (bound.status ?? operation.http.responseCode ?? 200)
    const headers: Record<string, string> = { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId, ...bound.headers }
    if (request.method === 'HEAD' || status === 204 || status === 304 || !shape) return { status, headers }
    const body = shape.payload
      ? payloadOf(model, shape, output)
      : document(model, shape, output, operation.output?.shape)
    if (typeof body === 'string' && body !== '')
      headers['content-type'] ??= body.startsWith('<?xml') ? 'application/xml' : 'text/plain'
    return { status, headers, body }
  },

  serializeError({ model, request, requestId }, error) {
    const { code, status } = wireCode(model, error)
    // Fields with a lower-case name are response headers: x-amz-delete-marker, etag.
    const [told, elementFields] = split(error.fields)
    const headers = {
      'content-type': 'application/xml',
      'x-amz-request-id': requestId,
      'x-amz-id-2': requestId,
      ...told,
    }
    if (request.method === 'HEAD' || status === 304) return { status, headers }
    const fields = { Code: code, Message: error.message, ...elementFields, RequestId: requestId, HostId: requestId }
    const elements = Object.entries(fields).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    return { status, headers, body: `${declaration}<Error>${elements.join('')}</Error>` }
  },
}

/** What S3 calls the errors that the other services name differently, and the statuses that its model leaves out. */
function wireCode(model: Parameters<typeof faultOf>[0], error: ServiceError): { code: string; status: number } {
  const fault = faultOf(model, error)
  const renamed = { AccessDeniedException: 'AccessDenied', InternalFailure: 'InternalError' }[error.code]
  const code = renamed ?? fault.code
  return { code, status: renamed === 'AccessDenied' ? 403 : (error.status ?? s3Status[code] ?? fault.status) }
}

async function readPayload(
  model: Parameters<typeof readXml>[0],
  payload: ShapeRef,
  body: Uint8Array,
): Promise<unknown> {
  const shape = model.shapes[payload.shape] as Shape
  if (shape.type === 'blob') return body
  if (body.byteLength === 0) return undefined
  if (shape.type === 'string') return Buffer.from(body).toString('utf8')
  const root = await readXmlDocument(body).catch(error => {
    throw error instanceof XmlError ? malformedXml(`${error.message}.`) : error
  })
  const expected = payload.locationName ?? payload.shape
  if (root.name !== expected) throw malformedXml(`expected <${expected}>, found <${root.name}>.`)
  return readXml(model, payload, root.value, (path, problem) => malformedXml(`${path} ${problem}.`), root.name)
}

function payloadOf(
  model: Parameters<typeof writeXml>[0],
  shape: Shape,
  output: Readonly<Record<string, unknown>>,
): string | Uint8Array | Readable {
  const name = shape.payload as string
  const ref = shape.members?.[name] as ShapeRef
  const value = output[name]
  if (model.shapes[ref.shape]?.type !== 'structure') return (value ?? '') as string | Uint8Array | Readable
  if (value === undefined) return ''
  const element = ref.locationName ?? ref.shape
  const named = ref.xmlNamespace ? ref : { ...ref, xmlNamespace: { uri: 'http://s3.amazonaws.com/doc/2006-03-01/' } }
  return declaration + writeXml(model, element, named, value)
}

/** The root element has the name that S3 gives it (a patch of the model), for clients that check; the SDKs do not. */
function document(
  model: Parameters<typeof writeXml>[0],
  shape: Shape,
  output: Readonly<Record<string, unknown>>,
  shapeName = '',
): string {
  // The region stands unwrapped in the root (smithy.s3UnwrappedXmlOutput).
  if (shapeName === 'GetBucketLocationOutput') {
    return `${declaration}<LocationConstraint${namespace}>${escapeXml(String(output.LocationConstraint ?? ''))}</LocationConstraint>`
  }
  const members = Object.values(shape.members ?? {})
  if (members.every(ref => ref.location)) return ''
  const root = shape.locationName ?? shapeName
  return `${declaration}<${root}${namespace}>${writeMembers(model, shape, output)}</${root}>`
}

const split = (fields: Readonly<Record<string, unknown>>): [Record<string, string>, Record<string, unknown>] => {
  const isHeader = ([name]: [string, unknown]): boolean => name === name.toLowerCase()
  const entries = Object.entries(fields)
  const headers = entries.filter(isHeader).map(([name, value]) => [name, String(value)])
  return [Object.fromEntries(headers), Object.fromEntries(entries.filter(entry => !isHeader(entry)))]
}
