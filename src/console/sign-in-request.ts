import type { PasswordSignIn } from './password-sign-in.ts'
import { sessionError } from './session-error.ts'

/** IAM takes passwords of 128 characters; aliases, account and user names are shorter. */
const longest = 128

/** IAM's ARNs are no longer. */
const longestRole = 2048

/** A code may be a whole token. */
const longestResponse = 4096

export type SignInRequest =
  | PasswordSignIn
  | { readonly link: string }
  | { readonly response: string }
  | { readonly role: string }

/**
 * What a person signs in with: a link's secret, the query that a provider has sent the browser back with, the role of several that they then
 * choose, or account, user and password.
 * Throws InvalidRequest for anything else.
 */
export function readSignIn(body: Uint8Array): SignInRequest {
  const given = parse(body)
  const names = Object.keys(given).sort().join(' ')
  if (names === 'response') return { response: textOf(given.response, longestResponse) }
  if (names === 'role') return { role: textOf(given.role, longestRole) }
  for (const text of Object.values(given)) textOf(text, longest)
  if (names === 'link' || /^account( newPassword)? password user$/.test(names)) return given as unknown as SignInRequest
  throw sessionError.malformed(
    'Give link, response, role, or account, user and password, and newPassword where one is wanted.',
  )
}

/** The provider that somebody wants to sign in by. Throws InvalidRequest. */
export const readProvider = (body: Uint8Array): string => readAlone(body, 'provider')

/** The name or alias of the account that somebody wants to switch to. Throws InvalidRequest. */
export const readAccount = (body: Uint8Array): string => readAlone(body, 'account')

function readAlone(body: Uint8Array, name: string): string {
  const { [name]: value, ...rest } = parse(body)
  if (Object.keys(rest).length > 0) throw sessionError.malformed(`Give ${name} alone.`)
  return textOf(value, longest)
}

function textOf(value: unknown, most: number): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > most)
    throw sessionError.malformed(`Each value is a text of 1 to ${most} characters.`)
  return value
}

function parse(body: Uint8Array): Record<string, unknown> {
  let given: unknown
  try {
    given = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    throw sessionError.malformed('The body is no JSON.')
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw sessionError.malformed('The body is no JSON object.')
  return given as Record<string, unknown>
}
