import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { DOOR } from '../driver/door-listener.ts'
import { isDiskFull } from '../ground/disk-full.ts'
import { AccessDenied, ServiceError } from '../ground/errors.ts'
import { bodyMemory } from '../ground/memory-budget.ts'
import { turns } from '../ground/turns.ts'
import type { OperationModel, ServiceModel } from '../model/service-model.ts'
import { validate } from '../model/validator.ts'
import { authFault } from '../protocol/auth-fault.ts'
import { readClaim } from '../protocol/claim.ts'
import type { WireRequest, WireResponse } from '../protocol/message.ts'
import type { Context, Platform } from '../service/context.ts'
import type { Service } from '../service/service.ts'
import { type DiskRoom, takesRoom } from '../store/disk-room.ts'
import { answerProblems } from './answer-check.ts'
import { createAsking, signingOf, sourceIp } from './asking.ts'
import { anonymous, credentialOf } from './authenticate.ts'
import type { NoteSuccess } from './call-ledger.ts'
import { createContainerTunnels } from './container-tunnels.ts'
import type { ContainerVisits } from './container-visits.ts'
import { allowOrigin, type CorsGrant, preflight } from './cross-origin.ts'
import { discard, type Exchange, holdAnswer, holderOf, memoryOf, openExchange, releaseWhenOut } from './exchange.ts'
import { bucketOfForm, uploadForm } from './form-upload.ts'
import { type HandOn, isInItsMemory } from './hand-on.ts'
import { headModel, tellsInBody } from './head-model.ts'
import { createIdentify, type Identify, refusalOf, type Target, unsigned } from './identify.ts'
import { inert } from './inert.ts'
import { requireNoPage } from './of-a-page.ts'
import { healthHandler, metricsHandler, type OwnRoutes, readyHandler } from './own-routes.ts'
import { createRequestLimits, networkOf, type RequestLimits, throttled, usualRates } from './rate-limit.ts'
import { type RawHandler, type RawRoute, rawRouteOf } from './raw-routes.ts'
import { receive } from './receive-request.ts'
import { type Recorded, recording, recordRefusal } from './recording.ts'
import { guard, hasBody } from './request-body.ts'
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts'
import { guardReader, respond } from './respond.ts'
import { type Served, served } from './served.ts'
import { sayTransportSecurity } from './transport-security.ts'
import { type BucketOfHost, bucketOfHost } from './virtual-host.ts'
import { requireFewHeaders } from './wire-headers.ts'

export interface GatewayOptions extends OwnRoutes {
  readonly platform: Platform
  readonly services: readonly Service[]
  readonly log: Logger
  /** Answers `/v2/`: the OCI registry. */
  readonly registry?: RawHandler
  /** Answers `/console/`. */
  readonly console?: RawHandler
  /** Answers `/_sns/`: what receivers of notifications ask. */
  readonly notificationLinks?: RawHandler
  /** Answers `/console-session/`. */
  readonly consoleSession?: RawHandler
  /** Where requests are counted; one of its own when absent. */
  readonly requests?: RequestMetrics
  /** Adds to what `/metrics` tells. */
  readonly addMetrics?: (registry: Registry) => void
  /** What S3's buckets grant to pages of other origins; nothing when absent. */
  readonly cors?: CorsGrant
  /** Told of each authenticated request: which key was used, for which service and region. */
  readonly noteUse?: (accessKeyId: string, service: string, region: string) => void
  /** Of the disk; refuses what takes more of it while there is none. */
  readonly room?: Pick<DiskRoom, 'requireRoom'>
  /** The security log. */
  readonly audit?: AuditTrail
  /** How often one may ask; by `usualRates` when absent. */
  readonly limits?: RequestLimits
  readonly noteSuccess?: NoteSuccess
  /** Fails a call whose answer breaks the model, instead of sending it: for tests. */
  readonly checkAnswers?: boolean
  /** Takes S3 URLs that are presigned with signature version 2, HMAC-SHA1, which AWS retired. Off when absent. */
  readonly signatureVersion2?: boolean
  /** The region of requests that name none: anonymous ones and URLs presigned with signature version 2. */
  readonly region?: string
  /** Speaks TLS with these; plain http when absent. */
  readonly tls?: ServerOptions
  /** Who comes through the doors of containers; nobody when absent. */
  readonly visits?: ContainerVisits
  /** `HOST:PORT` each: where containers that are not isolated may connect to through the server, besides. */
  readonly containerHosts?: ReadonlySet<string> | undefined
  /** Of several servers: to the one that works. */
  readonly handOn?: HandOn | undefined
}

