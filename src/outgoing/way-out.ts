import { lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, Client, Pool } from 'undici'
import { clock } from '../ground/clock.ts'
import { type AddressOptions, type AddressRules, createAddressRules } from './address-rules.ts'
import { exchange } from './exchange.ts'
import {
  AddressRefused,
  type OutgoingAnswer,
  type OutgoingRequest,
  type Sent,
  Unanswered,
  Unreachable,
} from './outgoing-request.ts'
import { someAtOnce } from './some-at-once.ts'

/** The one way out to addresses that tenants name. */
export interface WayOut {
  /**
   * Sends once, and tells what came back; a redirect is an answer like another. Throws AddressRefused, Unreachable when nobody took the request,
   * Unanswered when no answer came in time, Error when none will come.
   */
  send(request: OutgoingRequest, signal: AbortSignal): Promise<OutgoingAnswer>
  /** Sends to one place, some at once, and tells what came of each. Where nobody is reached or answers, nobody does for what comes behind. */
  sendEach(requests: readonly OutgoingRequest[], signal: AbortSignal): Promise<readonly Sent[]>
  /** Why a URL will never be asked, as far as it tells by itself; undefined when it may be. */
  problem(url: string): string | undefined
  close(): void
}

/** SNS Developer Guide, "Fanout to HTTPS endpoints": an answer must come within 15 seconds. */
const patienceMs = 15_000

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }
const portOf = ({ port, protocol }: URL): number => Number(port) || (usualPorts[protocol] ?? 0)

/** Of a connection that was kept, and that the other side has closed meanwhile. */
const closed = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** Connections are kept for the next request to the same place; each was checked when it was made. */
export function createWayOut(options: AddressOptions): WayOut {
  const rules = createAddressRules(options)
  // Time is kept here, for all of an exchange.
  const kept = {
    keepAliveTimeout: 2 * patienceMs,
    keepAliveMaxTimeout: 2 * patienceMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  const settingsFor = (origin: URL) => ({
    ...{ ...kept, pipelining: 1 },
    connect: { lookup: checkedLookup(rules, portOf(origin)), timeout: patienceMs },
  })
  // As many connections as requests: who does not answer keeps nobody waiting that has the same address.
  const agent = new Agent({ factory: origin => new Pool(origin, settingsFor(new URL(origin))) })

  async function send(request: OutgoingRequest, signal: AbortSignal): Promise<OutgoingAnswer> {
    const url = URL.parse(request.url)
    const refused = urlProblem(rules, request.url, url)
    if (!url || refused !== undefined) throw new AddressRefused(refused)
    const late = { end(_: Error) {} }
    using _ = clock.after(patienceMs, () => late.end(new Unanswered(`no answer within ${patienceMs / 1000} seconds`)))
    try {
      return await exchange(agent, url, request, { signal, late })
    } catch (error) {
      if (!closed.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      const fresh = new Client(url, settingsFor(url))
      try {
        return await exchange(fresh, url, request, { signal, late })
      } finally {
        void fresh.destroy()
      }
    }
  }

  return {
    problem: text => urlProblem(rules, text),
    send,
    sendEach: eachBy(send),
    close() {
      void agent.destroy()
    },
  }
}

/** How each is sent, by how one is. */
export const eachBy =
  (send: WayOut['send']): WayOut['sendEach'] =>
  (requests, signal) =>
    someAtOnce<OutgoingRequest, OutgoingAnswer | Error>(
      requests,
      signal,
      one => send(one, signal).catch((wrong: Error) => wrong),
      concernsAll,
    )

const concernsAll = (sent: OutgoingAnswer | Error): boolean => sent instanceof Unreachable || sent instanceof Unanswered

/** Why a URL will never be asked, as far as it tells by itself. */
export function urlProblem(rules: AddressRules, text: string, url = URL.parse(text)): string | undefined {
  if (!url || !Object.hasOwn(usualPorts, url.protocol)) return `${text} is no http or https URL`
  if (url.username !== '' || url.password !== '')
    return `${url.host} with a user name or password in its URL is not served`
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(host) ? rules.problem(host, portOf(url)) : undefined
}

/** Addresses are looked at as they are connected to, so that a name cannot lead elsewhere than it was checked for. */
const checkedLookup =
  (rules: AddressRules, port: number): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const [first] = found ?? []
      const refused = found?.map(({ address }) => rules.problem(address, port)).find(one => one !== undefined)
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '', 0)
      if (refused !== undefined) return callback(new AddressRefused(`${hostname}: ${refused}`), '', 0)
      return options.all ? callback(null, found) : callback(null, first.address, first.family)
    })
