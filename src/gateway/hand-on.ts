import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { clock } from '../ground/clock.ts'
import { AccessDenied, ServiceError } from '../ground/errors.ts'
import { sourceIp, tellSourceIp } from './asking.ts'
import type { Exchange } from './exchange.ts'
import type { Target } from './identify.ts'
import { guard, hasBody } from './request-body.ts'
import { guardReader } from './respond.ts'

/** Hands what only the server that works can answer on to it, bytes and all. */
export interface HandOn {
  /** Whether this server works itself. */
  isHere(): boolean
  /** Takes it from who hands on whose request it is; false for one that nobody does. Throws AccessDenied for who is none of the servers. */
  admit(incoming: IncomingMessage): boolean
  /** False when the request is to be answered here after all. Throws ServiceUnavailable when nobody works for ten seconds. */
  pass(exchange: Handed): Promise<boolean>
}

/** What is no AWS call has no target, and nobody who waits to be told to send its body. */
export type Handed = Pick<Exchange, 'incoming' | 'response'> & Partial<Pick<Exchange, 'request' | 'proceed' | 'target'>>

export interface HandOnParts {
  /** What the servers share. */
  readonly secret: Buffer
  isWorking(): boolean
  /** `http://HOST:PORT` of the one that works. */
  working(): Promise<string | undefined>
  /** `https://HOST`: what the world calls all servers, which a peer's certificate may be for. */
  readonly publicUrl?: string | undefined
  /** For how long a request waits while nobody works; ten seconds when absent. */
  readonly waitMs?: number
}

/** What is asked of the memory, the threads and the engine of the server that works, by service and operation. */
const inItsMemory: Readonly<Record<string, ReadonlySet<string> | 'all'>> = {
  'SageMaker Runtime': 'all',
  SageMaker: new Set(['DeleteEndpoint', 'DeleteInferenceComponent']),
  'CloudWatch Logs': new Set([
    ...['PutLogEvents', 'StartLiveTail', 'StartQuery', 'StopQuery', 'GetQueryResults', 'DescribeQueries'],
  ]),
  'Marketplace Operator': new Set(['GetInstallationHealth', 'ListExamples', 'PublishExamples']),
}

export function isInItsMemory({ served, operation }: Pick<Target, 'served' | 'operation'>): boolean {
  const some = inItsMemory[served.name]
  return some === 'all' || (operation !== undefined && some?.has(operation.name) === true)
}

const header = 'modelmart-peer'
/** What the sender said of its time may differ from ours by as much as a signature's. */
const skewMs = 300_000
const usualWaitMs = 10_000
const lookMs = 100
const connectMs = 1000

export function createHandOn({ secret, isWorking, working, publicUrl, waitMs = usualWaitMs }: HandOnParts): HandOn {
  const key = createHmac('sha256', secret).update('peers').digest()
  const macOf = (address: string, time: string) => createHmac('sha256', key).update(`${address} ${time}`).digest('hex')
  const fromPeers = new WeakSet<IncomingMessage>()
  const agents = new WeakMap<Socket, Agents>()

  const wordsFor = (address: string): string => {
    const time = String(clock.now())
    return `${address} ${time} ${macOf(address, time)}`
  }

  /** One connection to the server that works for each of a client's, so that both stand for one address. */
  function agentsOf(socket: Socket): Agents {
    const known = agents.get(socket)
    if (known) return known
    const made = {
      http: new Agent({ keepAlive: true, maxSockets: 1 }),
      https: new TlsAgent({ keepAlive: true, maxSockets: 1 }),
    }
    agents.set(socket, made)
    socket.once('close', () => {
      made.http.destroy()
      made.https.destroy()
    })
    return made
  }

  async function reach(address: string, incoming: IncomingMessage): Promise<ClientRequest | undefined> {
    const { http, https } = agentsOf(incoming.socket)
    const isTls = address.startsWith('https:')
    const { method, url: path, rawHeaders } = incoming
    const headers = [...endToEnd(rawHeaders), header, wordsFor(sourceIp(incoming.socket))]
    const { hostname, port } = new URL(address)
    const host = hostname.replace(/^\[|\]$/g, '')
    const asked = { host, port: port || (isTls ? 443 : 80), method, path, headers, setHost: false }
    const isPeer = peerIdentity(host, publicUrl)
    const request = isTls
      ? tlsRequest({ ...asked, agent: https, checkServerIdentity: isPeer })
      : plainRequest({ ...asked, agent: http })
    const connected = await isConnected(request)
    return connected ? request : undefined
  }

  return {
    isHere: isWorking,
    admit(incoming) {
      const words = incoming.headers[header]
      if (words === undefined) return false
      const [address = '', time = '', mac = ''] = String(words).split(' ')
      const [right, said] = [Buffer.from(macOf(address, time)), Buffer.from(mac)]
      const isOurs = right.length === said.length && timingSafeEqual(right, said)
      if (!isOurs || Math.abs(clock.now() - Number(time)) > skewMs)
        throw new AccessDenied('Only the servers of this installation hand requests on to one another.')
      fromPeers.add(incoming)
      tellSourceIp(incoming.socket, address)
      return true
    },
    async pass(exchange) {
      const { incoming, response } = exchange
      const end = clock.elapsed() + waitMs
      while (!isWorking()) {
        const address = fromPeers.has(incoming) ? undefined : await working().catch(() => undefined)
        const upstream = address && (await reach(address, incoming))
        if (upstream) {
          await relay(exchange, upstream)
          return true
        }
        if (clock.elapsed() > end || incoming.destroyed) throw unavailable(exchange)
        await clock.sleep(lookMs)
        if (response.destroyed) return true
      }
      return false
    },
  }
}

