import type { IncomingMessage, ServerResponse } from 'node:http'

const year = 365 * 24 * 3600

/**
 * Tells browsers to ask this name by TLS alone for a year (RFC 6797), unless they came without TLS, where it must not be said. Not said of
 * `localhost`, which everything on a machine shares and browsers would hold to it, and without `includeSubDomains`: names below are others'.
 */
export function sayTransportSecurity({ socket, headers }: IncomingMessage, response: ServerResponse): void {
  const isTls = 'encrypted' in socket && socket.encrypted === true
  const name = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '')
  if (isTls && !/(^|\.)localhost$/.test(name)) response.setHeader('strict-transport-security', `max-age=${year}`)
}
