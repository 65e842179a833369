import { clock } from '../ground/clock.ts'
import type { WayOut } from '../outgoing/way-out.ts'
import { basic, isReservedHeader, withQuery } from './api-destination-request.ts'
import type { AuthParameters, Token } from './connection-secret.ts'

type OAuthParameters = NonNullable<AuthParameters['OAuthParameters']>

/** A token may be longer than what is kept of other answers. */
const mostCharacters = 16 * 1024
/** Of a token whose end is not told; and how long before its end it is not used any more. */
const usualSeconds = 3600
const leftSeconds = 60

/** The authorization server does not know the client: not now, and not later. */
export class NotAuthorized extends Error {}

/**
 * A token by the grant of client credentials (RFC 6749, 4.4), the client shown by its password (2.3.1). Throws NotAuthorized, or Error when there is no
 * answer for now.
 */
export async function oauthToken(wayOut: WayOut, parameters: OAuthParameters, signal: AbortSignal): Promise<Token> {
  const { AuthorizationEndpoint: endpoint, HttpMethod: method, ClientParameters: client } = parameters
  const {
    HeaderParameters = [],
    QueryStringParameters = [],
    BodyParameters = [],
  } = parameters.OAuthHttpParameters ?? {}
  const pairs = (list: readonly { Key?: string; Value?: string }[]) =>
    Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]))
  const headers = HeaderParameters.filter(({ Key = '' }) => !isReservedHeader(Key.trim()))
  const form = { grant_type: 'client_credentials', ...pairs(BodyParameters) }
  const isGet = method === 'GET'
  const { status, text } = await wayOut.send(
    {
      method,
      url: withQuery(endpoint, { ...pairs(QueryStringParameters), ...(isGet && form) }),
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basic(encodeURIComponent(client.ClientID), encodeURIComponent(client.ClientSecret)),
        ...Object.fromEntries(headers.map(({ Key = '', Value = '' }) => [Key.trim().toLowerCase(), Value.trim()])),
      },
      body: isGet ? '' : new URLSearchParams(form).toString(),
      mostCharacters,
    },
    signal,
  )
  if (status === 429 || status >= 500) throw new Error(`The authorization server answered ${status}`)
  if (status < 200 || status >= 300) throw new NotAuthorized(`The authorization server answered ${status}`)
  return tokenOf(text)
}

function tokenOf(text: string): Token {
  let answer: { access_token?: unknown; expires_in?: unknown }
  try {
    answer = Object(JSON.parse(text))
  } catch {
    throw new NotAuthorized('The authorization server did not answer JSON')
  }
  const { access_token: token, expires_in: seconds } = answer
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new NotAuthorized('The authorization server answered no access_token')
  const lasts = Number.isFinite(Number(seconds)) && seconds !== undefined ? Number(seconds) : usualSeconds
  return { text: token, expires: clock.now() + Math.max(0, lasts - leftSeconds) * 1000 }
}
