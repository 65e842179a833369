import type { OutgoingRequest } from '../outgoing/outgoing-request.ts'
import { type EventValue, isObject, parseEventJson } from '../pattern/event-json.ts'
import type { AuthParameters } from './connection-secret.ts'
import { eventJson } from './json-path.ts'

/** HttpParameters of a target. */
export interface TargetHttpParameters {
  readonly PathParameterValues?: readonly string[]
  readonly HeaderParameters?: Readonly<Record<string, string>>
  readonly QueryStringParameters?: Readonly<Record<string, string>>
}

interface Asked {
  readonly endpoint: string
  readonly method: string
  readonly parameters: AuthParameters
  /** Of OAuth. */
  readonly token?: string | undefined
  readonly target: TargetHttpParameters
  /** What the rule makes of the event. */
  readonly input: string
}

type Listed = readonly { readonly Key?: string; readonly Value?: string }[]

/** User Guide, "API destinations": headers that nobody may set; those of the connection itself, and what would frame a request otherwise. */
const reserved =
  /^(a-im|accept-charset|accept-datetime|accept-encoding|access-control-.*|cache-control|connection|content-encoding|content-length|content-md5|date|expect|forwarded|from|host|http2-settings|if-.*|keep-alive|max-forwards|origin|pragma|proxy-.*|range|referer|te|trailer|transfer-encoding|user-agent|upgrade|via|warning)$/i

export const isReservedHeader = (name: string): boolean => reserved.test(name)

/** The request that brings an event to an API destination. What the connection says comes before what the target says. */
export function apiRequest({ endpoint, method, parameters, token, target, input }: Asked): OutgoingRequest {
  const {
    HeaderParameters: headers = [],
    QueryStringParameters: query = [],
    BodyParameters: body = [],
  } = parameters.InvocationHttpParameters ?? {}
  const asked = { ...target.HeaderParameters, ...byKey(headers) }
  const allowed = Object.entries(asked).filter(([name]) => !isReservedHeader(name))
  return {
    method,
    url: withQuery(withPath(endpoint, target.PathParameterValues ?? []), {
      ...target.QueryStringParameters,
      ...byKey(query),
    }),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...Object.fromEntries(allowed.map(([name, value]) => [name.toLowerCase(), value.trim()])),
      ...authorization(parameters, token),
      'user-agent': 'Amazon/EventBridge/ApiDestinations',
    },
    body: withBody(input, body),
  }
}

const byKey = (list: Listed): Record<string, string> =>
  Object.fromEntries(list.flatMap(({ Key, Value }) => (Key === undefined || Value === undefined ? [] : [[Key, Value]])))

/** Each star is a value of the target, in order; one that is no value's is nothing. */
function withPath(endpoint: string, values: readonly string[]): string {
  const left = [...values]
  return endpoint.replaceAll('*', () => encodeURIComponent(left.shift() ?? ''))
}

export function withQuery(url: string, query: Readonly<Record<string, string>>): string {
  const whole = new URL(url)
  for (const [name, value] of Object.entries(query)) whole.searchParams.append(name, value)
  return whole.href
}

function authorization(
  { BasicAuthParameters, ApiKeyAuthParameters }: AuthParameters,
  token: string | undefined,
): Record<string, string> {
  if (BasicAuthParameters) return { authorization: basic(BasicAuthParameters.Username, BasicAuthParameters.Password) }
  if (ApiKeyAuthParameters) {
    const name = ApiKeyAuthParameters.ApiKeyName.trim().toLowerCase()
    return isReservedHeader(name) ? {} : { [name]: ApiKeyAuthParameters.ApiKeyValue }
  }
  return { authorization: `Bearer ${token}` }
}

export const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** The connection's parameters are members of the body, where that is a JSON object. */
function withBody(input: string, parameters: Listed): string {
  if (parameters.length === 0) return input
  let body: EventValue
  try {
    body = parseEventJson(input)
  } catch {
    return input
  }
  return isObject(body) ? eventJson({ ...body, ...byKey(parameters) }) : input
}
