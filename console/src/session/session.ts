import { useSyncExternalStore } from 'react'

/** Who is signed in. */
export interface Who {
  readonly account: string
  readonly accountName: string
  readonly arn: string
  /** Of the operator's account. */
  readonly isOperator?: boolean
}

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
  readonly issued: number
}

/** `unknown` until the server was asked. */
export type SessionState = 'unknown' | 'signed-out' | Who

let state: SessionState = 'unknown'
/** Never anywhere else: a page that is gone has no keys. */
let keys: Promise<Keys> | undefined
let active = Date.now()
const listeners = new Set<() => void>()
const channel = new BroadcastChannel('modelmart-session')

function become(next: SessionState): void {
  state = next
  if (next === 'signed-out') keys = undefined
  for (const listener of listeners) listener()
}

export const useSession = (): SessionState =>
  useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => state,
  )

/** What `/console-session/` refused, with its code. */
export class SessionRefusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

async function ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'x-modelmart-console': '1' }
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }
  const response = await fetch(`/console-session/${path}`, { method, headers, ...sent })
  const answer = await response.json().catch(() => ({ code: `${response.status}`, message: response.statusText }))
  if (!response.ok) throw new SessionRefusal(answer.code, answer.message)
  return answer as Answer
}

export type SignIn =
  | { readonly link: string }
  | { readonly response: string }
  | { readonly account: string; readonly user: string; readonly password: string; readonly newPassword?: string }

/** Throws SessionRefusal. */
export async function signIn(body: SignIn): Promise<void> {
  become(await ask<Who>('POST', '', body))
  channel.postMessage('in')
}

/** The providers that people sign in by, as the operator has set them. */
export const signInProviders = async (): Promise<readonly { readonly name: string }[]> =>
  (await ask<{ providers: readonly { readonly name: string }[] }>('GET', 'providers')).providers

/** Leaves for a provider, which sends the browser back to the sign-in page. Throws SessionRefusal. */
export async function leaveFor(provider: string): Promise<void> {
  const { url } = await ask<{ url: string }>('POST', 'authorization', { provider })
  window.location.assign(url)
}

/** Ends the session on the server; every tab of the browser learns of it. */
export async function signOut(): Promise<void> {
  await ask('DELETE', '')
  channel.postMessage('out')
  become('signed-out')
}

/** Asks the server who is signed in. */
export async function resume(): Promise<void> {
  become(await ask<Who>('GET', '').catch(() => 'signed-out' as const))
}

/** An API said that the credentials ended: somebody signed out elsewhere, or nobody worked. */
export const lost = (): void => become('signed-out')

channel.onmessage = ({ data }) => {
  if (data === 'out') become('signed-out')
  else if (state === 'signed-out') void resume()
}

const idleMs = 15 * 60_000

async function fetchKeys(): Promise<Keys> {
  try {
    const { expiration, ...rest } = await ask<Omit<Keys, 'expiration' | 'issued'> & { expiration: string }>(
      'POST',
      'credentials',
    )
    return { ...rest, expiration: new Date(expiration), issued: Date.now() }
  } catch (error) {
    if (error instanceof SessionRefusal && error.code === 'NoSession') lost()
    throw error
  }
}

/** For AWS's clients: keys of an hour, gotten anew after five sixths of it as long as somebody works. */
export async function credentials() {
  keys ??= fetchKeys()
  const known = await keys.catch(error => {
    keys = undefined
    throw error
  })
  const life = known.expiration.getTime() - known.issued
  const isOld = Date.now() > known.issued + (life * 5) / 6
  if (isOld && Date.now() - active < idleMs) keys = fetchKeys()
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await (keys ?? fetchKeys())
  return { accessKeyId, secretAccessKey, sessionToken, expiration }
}

for (const event of ['pointerdown', 'keydown', 'wheel'])
  window.addEventListener(
    event,
    () => {
      active = Date.now()
    },
    { passive: true },
  )
