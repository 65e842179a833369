import { createRequire } from 'node:module'
import { faultOf, malformed } from './fault.ts'
import { errorBody } from './json.ts'
import type { Protocol } from './message.ts'
import { type Leaves, readTree, requireFewNodes, writeTree } from './tree.ts'

const require = createRequire(import.meta.url)
let loaded: typeof import('@smithy/core/cbor') | undefined
/** Loaded when somebody speaks it: processes that answer invocations never need its memory. */
const smithy = () => (loaded ??= require('@smithy/core/cbor') as typeof import('@smithy/core/cbor'))

const leaves: Leaves = {
  readBlob: value => (value instanceof Uint8Array ? value : undefined),
  readTimestamp(value) {
    const tag = value as { tag?: unknown; value?: unknown } | null
    if (typeof tag !== 'object' || tag?.tag !== 1 || typeof tag.value !== 'number') return undefined
    return new Date(Math.round(tag.value * 1000))
  },
  writeBlob: value => value,
  writeTimestamp: value => smithy().dateToTag(value),
}

/** Smithy RPC v2: POST /service/TARGET/operation/NAME with CBOR both ways; timestamps are tag 1 ("Smithy RPC v2 CBOR protocol"). */
export const cbor: Protocol = {
  parse({ model, operation, body }) {
    if (!operation.input) return {}
    const parsed = parseCbor(body as Uint8Array)
    return readTree(model, operation.input, parsed, leaves) as Record<string, unknown>
  },

  serialize({ model, operation }, output, requestId) {
    const tree = operation.output ? writeTree(model, operation.output, output, leaves) : {}
    return { status: 200, headers: headersOf(requestId), body: smithy().cbor.serialize(tree) }
  },

  serializeError({ model, requestId }, error) {
    const fault = faultOf(model, error)
    const headers = headersOf(requestId)
    if (model?.metadata.awsQueryCompatible) {
      headers['x-amzn-query-error'] = `${fault.code};${fault.sender ? 'Sender' : 'Receiver'}`
    }
    const body = { __type: fault.name, ...errorBody(fault.shape?.members, error) }
    return { status: fault.status, headers, body: smithy().cbor.serialize(body) }
  },
}

function parseCbor(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {}
  return requireFewNodes(cborOf(body))
}

function cborOf(body: Uint8Array): unknown {
  try {
    return smithy().cbor.deserialize(body)
  } catch {
    throw malformed('The body of the request is not valid CBOR.')
  }
}

const headersOf = (requestId: string): Record<string, string> => ({
  'content-type': 'application/cbor',
  'smithy-protocol': 'rpc-v2-cbor',
  'x-amzn-requestid': requestId,
})
