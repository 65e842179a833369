/** What a broken connection came to, by the code of the error. */
const BROKEN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'it cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'no connection',
  UND_ERR_HEADERS_TIMEOUT: 'no answer',
  UND_ERR_BODY_TIMEOUT: 'the answer did not go on',
  UND_ERR_SOCKET: 'the connection was closed before the answer was whole',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was not as long as its Content-Length',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
}

/** How asking a container failed, without the names that our own means have for it. */
export function connectionWords(error: unknown): string {
  const { name, code = '', message } = error as { name: string; code?: string; message: string }
  if (name === 'TimeoutError') return 'no answer'
  if (code.startsWith('HPE_')) return 'the answer is no HTTP'
  return BROKEN[code] ?? (/^(UND_|ERR_)/.test(code) ? 'the connection failed' : message)
}

/** A container's answer as one line to quote: of a page in HTML its text alone. */
export function plainText(body: string): string {
  const text = /^\s*(<!doctype html|<html|<\?xml)/i.test(body)
    ? body.replace(/<(script|style)\b[\s\S]*?(<\/\1>|$)/gi, ' ').replace(/<[^>]*(>|$)/g, ' ')
    : body
  return text.replace(/\s+/g, ' ').trim()
}

/** The runtime's word for what could not be started, without the way that it took there. */
export function engineWords(reason: string): string {
  const cause = reason.match(/.*(?:caused|error during container init): "?(.*)/s)?.[1] ?? reason
  const words = cause
    .replace(/^(?:crun|runc|OCI runtime[^:]*): /i, '')
    .replace(/(?:: unknown|: OCI runtime[^:]*(?: error)?)+$/i, '')
  return words.trim() || reason
}
