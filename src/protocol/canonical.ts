import { decodePart, queryPairs } from './uri-template.ts'

/** Percent-encodes all but the unreserved characters of RFC 3986, as every version of AWS's signature wants it. */
const uriEncode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * The path as it is signed. S3 signs it encoded once and otherwise as it is; every other service removes empty and dot segments
 * and encodes what is already encoded once more.
 */
export function canonicalPath(path: string, isS3: boolean): string {
  if (/^\/(?:[\w~-]+(?:\/[\w~-]+)*)?$/.test(path)) return path
  if (isS3)
    return path
      .split('/')
      .map(segment => uriEncode(decodePart(segment)))
      .join('/')
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(uriEncode(segment))
  }
  const slash = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${segments.join('/')}${slash}`
}

/** Parameters sorted by encoded name, then value, without the signature itself. */
export function canonicalQuery(query: string): string {
  if (query === '') return ''
  return queryPairs(query)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The lines of the signed headers, values trimmed and runs of spaces made one. Only spaces and tabs: a character here is a byte, and others
 * that JavaScript takes for white space are halves of characters.
 */
export function canonicalHeaders(
  names: readonly string[],
  headers: Readonly<Record<string, string | undefined>>,
): string {
  let lines = ''
  for (const name of names) {
    const value = (headers[name] ?? '').replace(/^[ \t]+|[ \t]+$/g, '')
    lines += `${name}:${value.includes('  ') ? value.replaceAll(/ +/g, ' ') : value}\n`
  }
  return lines
}
