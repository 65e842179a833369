import { ServiceError } from '../ground/errors.ts'
import type { OperationModel } from '../model/service-model.ts'
import { type AuthStyle, authFault } from '../protocol/auth-fault.ts'
import { cbor } from '../protocol/cbor.ts'
import type { Claim } from '../protocol/claim.ts'
import { json } from '../protocol/json.ts'
import type { Protocol, WireRequest } from '../protocol/message.ts'
import { query } from '../protocol/query-protocol.ts'
import { restJson } from '../protocol/rest-json.ts'
import { restXml } from '../protocol/rest-xml.ts'
import type { Served } from './served.ts'
import type { BucketOfHost } from './virtual-host.ts'

/** Which service a request is for and how it speaks. `operation` is unknown until the form of the query protocol is read. */
export interface Target {
  readonly served: Served
  readonly protocol: Protocol
  readonly style: AuthStyle
  readonly operation: OperationModel | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Raw path, path-style. */
  readonly path: string
}

/** The target of a request, or the protocol to refuse it in. */
export type Identify = (request: WireRequest, claim: Claim | undefined) => Target

const noLabels = {}
const cborPath = /^\/service\/([^/]+)\/operation\/([^/]+)$/

/**
 * By table, never by guess: the target prefix (JSON), the CBOR path, else the service in the signed credential scope and its REST
 * paths or form; what nobody signed can only be for S3.
 */
export function createIdentify(services: readonly Served[], bucketOf: BucketOfHost): Identify {
  const byTarget = new Map(services.flatMap(one => targetsOf(one).map(target => [target, one])))
  const unsignedForm = services.find(isAskedUnsigned)
  const byScope = Map.groupBy(services, one => one.scope)

  const rpc = (protocol: Protocol, kind: string, prefix: string, name: string, request: WireRequest): Target => {
    const served = byTarget.get(prefix)
    const operation = served && Object.hasOwn(served.model.operations, name) ? served.model.operations[name] : undefined
    if (!served?.protocols.has(kind) || !operation) throw unknownOperation(`${prefix}.${name}`)
    return { served, protocol, style: 'json', operation, labels: noLabels, path: request.path }
  }

  const rest = (candidates: readonly Served[], request: WireRequest): Target | undefined => {
    for (const served of candidates) {
      if (!served.router) continue
      const bucket = served.style === 's3' ? bucketOf(request.headers.host) : undefined
      const path = bucket === undefined ? request.path : `/${bucket}${request.path}`
      const routed = served.router(request.method, path, request.query, request.headers)
      const protocol = served.style === 's3' ? restXml : restJson
      if (routed) return { served, protocol, style: served.style, ...routed, path }
    }
    return undefined
  }

  return (request, claim) => {
    const target = request.headers['x-amz-target']
    if (target !== undefined) {
      const dot = target.lastIndexOf('.')
      return inScope(rpc(json, 'json', target.slice(0, dot), target.slice(dot + 1), request), claim)
    }
    const path = request.headers['smithy-protocol'] === 'rpc-v2-cbor' ? cborPath.exec(request.path) : undefined
    if (path) return inScope(rpc(cbor, 'smithy-rpc-v2-cbor', path[1] as string, path[2] as string, request), claim)
    const { style } = refusalOf(request)
    if (!claim && style === 'query' && unsignedForm) return formOf(unsignedForm, request)
    if (!claim && style !== 's3') throw unsigned(style)
    const scope = claim?.version === 4 ? claim.service : 's3'
    const candidates = byScope.get(scope)
    if (!candidates) throw unknownOperation(`The service '${scope}'`)
    const found = rest(candidates, request)
    if (found) return found
    const form = candidates.find(one => one.protocols.has('query'))
    if (form) return formOf(form, request)
    if (scope === 's3') throw methodNotAllowed(request)
    throw unknownOperation(`${request.method} ${request.path}`)
  }
}

/** A service with operations that nobody signs (STS): which one is asked stands in the form. */
const isAskedUnsigned = ({ protocols, service, model }: Served): boolean =>
  protocols.has('query') && Object.keys(service.operations).some(name => model.operations[name]?.authtype === 'none')

const formOf = (served: Served, { path }: WireRequest): Target => ({
  ...{ served, protocol: query, style: 'query', operation: undefined, labels: noLabels, path },
})

/** Some clients leave out the package that a prefix begins with: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`. */
function targetsOf({ model }: Served): string[] {
  const { targetPrefix } = model.metadata
  return targetPrefix ? [targetPrefix, targetPrefix.slice(targetPrefix.lastIndexOf('.') + 1)] : []
}

function inScope(target: Target, claim: Claim | undefined): Target {
  const { scope } = target.served
  if (claim && !(claim.version === 4 && claim.service === scope)) {
    throw authFault(target.style, 'badScope', `Credential should be scoped to correct service: '${scope}'.`)
  }
  return target
}

/** In what words to refuse a request before its service is known: by its shape, and by the scope it claims. */
export function refusalOf({ method, path, headers }: WireRequest): { protocol: Protocol; style: AuthStyle } {
  const type = method === 'POST' && path === '/' ? (headers['content-type'] ?? '') : ''
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return { protocol: cbor, style: 'json' }
  if (headers['x-amz-target'] !== undefined || type.includes('json')) return { protocol: json, style: 'json' }
  if (type.startsWith('application/x-www-form-urlencoded')) return { protocol: query, style: 'query' }
  const scope = /\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1]
  return scope === undefined || scope === 's3'
    ? { protocol: restXml, style: 's3' }
    : { protocol: restJson, style: 'json' }
}

export const unsigned = (style: AuthStyle): ServiceError =>
  authFault(style, 'missing', 'Request is missing Authentication Token')

const unknownOperation = (what: string): ServiceError =>
  new ServiceError('UnknownOperationException', `${what} is not known to this installation of Modelmart.`, {
    status: 404,
  })

const methodNotAllowed = (request: WireRequest): ServiceError =>
  new ServiceError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
    fields: { Method: request.method, ResourceType: 'SERVICE' },
  })