interface Gateway extends GatewayOptions {
  readonly limits: RequestLimits
  readonly identify: Identify
  readonly s3: Served | undefined
  readonly bucketOf: BucketOfHost
  readonly routes: readonly RawRoute[]
  readonly requests: RequestMetrics
  /** Whose requests count together towards the limit of an address. */
  readonly addressOf: (socket: Socket) => string
}

/** The server for everything, and one for containers that are not isolated, which listens nowhere. */
export interface Gateways {
  readonly server: Server | TlsServer
  readonly behindDoors: Server
}

/**
 * The server for everything, not yet listening. Throws when a service has an operation that its model does not know. A modelled
 * operation that is not in `operations` answers UnsupportedOperation (400; S3: NotImplemented, 501), an unknown one
 * UnknownOperationException (404), InvalidAction (query) or MethodNotAllowed (S3).
 */
export const createGateway = (options: GatewayOptions): Server | TlsServer => createGateways(options).server

/** The same, with a server that the doors of containers lead to: S3, STS and Logs, credentials of the container's role, and nothing else. */
export function createGateways(options: GatewayOptions): Gateways {
  const requests = options.requests ?? createRequestMetrics()
  const bucketOf = bucketOfHost(options.platform.url)
  const all = options.services.map(served)
  const identify = createIdentify(all, bucketOf)
  const s3 = all.find(one => one.style === 's3')
  const limits = options.limits ?? createRequestLimits(usualRates)
  options.addMetrics?.(requests.registry)
  const routes = routesOf(options, requests.registry)
  const addressOf = (socket: Socket) => networkOf(sourceIp(socket))
  const gateway: Gateway = { ...options, limits, s3, identify, bucketOf, requests, routes, addressOf }
  // No limit on the time of a whole request: uploads may take hours. Stalled bodies are cut off where they are read.
  // What waits unread on a connection is counted in bytes, and a chunk of one takes two hundred: fewer cost large bodies nothing.
  const highWaterMark = 16 * 1024
  const times = { headersTimeout: 20_000, handshakeTimeout: 20_000, requestTimeout: 0, keepAliveTimeout: 75_000 }
  const bounds = { ...times, maxHeaderSize: 32 * 1024, highWaterMark }
  const doors = behindDoors(gateway)
  const openTunnel = createContainerTunnels(options.containerHosts ?? new Set())
  const inside = answering(doors, createServer(bounds))
  // It listens nowhere and is given its connections; without this word Node holds none of them to its limits of time.
  inside.emit('listening')
  inside.on('connect', (request, client, head) => openTunnel(request, client, head, doors.addressOf(request.socket)))
  return {
    server: answering(gateway, options.tls ? createTlsServer({ ...options.tls, ...bounds }) : createServer(bounds)),
    behindDoors: inside,
  }
}

function answering<Kind extends Server | TlsServer>(gateway: Gateway, server: Kind): Kind {
  const answer = (incoming: IncomingMessage, response: ServerResponse) => serve(gateway, incoming, response, false)
  server.on('request', answer)
  // None is dropped silently; `requireFewHeaders` refuses many.
  server.maxHeadersCount = 0
  // An expectation that nobody knows is nobody's, as S3 has it.
  server.on('checkExpectation', answer)
  server.on('checkContinue', (incoming, response) => serve(gateway, incoming, response, true))
  return server
}

/** What containers may ask, by the scope that requests are signed for. */
const reached: ReadonlySet<string> = new Set(['s3', 'sts', 'logs'])

