import { ServiceError } from '../ground/errors.ts'

/** `/{Bucket}/{Key+}?uploads` taken apart: path segments in order and the query parameters that must be there. */
export interface UriTemplate {
  readonly segments: readonly Segment[]
  readonly query: readonly (readonly [name: string, value: string | undefined])[]
}

type Segment = { readonly literal: string } | { readonly label: string; readonly greedy: boolean }

export function parseTemplate(requestUri: string): UriTemplate {
  const [path = '', query = ''] = requestUri.split('?', 2)
  return {
    segments: path.split('/').slice(1).filter(Boolean).map(parseSegment),
    query: query.split('&').filter(Boolean).map(parsePair),
  }
}

function parseSegment(text: string): Segment {
  const label = /^\{(\w+)(\+?)\}$/.exec(text)
  return label ? { label: label[1] as string, greedy: label[2] === '+' } : { literal: text }
}

function parsePair(text: string): readonly [string, string | undefined] {
  const [name = '', value] = text.split('=', 2)
  return [name, value]
}

/**
 * The labels of a raw path, decoded once; undefined when it does not match. A greedy label takes the rest of the path, slashes and
 * all; every other label takes one non-empty segment. A trailing slash counts only for a greedy label.
 */
export function matchPath({ segments }: UriTemplate, path: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {}
  let at = 1
  for (const segment of segments) {
    if (at > path.length) return undefined
    const slash = path.indexOf('/', at)
    const end = slash < 0 || ('greedy' in segment && segment.greedy) ? path.length : slash
    const text = path.slice(at, end)
    if (text === '') return undefined
    if ('literal' in segment) {
      if (segment.literal !== text) return undefined
    } else {
      labels[segment.label] = decodePart(text)
    }
    at = end + 1
  }
  return at >= path.length ? labels : undefined
}

/** Throws InvalidURI (400) for broken percent-encoding. */
export function decodePart(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ServiceError('InvalidURI', `Couldn't parse the specified URI: ${text}`, { status: 400 })
  }
}

const noParameters: ReadonlyMap<string, readonly string[]> = new Map()

/** Decoded query parameters in order of appearance; `+` is a space. */
export function parseQuery(query: string): ReadonlyMap<string, readonly string[]> {
  if (query === '') return noParameters
  const parameters = new Map<string, string[]>()
  for (const [name, value] of queryPairs(query)) {
    const values = parameters.get(name)
    if (values) values.push(value)
    else parameters.set(name, [value])
  }
  return parameters
}

/** Decoded name and value of each parameter; a parameter without `=` has an empty value. */
export function queryPairs(query: string): (readonly [string, string])[] {
  return query
    .split('&')
    .filter(Boolean)
    .map(pair => {
      const equals = pair.indexOf('=')
      const name = equals < 0 ? pair : pair.slice(0, equals)
      return [decodePlus(name), equals < 0 ? '' : decodePlus(pair.slice(equals + 1))] as const
    })
}

const decodePlus = (text: string): string => decodePart(text.includes('+') ? text.replaceAll('+', ' ') : text)