/** Whether a certificate is for where a peer is, or for what the world calls all of them: Pods have addresses that no authority signs. */
export function peerIdentity(host: string, publicUrl: string | undefined) {
  const names = [host, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])]
  return (_: string, certificate: PeerCertificate): Error | undefined => {
    const problems = names.map(name => checkServerIdentity(name, certificate))
    return problems.includes(undefined) ? undefined : problems[0]
  }
}

interface Agents {
  readonly http: Agent
  readonly https: TlsAgent
}

/** Not what is said from one connection's end to the other (RFC 9110, 7.6.1). */
const ofConnections = new Set(['connection', 'keep-alive', 'proxy-connection', header])

/** Nor what `Connection` names. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  const nameOf = (index: number) => (rawHeaders[index - (index % 2)] ?? '').toLowerCase()
  const told = rawHeaders.filter((_, index) => index % 2 === 1 && nameOf(index) === 'connection')
  const named = new Set(told.flatMap(value => value.toLowerCase().split(/\s*,\s*/)))
  return rawHeaders.filter((_, index) => !ofConnections.has(nameOf(index)) && !named.has(nameOf(index)))
}

/** Nothing of the body is read before there is somebody to have it. */
async function isConnected(request: ClientRequest): Promise<boolean> {
  using _ = clock.after(connectMs, () => void request.destroy(new Error('it does not answer')))
  try {
    const [socket] = (await once(request, 'socket')) as [Socket]
    if (socket.connecting)
      await Promise.race([once(socket, 'connect'), once(request, 'error').then(([error]) => Promise.reject(error))])
    return !request.destroyed
  } catch {
    // What is told later of a request that is given up is of no use to anybody.
    request.on('error', () => {})
    return false
  }
}

async function relay(exchange: Handed, upstream: ClientRequest): Promise<void> {
  const { incoming, response, request, proceed } = exchange
  proceed?.()
  if (request && hasBody(request)) guard(incoming)
  guardReader(response)
  upstream.on('error', () => {})
  response.once('close', () => void upstream.destroy())
  const answered = once(upstream, 'response').catch(() => {
    throw unavailable(exchange)
  })
  incoming.pipe(upstream)
  const [answer] = (await answered) as [IncomingMessage]
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answerHeaders(answer.rawHeaders))
  await pipeline(answer, response)
}

/** Node frames the answer's body anew where it has no length. */
const answerHeaders = (rawHeaders: readonly string[]): string[] => {
  const headers = endToEnd(rawHeaders)
  return headers.filter((_, index) => (headers[index - (index % 2)] ?? '').toLowerCase() !== 'transfer-encoding')
}

function unavailable({ response, target }: Handed): ServiceError {
  const shapes = target?.served.model.shapes ?? {}
  const name = ['ServiceUnavailable', 'ServiceUnavailableException'].find(one => shapes[one]?.exception)
  if (!response.headersSent) response.setHeader('retry-after', '1')
  return new ServiceError(
    name ?? 'ServiceUnavailable',
    'The server that works is being replaced. Try your call again.',
    {
      status: 503,
    },
  )
}
