import type { ShapeRef } from '../model/service-model.ts'
import { type Events, rpcEventStream, streamMember } from './event-stream.ts'
import { faultOf, malformed } from './fault.ts'
import { jsonLeaves } from './json-leaves.ts'
import type { Protocol } from './message.ts'
import { readTree, requireFewNodes, writeTree } from './tree.ts'

/** AWS JSON 1.0 and 1.1: POST /, the operation in X-Amz-Target, everything in the body. The answer has the request's version. */
export const json: Protocol = {
  parse({ model, operation, body }) {
    const parsed = parseJson(body as Uint8Array)
    return operation.input ? (readTree(model, operation.input, parsed, jsonLeaves) as Record<string, unknown>) : {}
  },

  serialize({ model, operation, request }, output, requestId) {
    const stream = streamMember(model, operation.output)
    if (stream) {
      const headers = { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': requestId }
      const { [stream.name]: events, ...first } = output
      return { status: 200, headers, body: rpcEventStream(model, stream.shape, first, events as Events) }
    }
    const tree = operation.output ? writeTree(model, operation.output, output, jsonLeaves) : {}
    return { status: 200, headers: headersOf(request.headers, requestId), body: JSON.stringify(tree) }
  },

  serializeError({ model, request, requestId }, error) {
    const fault = faultOf(model, error)
    const headers = headersOf(request.headers, requestId)
    // Clients that moved from the query protocol keep the old codes by this header (awsQueryCompatible).
    if (model?.metadata.awsQueryCompatible || request.headers['x-amzn-query-mode'] === 'true') {
      headers['x-amzn-query-error'] = `${fault.code};${fault.sender ? 'Sender' : 'Receiver'}`
    }
    const body = errorBody(fault.shape?.members, error)
    return { status: fault.status, headers, body: JSON.stringify({ __type: fault.name, ...body }) }
  },
}

/** An empty body is an empty input. Throws SerializationException. */
export function parseJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {}
  return requireFewNodes(jsonOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('The body of the request is not valid JSON.')
  }
}

/** The members of an error, the message under the name that the model gives it. */
export function errorBody(
  members: Readonly<Record<string, ShapeRef>> | undefined,
  error: { message: string; fields: Readonly<Record<string, unknown>> },
): Record<string, unknown> {
  const name = members && 'Message' in members ? 'Message' : 'message'
  return { [name]: error.message, ...error.fields }
}

const headersOf = (
  headers: Readonly<Record<string, string | undefined>>,
  requestId: string,
): Record<string, string> => ({
  'content-type': headers['content-type']?.startsWith('application/x-amz-json-1.0')
    ? 'application/x-amz-json-1.0'
    : 'application/x-amz-json-1.1',
  'x-amzn-requestid': requestId,
})
