import type { IncomingMessage } from 'node:http'
import { isByTls } from '../service/by-tls.ts'
import type { AuthorizationTokens, Caller } from './authorization-token.ts'
import { RegistryError } from './registry-errors.ts'

/**
 * Who sends the request: `Basic` with user `AWS` and the password of GetAuthorizationToken, as `docker login` sends it, or the same
 * password as a `Bearer` token. Throws UNAUTHORIZED with the challenge, or DENIED for an expired token, in ECR's wording.
 */
export function authenticate(request: IncomingMessage, tokens: AuthorizationTokens, url: string): Caller {
  const password = passwordOf(request.headers.authorization ?? '')
  if (password === undefined) throw unauthorized(request, url, 'no basic auth credentials')
  const caller = tokens.verify(password)
  if (caller === undefined) throw unauthorized(request, url, 'the credentials are not a token of GetAuthorizationToken')
  if (caller === 'expired')
    throw new RegistryError('DENIED', 'Your authorization token has expired. Reauthenticate and try again.')
  return caller
}

function passwordOf(header: string): string | undefined {
  const [, scheme, value = ''] = /^(Basic|Bearer) +([^ ]+)$/i.exec(header) ?? []
  if (scheme === undefined) return undefined
  // `authorizationToken` as the API returns it is the Basic credential; people send it as either scheme.
  const decoded = Buffer.from(value, 'base64').toString()
  if (decoded.startsWith('AWS:')) return decoded.slice(4)
  return scheme.toLowerCase() === 'bearer' ? value : undefined
}

const unauthorized = (request: IncomingMessage, url: string, reason: string) =>
  new RegistryError('UNAUTHORIZED', reason, {
    headers: {
      'www-authenticate': `Basic realm="${isByTls(request, url) ? 'https' : 'http'}://${request.headers.host ?? 'registry'}/",service="ecr.amazonaws.com"`,
    },
  })
