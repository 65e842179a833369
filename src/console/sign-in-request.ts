import type { PasswordSignIn } from './password-sign-in.ts'
import { sessionError } from './session-error.ts'

/** IAM takes passwords of 128 characters; aliases, account and user names are shorter. */
const longest = 128

/** What a person signs in with: a link's secret, or account, user and password. Throws InvalidRequest for anything else. */
export function readSignIn(body: Uint8Array): PasswordSignIn | { readonly link: string } {
  const given = parse(body)
  const names = Object.keys(given).sort().join(' ')
  const texts = Object.values(given)
  if (!texts.every(text => typeof text === 'string' && text.length > 0 && text.length <= longest))
    throw sessionError.malformed(`Each value is a text of 1 to ${longest} characters.`)
  if (names === 'link' || /^account( newPassword)? password user$/.test(names))
    return given as unknown as PasswordSignIn | { link: string }
  throw sessionError.malformed('Give link, or account, user and password, and newPassword where one is wanted.')
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
