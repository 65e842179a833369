import type { Readable } from 'node:stream'
import type { Shape, ShapeRef } from '../model/service-model.ts'
import { eventStream } from './event-stream.ts'
import { faultOf, malformed } from './fault.ts'
import { type BindingErrors, bindRequest, bindResponse } from './http-binding.ts'
import { errorBody, parseJson } from './json.ts'
import { jsonLeaves } from './json-leaves.ts'
import type { Protocol, WireResponse } from './message.ts'
import { readTree, writeStructure, writeTree } from './tree.ts'

const errors: BindingErrors = {
  unknown: (kind, name) => malformed(`Unknown ${kind} '${name}': this operation has no such member.`),
  invalid: (name, value, expected) => malformed(`Expected ${expected} for '${name}', found '${value}'.`),
}

/** REST with JSON bodies: members bound to path, query and headers, the rest in the body or one member as the body. */
export const restJson: Protocol = {
  parse(call) {
    const input = bindRequest(call, errors)
    const ref = call.operation.input
    if (!ref) return input
    const shape = call.model.shapes[ref.shape] as Shape
    if (!shape.payload) {
      return Object.assign(input, readTree(call.model, ref, parseJson(call.body as Uint8Array), jsonLeaves))
    }
    const payload = (shape.members as Record<string, ShapeRef>)[shape.payload] as ShapeRef
    const type = call.model.shapes[payload.shape]?.type
    // No body is no member; one that is there may be empty only where it streams.
    if (call.body instanceof Uint8Array && call.body.byteLength === 0) return input
    if (type === 'blob') input[shape.payload] = call.body
    else if (type === 'string') input[shape.payload] = Buffer.from(call.body as Uint8Array).toString('utf8')
    else input[shape.payload] = readTree(call.model, payload, parseJson(call.body as Uint8Array), jsonLeaves)
    return input
  },

  serialize({ model, operation }, output, requestId): WireResponse {
    const shape = operation.output ? (model.shapes[operation.output.shape] as Shape) : undefined
    const bound = bindResponse(model, shape, output)
    const status = bound.status ?? operation.http.responseCode ?? 200
    const headers: Record<string, string> = { 'x-amzn-requestid': requestId, ...bound.headers }
    const payload = shape?.payload ? (shape.members?.[shape.payload] as ShapeRef) : undefined
    if (!shape || !payload) {
      headers['content-type'] = 'application/json'
      return { status, headers, body: JSON.stringify(shape ? writeStructure(model, shape, output, jsonLeaves) : {}) }
    }
    const value = output[shape.payload as string]
    const kind = model.shapes[payload.shape] as Shape
    if (kind.eventstream) {
      headers['content-type'] = 'application/vnd.amazon.eventstream'
      return { status, headers, body: eventStream(model, kind, value as AsyncIterable<Record<string, unknown>>) }
    }
    if (kind.type === 'blob' || kind.type === 'string') {
      headers['content-type'] ??= kind.type === 'blob' ? 'application/octet-stream' : 'text/plain'
      return { status, headers, body: (value ?? '') as Uint8Array | string | Readable }
    }
    headers['content-type'] = 'application/json'
    return { status, headers, body: JSON.stringify(writeTree(model, payload, value ?? {}, jsonLeaves)) }
  },

  serializeError({ model, requestId }, error) {
    const fault = faultOf(model, error)
    const headers = {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': fault.name,
    }
    // AWS answers a refusal with 403 in REST where the RPC protocols answer 400.
    const status = error.status === 400 && forbidden.has(error.code) ? 403 : fault.status
    return { status, headers, body: JSON.stringify(errorBody(fault.shape?.members, error)) }
  },
}

const forbidden: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
])