/** Nothing that is for people and operators, no registry, and of the services those alone. */
function behindDoors(gateway: Gateway): Gateway {
  const { visits, identify } = gateway
  return {
    ...gateway,
    routes: visits ? [{ name: 'credentials', prefix: DOOR.credentialsPath, handler: visits.credentials }] : [],
    identify(request, claim) {
      const target = identify(request, claim)
      if (reached.has(target.served.scope)) return target
      const words = `${target.served.name} cannot be reached from a container of this installation of Modelmart: S3, STS and CloudWatch Logs can.`
      throw new AccessDenied(words)
    },
    addressOf(socket) {
      const { arn, host } = visits?.visitorOf(socket)?.key ?? {}
      return `${arn} ${host}`
    },
  }
}

function routesOf(options: GatewayOptions, registry: Registry): RawRoute[] {
  return [
    { name: 'health', prefix: '/healthz', handler: healthHandler(options) },
    { name: 'ready', prefix: '/readyz', handler: readyHandler(options) },
    { name: 'metrics', prefix: '/metrics', handler: metricsHandler(registry, options) },
    ...(options.registry ? [{ name: 'registry', prefix: '/v2/', handler: options.registry }] : []),
    ...(options.notificationLinks
      ? [{ name: 'notification-links', prefix: '/_sns/', handler: options.notificationLinks }]
      : []),
    ...(options.consoleSession
      ? [{ name: 'console-session', prefix: '/console-session/', handler: options.consoleSession }]
      : []),
    ...(options.console ? [{ name: 'console', prefix: '/console/', handler: options.console }] : []),
  ]
}

/** Asked by who watches the server, whatever others ask meanwhile. */
const uncounted: ReadonlySet<string> = new Set(['health', 'ready', 'metrics'])

