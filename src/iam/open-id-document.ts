import { X509Certificate } from 'node:crypto'
import { lookup as resolve } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { clock } from '../ground/clock.ts'
import { readWhole } from '../ground/read-whole.ts'
import { isPublicAddress } from '../outgoing/public-address.ts'

/** What is sent to a provider; a GET without a body unless it says otherwise. */
export interface ProviderRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks identity providers, and reads what they publish. */
export interface OpenIdDocuments {
  /** The answer to a request, whatever its status; no redirect is followed. Trusts as `read` does; throws Error when there is none. */
  send(url: string, asked: ProviderRequest, thumbprints: readonly string[]): Promise<Response>
  /**
   * A JSON document. Its server is trusted as browsers trust it, or by a certificate in its chain that has one of these SHA-1
   * thumbprints. Throws ProviderBusy when it answers that it cannot now, Error with the reason when it cannot be had.
   */
  read(url: string, thumbprints: readonly string[]): Promise<unknown>
  /** SHA-1 thumbprint of the topmost certificate that the server of a URL shows. Throws Error with the reason. */
  topThumbprint(url: string): Promise<string>
}

/** The provider answers, but with 429 or a failure of its own. */
export class ProviderBusy extends Error {}

/** AWS gives a provider five seconds (re:Post, "How can I resolve the InvalidIdentityToken error"). */
const patience = 5000
const mostBytes = 256 * 1024

/**
 * `innerHosts` are those that the operator lets stand at addresses that are not public; without leave a tenant could have this
 * server ask what only this server can reach. Redirects are not followed: they would lead around that.
 */
export function createOpenIdDocuments(innerHosts: ReadonlySet<string>): OpenIdDocuments {
  const optionsFor = (url: URL) => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const inner = innerHosts.has(host)
    if (url.protocol !== 'https:') throw new Error(`${url} is not https`)
    if (isIP(host) && !inner && !isPublicAddress(host)) throw notPublic(host)
    const port = Number(url.port) || 443
    return { host, port, servername: isIP(host) ? '' : host, ...(!inner && { lookup: publicLookup }) }
  }

  async function send(url: URL, { method = 'GET', headers = {}, body }: ProviderRequest, trust: RequestOptions) {
    const own = { accept: 'application/json', 'user-agent': 'modelmart', ...headers }
    const path = `${url.pathname}${url.search}`
    const options = { ...optionsFor(url), ...trust, method, path, headers: own, agent: false as const }
    return withinTime(async signal => {
      const answer = await new Promise<IncomingMessage>((take, fail) =>
        request({ ...options, signal }, take)
          .on('error', fail)
          .end(body),
      )
      const { statusCode = 0, headers: told } = answer
      const bytes = await readWhole(answer, { limit: mostBytes }).finally(() => answer.destroy())
      // Such an answer has no body, and Response takes none.
      const isBare = [204, 205, 304].includes(statusCode)
      const type = { 'content-type': told['content-type'] ?? 'application/json' }
      return new Response(isBare ? null : Buffer.from(bytes), { status: statusCode, headers: type })
    })
  }

  /** By the authorities that browsers trust, else by the certificate that the thumbprints name. */
  async function sendTrusting(address: string, asked: ProviderRequest, thumbprints: readonly string[]) {
    const url = new URL(address)
    try {
      return await send(url, asked, {})
    } catch (error) {
      if (!isDistrust(error) || thumbprints.length === 0) throw error
      const pinned = (await chainOf(url)).find(one => thumbprints.includes(thumbprintOf(one)))
      if (!pinned) throw new Error(`no certificate of ${url.host} has a thumbprint of the provider`)
      return send(url, asked, { ca: pinned.toString(), allowPartialTrustChain: true })
    }
  }

  /** The chain as it is shown, trusted by nobody yet; nothing is sent. */
  async function chainOf(url: URL): Promise<X509Certificate[]> {
    const at = optionsFor(url)
    return withinTime(
      signal =>
        new Promise((take, fail) => {
          const socket: TLSSocket = connect({ ...at, rejectUnauthorized: false }, () => {
            take(certificatesOf(socket.getPeerCertificate(true)))
            socket.destroy()
          })
          socket.on('error', fail)
          signal.addEventListener('abort', () => socket.destroy(signal.reason as Error))
        }),
    )
  }

  return {
    send: sendTrusting,
    async read(address, thumbprints) {
      const answer = await sendTrusting(address, {}, thumbprints)
      const { status } = answer
      if (status === 429 || status >= 500) throw new ProviderBusy(`${address} answered ${status}`)
      if (status !== 200) throw new Error(`${address} answered ${status}`)
      return answer.json()
    },
    async topThumbprint(address) {
      const top = (await chainOf(new URL(address))).at(-1)
      if (!top) throw new Error(`${address} shows no certificate`)
      return thumbprintOf(top)
    },
  }
}

const thumbprintOf = ({ fingerprint }: X509Certificate): string => fingerprint.replaceAll(':', '').toLowerCase()

/** OpenSSL's and Node's own words for a certificate that does not hold; not for a server that cannot be reached. */
const isDistrust = (error: unknown): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(String((error as NodeJS.ErrnoException).code))

/** From the server's own to the topmost; a self-signed one names itself as its issuer. */
function certificatesOf(peer: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = []
  let next: DetailedPeerCertificate | undefined = peer
  while (next?.raw && chain.length < 10) {
    chain.push(new X509Certificate(next.raw))
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}

const publicLookup: LookupFunction = (hostname, options, callback) =>
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const inner = found?.find(({ address }) => !isPublicAddress(address))
    const problem = error ?? (inner && notPublic(hostname))
    const [first] = found ?? []
    if (problem || !first) return callback(problem ?? new Error(`${hostname} has no address`), '', 0)
    return options.all ? callback(null, found) : callback(null, first.address, first.family)
  })

const notPublic = (host: string): NodeJS.ErrnoException =>
  new Error(`the address of ${host} is not public, and the operator has not named it (--openid-hosts)`)

async function withinTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  using _ = clock.after(patience, () => late.abort(new Error(`no answer within ${patience / 1000} s`)))
  return await work(late.signal)
}
