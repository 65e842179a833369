import type { IncomingMessage } from 'node:http'

type Head = Pick<IncomingMessage, 'headers' | 'socket'>

/** Only these paths are sent the cookie: no call of an API holds it. */
export const sessionPath = '/console-session/'

/**
 * Browsers keep the cookies of all ports of a host together: two installations on one machine must not overwrite each other's. Over TLS the
 * prefix makes browsers refuse one that was set without it (RFC 6265bis, "The __Secure- Prefix").
 */
function cookieName({ headers, socket }: Head, kind: CookieKind): string {
  const port = /:(\d+)$/.exec(headers.host ?? '')?.[1]
  return `${'encrypted' in socket ? '__Secure-' : ''}${kind}${port ? `-${port}` : ''}`
}

/** A session, or a sign-in that somebody is on the way to a provider for. */
type CookieKind = 'modelmart' | 'modelmart-sign-in'

/** What the browser holds of a session; undefined when it holds nothing. */
export function readSessionCookie(request: Head, kind: CookieKind = 'modelmart'): string | undefined {
  const name = cookieName(request, kind)
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = pair.trim().split('=')
    if (key === name && value !== '') return value
  }
  return undefined
}

/** `set-cookie` for a session of this browser window's life; scripts cannot read it, and no other site's page makes a browser send it. */
export const sessionCookie = (request: Head, secret: string, kind: CookieKind = 'modelmart'): string =>
  `${cookieName(request, kind)}=${secret}; ${attributes(request)}`

export const endedCookie = (request: Head, kind: CookieKind = 'modelmart'): string =>
  `${cookieName(request, kind)}=; Max-Age=0; ${attributes(request)}`

const attributes = ({ socket }: Head): string =>
  `Path=${sessionPath}; HttpOnly; SameSite=Strict${'encrypted' in socket ? '; Secure' : ''}`