async function serve(
  gateway: Gateway,
  incoming: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<void> {
  const started = performance.now()
  const exchange = openExchange(incoming, response, waits)
  const route = rawRouteOf(gateway.routes, exchange.request)
  if (route && route.name !== 'console')
    for (const [name, value] of Object.entries(inert)) response.setHeader(name, value)
  sayTransportSecurity(incoming, response)
  try {
    // Who hands on has counted it.
    const isCounted = gateway.handOn?.admit(incoming)
    const isExempt = isCounted || (route && uncounted.has(route.name))
    if (!isExempt && !gateway.limits.addresses.take(gateway.addressOf(incoming.socket))) {
      if (route) tooMany(response)
      else throw throttled(refusalOf(exchange.request).style)
    } else if (route) {
      exchange.operation = route.name
      exchange.proceed()
      if (hasBody(exchange.request)) guard(incoming)
      guardReader(response)
      await route.handler(incoming, response)
      noteRegistryRefusal(gateway, exchange)
    } else if (!(await handedOn(gateway, exchange))) {
      const answer = await call(gateway, exchange)
      holdAnswer(exchange, answer)
      await respond(response, answer)
    }
  } catch (error) {
    refuse(gateway, exchange, error)
  }
  releaseWhenOut(exchange)
  discard(incoming)
  record(gateway, exchange, (performance.now() - started) / 1000)
}

/** Whether the server that works has answered what only that can. */
async function handedOn({ handOn, identify, bucketOf }: Gateway, exchange: Exchange): Promise<boolean> {
  const { request } = exchange
  if (!handOn || handOn.isHere() || request.method === 'OPTIONS' || bucketOfForm(request, bucketOf) !== undefined)
    return false
  const target = identify(request, readClaim(request, refusalOf(request).style))
  if (!isInItsMemory(target)) return false
  exchange.target = target
  exchange.operation = target.operation?.name ?? ''
  return handOn.pass(exchange)
}

/** The whole path of an AWS call. */
async function call(gateway: Gateway, exchange: Exchange): Promise<WireResponse> {
  const { platform, identify, cors, region = 'us-east-1' } = gateway
  const { incoming, requestId, response } = exchange
  const now = platform.now()
  if (exchange.request.method === 'OPTIONS') return preflight(cors, gateway.bucketOf, exchange.request)

  const bucket = bucketOfForm(exchange.request, gateway.bucketOf)
  if (bucket !== undefined && gateway.s3) return takeForm(gateway, exchange, gateway.s3, bucket)

  const claim = readClaim(exchange.request, refusalOf(exchange.request).style)
  // To prove whose it is costs as much as most operations: who asks many things at once waits with that, too.
  await turns.take(`${claim?.accessKeyId} ${gateway.addressOf(incoming.socket)}`)
  requireFewHeaders(incoming, refusalOf(exchange.request).style)
  if (claim?.version === 2 && !gateway.signatureVersion2) throw retired()
  const target = identify(exchange.request, claim)
  const { protocol, style, labels } = target
  const { service, model, scope, violation } = target.served
  exchange.target = target
  exchange.operation = target.operation?.name ?? ''
  if (claim) exchange.accessKeyId = claim.accessKeyId
  await allowOrigin(cors, exchange.request, labels.Bucket, response)

  if (!claim && style !== 's3' && target.operation) throw unsigned(style)
  if (style === 'query') requireNoPage(exchange.request)
  const signer = claim && { claim, credential: await credentialOf(platform.iam, claim, style, now) }
  const principal = signer?.credential.principal ?? anonymous
  const where = claim?.version === 4 ? claim.region : region
  Object.assign(exchange, { principal, region: where, isProven: !claim })
  const signing = claim && signingOf(claim, exchange.request)
  const holder = holderOf(exchange.request, claim, principal.account)
  const memory = memoryOf(holder, principal.account)
  exchange.memory = memory
  const asker = { principal, region: where, signing, memory }
  const asked = { platform, served: target.served, incoming, response, requestId, ...asker }
  const { contextFor, permit, asked: asks } = createAsking(asked)
  exchange.asked = asks

  let head: Head | undefined
  const admit = async (operation: OperationModel, request: WireRequest): Promise<void> => {
    exchange.isProven = true
    exchange.operation = operation.name
    if (!protocol.head || !service.operations[operation.name]) return
    const ctx = contextFor(request)
    head = { request, ctx, input: protocol.head({ model, operation, request, labels }) }
    if (operation.input) validate(headModel(model, operation), operation.input, head.input, violation)
    await permit(operation.name, head.input, ctx)
    if (takesRoom(operation.name)) gateway.room?.requireRoom()
  }
  const { operation, request, body } = await receive({ ...exchange, target, signer, now, memory, holder, admit })
  exchange.operation = operation.name
  exchange.account = principal.account
  exchange.isProven = true
  if (principal.account && !gateway.limits.accounts.take(principal.account)) throw throttled(style, model)
  if (claim) gateway.noteUse?.(claim.accessKeyId, scope, where)
  await turns.take(principal.account)

  const { run } = service.operations[operation.name] ?? notServed(operation.name, style)
  const known = head?.request === request ? head : undefined
  const input = await protocol.parse({ model, operation, request, labels, body, head: known?.input })
  if (operation.input) validate(model, operation.input, input, violation)
  const ctx = known?.ctx ?? contextFor(request)
  // Condition keys may stand in the body: tags, a bucket's place.
  if (!known || tellsInBody(model, operation)) await permit(operation.name, input, ctx)
  if (takesRoom(operation.name)) gateway.room?.requireRoom()

  if (!gateway.limits.operations.take(target.served.name, operation.name, principal.account, where))
    throw throttled(style, model)
  const output = (await recording(gateway.audit, recordedOf(exchange), operation, input, () => run(input, ctx))) ?? {}
  // What many have waited for, such as the disk, is over for all of them at once.
  await turns.takeAgain(principal.account)
  if (gateway.checkAnswers) requireModelled(model, operation, output)
  gateway.noteSuccess?.(target.served.name, operation.name, incoming.headers['user-agent'] ?? '')
  const answer = protocol.serialize({ model, operation, request }, output, requestId)
  return style === 's3' ? answer : { ...answer, headers: { ...answer.headers, ...keptByNobody } }
}

/** Credentials, keys and tokens are among the answers of most APIs; what S3 answers its owner decides. */
const keptByNobody = { 'cache-control': 'no-store' } as const

/** In the words of the OCI distribution specification, which the console understands as well. */
function tooMany(response: ServerResponse): void {
  const errors = [{ code: 'TOOMANYREQUESTS', message: 'Rate exceeded' }]
  response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' }).end(JSON.stringify({ errors }))
}

function recordedOf(exchange: Exchange): Recorded {
  const { incoming, requestId, target, operation, region, accessKeyId, principal } = exchange
  const from = { sourceIp: sourceIp(incoming.socket), userAgent: incoming.headers['user-agent'] ?? '' }
  const who = { region, accessKeyId, principal, isProven: exchange.isProven ?? false }
  return { requestId, model: target?.served.model, operation, ...from, ...who, asked: exchange.asked ?? [] }
}

/** The registry answers its refusals itself; one without credentials is told where to get some, which refuses nobody. */
function noteRegistryRefusal(gateway: Gateway, exchange: Exchange): void {
  const { request, response, operation } = exchange
  const { statusCode } = response
  if (operation !== 'registry' || !(statusCode === 403 || (statusCode === 401 && request.headers.authorization))) return
  const model = gateway.services.find(({ model }) => model.metadata.serviceId === 'ECR')?.model
  const parameters = { method: request.method, path: request.path.slice(0, 256) }
  const known = { ...recordedOf(exchange), model, operation: 'RegistryRequest', parameters }
  recordRefusal(gateway.audit, known, new AccessDenied(`The registry answered ${statusCode}`))
}

async function takeForm(gateway: Gateway, exchange: Exchange, served: Served, bucket: string): Promise<WireResponse> {
  const { platform, noteUse, region = 'us-east-1' } = gateway
  exchange.operation = 'PostObject'
  gateway.room?.requireRoom()
  await allowOrigin(gateway.cors, exchange.request, bucket, exchange.response)
  exchange.proceed()
  const memory = bodyMemory.claim('forms')
  return uploadForm({ ...exchange, memory, platform, noteUse, region, served, bucket, now: platform.now() })
}

function requireModelled(model: ServiceModel, { name, output }: OperationModel, answer: unknown): void {
  const problems = output ? answerProblems(model, output, answer) : []
  if (problems.length > 0)
    throw new Error(
      `The answer of ${model.metadata.serviceId} ${name} breaks its model: ${problems.slice(0, 20).join('; ')}`,
    )
}

const retired = (): ServiceError =>
  authFault(
    's3',
    'unsupported',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  )

/** What is known, and allowed, before the body. */
interface Head {
  readonly request: WireRequest
  readonly ctx: Context
  readonly input: Record<string, unknown>
}

function notServed(name: string, style: Target['style']): never {
  const message = `${name} is not served by this installation of Modelmart.`
  if (style === 's3') throw new ServiceError('NotImplemented', message, { status: 501 })
  throw new ServiceError('UnsupportedOperation', message, { status: 400 })
}

/** Answers an error in the caller's protocol. What is no ServiceError is ours: logged with its stack, told without its text. */
function refuse(gateway: Gateway, exchange: Exchange, error: unknown): void {
  recordRefusal(gateway.audit, recordedOf(exchange), error)
  const { incoming, response, request, requestId, target } = exchange
  if (response.destroyed || response.headersSent || (incoming.destroyed && !incoming.complete)) {
    gateway.log.debug({ err: error, requestId }, 'request ended early')
    response.destroy()
    return
  }
  const known = error instanceof ServiceError ? error : internalFailure(gateway, exchange, error)
  const protocol = target?.protocol ?? refusalOf(request).protocol
  const answer = protocol.serializeError({ model: target?.served.model, request, requestId }, known)
  if (!incoming.complete && !(Number(request.headers['content-length']) < 64 * 1024 * 1024))
    response.shouldKeepAlive = false
  void respond(response, answer)
}

function internalFailure({ log }: Gateway, { requestId, operation }: Exchange, err: unknown): ServiceError {
  log.error({ err, requestId, operation }, 'internal failure')
  const what = isDiskFull(err) ? 'The disk of this installation is full' : 'An internal error occurred'
  return new ServiceError('InternalFailure', `${what}. The request was ${requestId}.`, { status: 500 })
}

function record({ requests, log }: Gateway, exchange: Exchange, seconds: number): void {
  const { response, request, requestId, target, operation, account } = exchange
  const service = target?.served.name ?? 'gateway'
  requests.observe(service, operation || 'unknown', response.statusCode, seconds)
  if (!log.isLevelEnabled('debug')) return
  const { method, path } = request
  log.debug({ requestId, service, operation, method, path, account, status: response.statusCode, seconds }, 'request')
}
