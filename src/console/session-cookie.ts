import type { IncomingMessage } from 'node:http'
import { isByTls } from '../service/by-tls.ts'

type Head = Pick<IncomingMessage, 'headers' | 'socket'>

/** Only these paths are sent the cookie: no call of an API holds it. */
export const sessionPath = '/console-session/'

/** A session, or a sign-in that somebody is on the way to a provider for. */
type CookieKind = 'modelmart' | 'modelmart-sign-in'

export interface SessionCookies {
  /** What the browser holds of a session; undefined when it holds nothing. */
  read(request: Head, kind?: CookieKind): string | undefined
  /** `set-cookie` for a session of this browser window's life; scripts cannot read it, and no other site's page makes a browser send it. */
  set(request: Head, secret: string, kind?: CookieKind): string
  /** `set-cookie` that ends it. */
  end(request: Head, kind?: CookieKind): string
}

/** Cookies of an installation of this URL. */
export function createSessionCookies(url: string): SessionCookies {
  /**
   * Browsers keep the cookies of all ports of a host together: two installations on one machine must not overwrite each other's. Over TLS the
   * prefix makes browsers refuse one that was set without it (RFC 6265bis, "The __Secure- Prefix").
   */
  function nameOf(request: Head, kind: CookieKind): string {
    const port = /:(\d+)$/.exec(request.headers.host ?? '')?.[1]
    return `${isByTls(request, url) ? '__Secure-' : ''}${kind}${port ? `-${port}` : ''}`
  }

  const attributes = (request: Head): string =>
    `Path=${sessionPath}; HttpOnly; SameSite=Strict${isByTls(request, url) ? '; Secure' : ''}`

  return {
    read(request, kind = 'modelmart') {
      const name = nameOf(request, kind)
      for (const pair of (request.headers.cookie ?? '').split(';')) {
        const [key = '', value = ''] = pair.trim().split('=')
        if (key === name && value !== '') return value
      }
      return undefined
    },
    set: (request, secret, kind = 'modelmart') => `${nameOf(request, kind)}=${secret}; ${attributes(request)}`,
    end: (request, kind = 'modelmart') => `${nameOf(request, kind)}=; Max-Age=0; ${attributes(request)}`,
  }
}
