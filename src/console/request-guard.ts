import type { IncomingMessage } from 'node:http'
import { sessionError } from './session-error.ts'

/** A form or a picture of another page cannot send it, and a script of another page only with leave that nobody gives it. */
export const ownHeader = 'x-modelmart-console'

type Head = Pick<IncomingMessage, 'method' | 'headers' | 'socket'>

const isSecure = ({ socket }: Pick<IncomingMessage, 'socket'>): boolean => 'encrypted' in socket

/**
 * Throws unless a request that changes something comes from this server's own page: its `Origin` is the address that was asked, it has our
 * own header and is JSON (OWASP, "Cross-Site Request Forgery Prevention"). `Sec-Fetch-Site` is believed when it is there: browsers leave it
 * out on plain http to names that are not loopback.
 */
export function requireOwnPage(request: Head): void {
  const { headers } = request
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin')
    throw sessionError.foreign(`The request comes from a page that is ${site}.`)
  if (request.method === 'GET') return
  if (!isOwnOrigin(request)) throw sessionError.foreign('The Origin of the request is not this server.')
  if (headers[ownHeader] === undefined) throw sessionError.foreign(`The request has no ${ownHeader} header.`)
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw sessionError.foreign('The request is not application/json.')
}

/** Behind a proxy that ends TLS the page is https where this server sees http; never the other way round. */
function isOwnOrigin(request: Head): boolean {
  const { origin, host } = request.headers
  const allowed = isSecure(request) ? ['https:'] : ['http:', 'https:']
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  const { protocol, host: named } = new URL(origin)
  return allowed.includes(protocol) && named === host.toLowerCase()
}

/** Whether what is sent can be read by others on its way: plain http to a name that is not this machine's own. */
export function isExposed(request: Head): boolean {
  const { origin = '', host = '' } = request.headers
  if (isSecure(request) || origin.startsWith('https:')) return false
  const name = host.toLowerCase().replace(/:\d+$/, '')
  return !(name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name))
}
