import { ServiceError } from '../ground/errors.ts'
import type { WireRequest } from '../protocol/message.ts'

/**
 * The query services take what changes something by GET too, as AWS has it, so that a page could have a browser ask it: by a link, as the
 * source of an image, from elsewhere. Browsers say so; a program says nothing. Throws AccessDenied for anything but a page of this origin that
 * asks by script. Source: W3C, Fetch Metadata Request Headers.
 */
export function requireNoPage({ method, headers }: WireRequest): void {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode = '' } = headers
  if (method === 'POST' || site === undefined) return
  if (site === 'same-origin' && /^(cors|same-origin)$/.test(mode)) return
  throw new ServiceError('AccessDenied', 'A page may not have a browser ask this.', { status: 403 })
}
