import { lookup as resolve } from 'node:dns'
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { clock } from '../ground/clock.ts'
import { type AddressOptions, type AddressRules, createAddressRules } from './address-rules.ts'

export interface OutgoingRequest {
  readonly method: string
  /** http or https; without a user name. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** More of the answer than usual is wanted. */
  readonly mostCharacters?: number
}

export interface OutgoingAnswer {
  readonly status: number
  /** The answer's first 1,024 characters, unless more were wanted. */
  readonly text: string
}

/** The one way out to addresses that tenants name. */
export interface WayOut {
  /**
   * Sends once, and tells what came back; a redirect is an answer like another. Throws AddressRefused, Unreachable when nobody took the request,
   * Unanswered when no answer came in time, Error when none will come.
   */
  send(request: OutgoingRequest, signal?: AbortSignal): Promise<OutgoingAnswer>
  /** Why a URL will never be asked, as far as it tells by itself; undefined when it may be. */
  problem(url: string): string | undefined
  close(): void
}

/** Nobody was reached: whatever was to be sent does not matter. */
export class Unreachable extends Error {}

/** The other side has not answered in its time. */
export class Unanswered extends Error {}

/** The address is none that may be asked. */
export class AddressRefused extends Unreachable {}

/** SNS Developer Guide, "Fanout to HTTPS endpoints": an answer must come within 15 seconds. */
const patienceMs = 15_000
const mostCharacters = 1024
/** At most. */
const bytesOfACharacter = 4

/** Connections are kept for the next request to the same place; each was checked when it was made. */
export function createWayOut(options: AddressOptions): WayOut {
  const rules = createAddressRules(options)
  const kept = { keepAlive: true, maxFreeSockets: 8, timeout: 2 * patienceMs }
  const schemes = {
    'http:': { request: httpRequest, agent: new HttpAgent(kept), port: 80 },
    'https:': { request: httpsRequest, agent: new HttpsAgent(kept), port: 443 },
  }

  async function sendOnce(given: OutgoingRequest, fresh: boolean, signal: AbortSignal): Promise<OutgoingAnswer> {
    const url = new URL(given.url)
    const { request, agent, port: usual } = schemes[url.protocol as 'http:']
    const port = Number(url.port) || usual
    const { method, headers, body } = given
    const bytes = Buffer.from(body)
    let isSent = false
    let asked: ClientRequest | undefined
    try {
      const response = await new Promise<IncomingMessage>((take, fail) => {
        asked = request(
          url,
          {
            ...{ method, signal, agent: fresh ? false : agent, lookup: checkedLookup(rules, port) },
            headers: { ...headers, 'content-length': bytes.length },
          },
          take,
        )
        asked.on('error', fail).on('finish', () => {
          isSent = true
        })
        asked.end(bytes)
      })
      return {
        status: response.statusCode ?? 0,
        text: await beginningOf(response, given.mostCharacters ?? mostCharacters),
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // A connection that was kept, and that the other side has closed meanwhile.
      if (asked?.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')) return sendOnce(given, true, signal)
      if (signal.aborted) throw signal.reason
      throw isSent || error instanceof Unreachable ? error : new Unreachable((error as Error).message)
    }
  }

  function problem(text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (!url || !Object.hasOwn(schemes, url.protocol)) return `${text} is no http or https URL`
    if (url.username !== '' || url.password !== '')
      return `${url.host} with a user name or password in its URL is not served`
    const host = url.hostname.replace(/^\[|\]$/g, '')
    return isIP(host) ? rules.problem(host, Number(url.port) || schemes[url.protocol as 'http:'].port) : undefined
  }

  return {
    problem,
    async send(request, signal) {
      const refused = problem(request.url)
      if (refused !== undefined) throw new AddressRefused(refused)
      const late = new AbortController()
      using _ = clock.after(patienceMs, () =>
        late.abort(new Unanswered(`no answer within ${patienceMs / 1000} seconds`)),
      )
      return await sendOnce(request, false, signal ? AbortSignal.any([late.signal, signal]) : late.signal)
    },
    close() {
      for (const { agent } of Object.values(schemes)) agent.destroy()
    },
  }
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

/** What is longer is not read to its end: the connection is given up. */
async function beginningOf(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > most * bytesOfACharacter) break
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, most)
}
