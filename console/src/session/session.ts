import { useSyncExternalStore } from 'react'
import { assumeRole } from './assume-role.ts'
import { keptKeys, type TemporaryKeys } from './kept-keys.ts'
import { forgetRole, keepRole, roleOf, type SwitchedRole } from './switched-role.ts'

/** Who is signed in, or whose role they have switched to. */
export interface Who {
  readonly account: string
  readonly accountName: string
  readonly arn: string
  /** Of the operator's account. */
  readonly isOperator?: boolean
  /** The role that was switched to, and who has. */
  readonly switched?: { readonly role: SwitchedRole; readonly from: Who }
}

/** `unknown` until the server was asked. */
export type SessionState = 'unknown' | 'signed-out' | Who

let state: SessionState = 'unknown'
const listeners = new Set<() => void>()
const channel = new BroadcastChannel('modelmart-session')

/** Whose keys sign: another name wherever they are others'. */
export const actingAs = (): string => (typeof state === 'object' ? state.arn : '')

/** Keys never go from one to another. */
function become(next: SessionState): void {
  const before = actingAs()
  state = next
  if (actingAs() !== before) keys.forget()
  for (const listener of listeners) listener()
}

/** Calls back with each change, until the function that it gives is called. */
export const onSession = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useSession = (): SessionState => useSyncExternalStore(onSession, () => state)

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
  | { readonly role: string }
  | { readonly account: string; readonly user: string; readonly password: string; readonly newPassword?: string }

/** A role that somebody's groups give them. */
export interface OfferedRole {
  readonly arn: string
  readonly account: string
  readonly accountName: string
}

/** Gives the roles to choose among where there are several, and then nobody is signed in yet. Throws SessionRefusal. */
export async function signIn(body: SignIn): Promise<readonly OfferedRole[] | undefined> {
  const answer = await ask<Who | { readonly roles: readonly OfferedRole[] }>('POST', '', body)
  if ('roles' in answer) return answer.roles
  forgetRole()
  become(answer)
  channel.postMessage('in')
  return undefined
}

/** The providers that people sign in by, as the operator has set them. */
export const signInProviders = async (): Promise<readonly { readonly name: string }[]> =>
  (await ask<{ providers: readonly { readonly name: string }[] }>('GET', 'providers')).providers

/** The number of the account that goes by a number or an alias. Throws SessionRefusal. */
export const accountOf = async (named: string): Promise<string> =>
  /^\d{12}$/.test(named) ? named : (await ask<{ account: string }>('POST', 'account', { account: named })).account

/** Leaves for a provider, which sends the browser back to the sign-in page. Throws SessionRefusal. */
export async function leaveFor(provider: string): Promise<void> {
  const { url } = await ask<{ url: string }>('POST', 'authorization', { provider })
  window.location.assign(url)
}

/** Ends the session on the server; every tab of the browser learns of it. */
export async function signOut(): Promise<void> {
  await ask('DELETE', '')
  forgetRole()
  channel.postMessage('out')
  become('signed-out')
}

/** Asks the server who is signed in; a role that they have switched to is theirs still. */
export async function resume(): Promise<void> {
  const who = await ask<Who>('GET', '').catch(() => 'signed-out' as const)
  become(who === 'signed-out' ? who : asRole(who, roleOf(who.arn)))
}

function asRole(from: Who, role: SwitchedRole | undefined): Who {
  if (!role) return from
  const isOwn = role.account === from.account
  return {
    account: role.account,
    accountName: isOwn ? from.accountName : role.account,
    arn: `arn:aws:sts::${role.account}:assumed-role/${role.name.split('/').at(-1)}/${sessionName(from)}`,
    ...(isOwn && from.isOperator && { isOperator: true }),
    switched: { role, from },
  }
}

/** The name that the role's sessions have in the security log: as in AWS's console, whoever has switched. */
const sessionName = ({ arn }: Who): string => (arn.split(/[/:]/).at(-1) ?? '').padEnd(2, '-')

const signedIn = (): Who | undefined => (typeof state === 'object' ? (state.switched?.from ?? state) : undefined)

/** Switches to a role, in every tab. Throws what STS refuses, and then nothing has changed. */
export async function switchRole(role: SwitchedRole): Promise<void> {
  const who = signedIn()
  if (!who) return
  await assumeRole(await ownKeys(), role, sessionName(who))
  keepRole(who.arn, role)
  channel.postMessage('switched')
  become(asRole(who, role))
}

/** Back to whoever has signed in, in every tab. */
export function switchBack(): void {
  const who = signedIn()
  forgetRole()
  channel.postMessage('switched')
  if (who) become(who)
}

/** An API said that the credentials ended: somebody signed out elsewhere, or nobody worked. */
export const lost = (): void => become('signed-out')

channel.onmessage = ({ data }) => {
  if (data === 'out') become('signed-out')
  else if (data === 'switched' || state === 'signed-out') void resume()
}

async function ownKeys(): Promise<TemporaryKeys> {
  try {
    const { expiration, ...rest } = await ask<Omit<TemporaryKeys, 'expiration'> & { expiration: string }>(
      'POST',
      'credentials',
    )
    return { ...rest, expiration: new Date(expiration) }
  } catch (error) {
    if (error instanceof SessionRefusal && error.code === 'NoSession') lost()
    throw error
  }
}

/** Of the role anew with fresh keys of one's own: that is what says that somebody still works. */
async function currentKeys(): Promise<TemporaryKeys> {
  const switched = typeof state === 'object' ? state.switched : undefined
  const own = await ownKeys()
  return switched ? assumeRole(own, switched.role, sessionName(switched.from)) : own
}

const keys = keptKeys(currentKeys)

/** For AWS's clients. */
export const credentials = keys.get
