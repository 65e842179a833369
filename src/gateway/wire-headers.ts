import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../ground/errors.ts'
import type { AuthStyle } from '../protocol/auth-fault.ts'

/** Of these a second one is nothing (Node's own rule, which keeps a request from being two things to two readers). */
const single: ReadonlySet<string> = new Set(['authorization', 'content-length', 'content-type', 'host', 'user-agent'])

const mostHeaders = 200

/**
 * The headers as they came: names in lower case, repeated ones joined as they are signed, each byte one character. The object has no
 * prototype, so that a name means nothing that did not come.
 */
export function wireHeaders({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = Object.create(null)
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase()
    const value = rawHeaders[at + 1] as string
    const before = headers[name]
    if (before === undefined) headers[name] = value
    else if (!single.has(name)) headers[name] = `${before},${value}`
  }
  return headers
}

/** Throws RequestHeaderSectionTooLarge (400). How many bytes they may have together, Node sees to (431). */
export function requireFewHeaders({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, style: AuthStyle): void {
  if (rawHeaders.length <= 2 * mostHeaders) return
  const code = style === 's3' ? 'RequestHeaderSectionTooLarge' : 'SerializationException'
  throw new ServiceError(code, `Your request has more than the ${mostHeaders} headers that are allowed.`, {
    status: 400,
  })
}
