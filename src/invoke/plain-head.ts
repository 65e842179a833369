/** The head of a message of HTTP/1.1 in its plain shape, and where its body begins. */
export interface PlainHead {
  /** The first line: `POST /path HTTP/1.1`, `HTTP/1.1 200 OK`. */
  readonly first: string
  /** Names in lower case, each once; values without the space around them. No prototype. */
  readonly headers: Record<string, string>
  readonly bodyAt: number
  readonly length: number
}

/** `more`: what is there may become one. `odd`: it is none, and somebody else has to say what it is. */
export type Read<Found> = Found | 'more' | 'odd'

/** Of a longer head nothing is said here. */
export const mostHeadBytes = 16 * 1024
const mostHeaders = 64

/**
 * Printable lines that end as they should; a name, a colon and a value each; none goes on in the next. No two parts of it fit the same text,
 * so that it takes one look at each byte.
 */
const lines = /^[!-~]+ [!-~]+(?: [ -~]*)?\r\n(?:[A-Za-z0-9-]+:[\t -~]*\r\n)*\r\n$/

/** They change what a message is, or what comes after it: whoever sends one is not plain. */
const changing: ReadonlySet<string> = new Set([
  ...['transfer-encoding', 'upgrade', 'expect', 'te', 'trailer', 'proxy-connection', 'http2-settings'],
  ...['content-encoding', 'x-amz-decoded-content-length'],
])

/**
 * Reads the head of a message: one first line, headers that do not fold, exactly one Content-Length, a connection that is kept. Everything
 * else is odd, also where a parser could make sense of it: two readers must never make different sense of one message.
 */
export function readPlainHead(bytes: Buffer): Read<PlainHead> {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return bytes.byteLength > mostHeadBytes ? 'odd' : 'more'
  if (end > mostHeadBytes) return 'odd'
  const text = bytes.toString('latin1', 0, end + 4)
  if (!lines.test(text)) return 'odd'
  const firstEnd = text.indexOf('\r\n')
  const headers: Record<string, string> = Object.create(null)
  let count = 0
  for (let at = firstEnd + 2; at < text.length - 2; ) {
    const stop = text.indexOf('\r\n', at)
    const colon = text.indexOf(':', at)
    const name = text.slice(at, colon).toLowerCase()
    if (headers[name] !== undefined || changing.has(name) || ++count > mostHeaders) return 'odd'
    headers[name] = trimmed(text, colon + 1, stop)
    at = stop + 2
  }
  const { connection, 'content-length': length } = headers
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return 'odd'
  if (length === undefined || !/^(?:0|[1-9]\d{0,8})$/.test(length)) return 'odd'
  return { first: text.slice(0, firstEnd), headers, bodyAt: end + 4, length: Number(length) }
}

/** Without spaces and tabs at its ends (RFC 9110, "Field values"). */
function trimmed(text: string, from: number, to: number): string {
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

const isSpace = (code: number): boolean => code === 32 || code === 9

/** Whether a value can stand in a head: printable, tabs, or bytes above ASCII. */
export const isFieldValue = (text: string): boolean => !/[^\t\x20-\x7e\x80-\xff]/.test(text)
