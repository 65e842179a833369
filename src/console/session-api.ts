import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { sourceIp } from '../gateway/asking.ts'
import { networkOf } from '../gateway/rate-limit.ts'
import { ServiceError } from '../ground/errors.ts'
import { BodyRefused } from '../ground/memory-budget.ts'
import { readWhole } from '../ground/read-whole.ts'
import { rootPrincipal } from '../iam/credential.ts'
import { isDisabled } from '../iam/disabled-account.ts'
import type { IamEngine } from '../iam/iam.ts'
import type { OpenIdDocuments } from '../iam/open-id-document.ts'
import { createOpenIdKeys, type OpenIdKeys } from '../iam/open-id-keys.ts'
import { federatedPrincipal } from '../iam/web-identity.ts'
import type { Principal } from '../service/principal.ts'
import {
  endConsoleSession,
  idleMs,
  openConsoleSession,
  requireConsoleSession,
  sessionCredentials,
} from './console-session.ts'
import { type Federation, federatedRole, federationsOf, takenFederations } from './federated-sign-in.ts'
import { accountNumber, findSignInUser, type PasswordSignIn, signInByPassword } from './password-sign-in.ts'
import { beginAuthorization, chosenRole, endAuthorization, offerRoles } from './provider-authorization.ts'
import { isExposed, requireOwnPage } from './request-guard.ts'
import { createSessionCookies, type SessionCookies, sessionPath } from './session-cookie.ts'
import { sessionError } from './session-error.ts'
import { notSignedIn, type SignInPlace, signedIn } from './sign-in-event.ts'
import { createSignInLimits, type SignInLimits } from './sign-in-limits.ts'
import { useSignInLink } from './sign-in-link.ts'
import { listSignInProviders } from './sign-in-provider.ts'
import { readAccount, readProvider, readSignIn, type SignInRequest } from './sign-in-request.ts'

export interface SessionApiParts {
  /** The installation's. */
  readonly url: string
  readonly iam: IamEngine
  /** The security log. */
  readonly audit: AuditTrail
  readonly log: Logger
  /** How OpenID Connect providers are asked. */
  readonly documents: OpenIdDocuments
  /** Takes passwords over plain http from other machines too. */
  readonly allowPlainSignIn: boolean
  /** Whether an account is the operator's. */
  readonly isOperator: (account: string) => Promise<boolean>
}

interface Parts extends SessionApiParts {
  readonly limits: SignInLimits
  readonly keys: OpenIdKeys
  readonly cookies: SessionCookies
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: object
}

type Handler = (parts: Parts, request: IncomingMessage) => Promise<Answer>

/** Most bytes of a request: four short texts, or what a provider answers. */
const limit = 8 * 1024

/** `/console-session/`: who is signed in to the console, by a cookie of that path alone. See `docs/console.md`. */
export function createSessionApi(
  given: SessionApiParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const made = { limits: createSignInLimits(given.iam.store), keys: createOpenIdKeys(given.documents) }
  const parts = { ...given, ...made, cookies: createSessionCookies(given.url) }
  return async (request, response) => {
    const { status, headers, body } = await answer(parts, request).catch(error => failure(parts, error))
    response.writeHead(status, { 'cache-control': 'no-store', 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body ?? {}))
  }
}

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '': { GET: whoAmI, POST: signIn, DELETE: signOut },
  credentials: { POST: credentials },
  providers: { GET: providers },
  authorization: { POST: authorize },
  account: { POST: account },
}

async function answer(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const [path = ''] = (request.url ?? '').split('?', 1)
  const rest = path.slice(sessionPath.length)
  const methods = Object.hasOwn(routes, rest) ? routes[rest] : undefined
  if (!methods) throw sessionError.notFound()
  const handle = methods[request.method ?? '']
  if (!handle) throw sessionError.method()
  requireOwnPage(request)
  return handle(parts, request)
}

function failure({ log }: Parts, error: unknown): Answer {
  if (error instanceof ServiceError)
    return { status: error.status ?? 400, body: { code: error.code, message: error.message } }
  if (error instanceof BodyRefused) return { status: 413, body: { code: 'TooLarge', message: error.message } }
  log.error({ err: error }, 'a sign-in failed for a reason of ours')
  return { status: 500, body: { code: 'InternalFailure', message: 'An internal error occurred.' } }
}

const placeOf = ({ socket, headers }: IncomingMessage): SignInPlace => ({
  sourceIp: sourceIp(socket),
  userAgent: headers['user-agent'] ?? '',
})

interface Proven {
  readonly principal: Principal
  readonly federation?: Federation
}

async function signIn(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const asked = readSignIn(await readWhole(request, { limit }))
  const proven = await prove(parts, request, asked)
  if ('choice' in proven) return offer(parts, request, proven.choice)
  const { principal, federation } = proven
  if (await isDisabled(parts.iam.store.db, principal.account)) throw sessionError.disabled()
  // Told before it is in force, or not in force.
  await parts.audit.append(signedIn(placeOf(request), principal))
  const secret = await openConsoleSession(parts.iam, principal, federation)
  const ended = 'response' in asked || 'role' in asked ? [parts.cookies.end(request, 'modelmart-sign-in')] : []
  return {
    status: 200,
    headers: { 'set-cookie': [parts.cookies.set(request, secret), ...ended] },
    body: await describe(parts, principal),
  }
}

/** Whoever has several roles by their groups says which; nobody is signed in before. */
async function offer(parts: Parts, request: IncomingMessage, choice: readonly Federation[]): Promise<Answer> {
  const secret = await offerRoles(parts.iam, choice)
  const named = choice.map(async ({ roleArn: arn }) => {
    const account = arn.split(':')[4] ?? ''
    return { arn, account, accountName: await nameOf(parts, account) }
  })
  return {
    status: 200,
    headers: { 'set-cookie': parts.cookies.set(request, secret, 'modelmart-sign-in') },
    body: { roles: await Promise.all(named) },
  }
}

async function prove(
  parts: Parts,
  request: IncomingMessage,
  asked: SignInRequest,
): Promise<Proven | { readonly choice: readonly Federation[] }> {
  if ('link' in asked) return { principal: await byLink(parts, request, asked.link) }
  if ('response' in asked) return byProvider(parts, request, secret => returned(parts, secret, asked.response))
  if ('role' in asked)
    return byProvider(parts, request, async secret => [await chosenRole(parts.iam, secret, asked.role)])
  return { principal: await byPassword(parts, request, asked) }
}

/** What the sign-in page offers besides. */
async function providers({ iam }: Parts): Promise<Answer> {
  const all = await listSignInProviders(iam)
  return { status: 200, body: { providers: all.map(({ name }) => ({ name })) } }
}

/** Where the browser goes to sign in, and what it keeps meanwhile. */
async function authorize(parts: Parts, request: IncomingMessage): Promise<Answer> {
  parts.limits.takeLink(networkOf(sourceIp(request.socket)))
  const name = readProvider(await readWhole(request, { limit }))
  const { url, secret } = await beginAuthorization(providerParts(parts), name, request.headers.origin ?? '')
  return {
    status: 200,
    headers: { 'set-cookie': parts.cookies.set(request, secret, 'modelmart-sign-in') },
    body: { url },
  }
}

const providerParts = ({ iam: { store, rootSecret, now }, documents, keys }: Parts) => ({
  ...{ store, rootSecret, now, documents, keys },
})

/** What somebody may be who comes back with a provider's answer. */
async function returned(parts: Parts, secret: string | undefined, response: string): Promise<Federation[]> {
  const { provider, token } = await endAuthorization(providerParts(parts), secret, response)
  return takenFederations(parts.iam, federationsOf(provider, token))
}

async function byProvider(
  parts: Parts,
  request: IncomingMessage,
  rolesBy: (secret: string | undefined) => Promise<readonly Federation[]>,
): Promise<Proven | { readonly choice: readonly Federation[] }> {
  const { iam, limits, audit, log } = parts
  limits.takeLink(networkOf(sourceIp(request.socket)))
  const secret = parts.cookies.read(request, 'modelmart-sign-in')
  try {
    const roles = await rolesBy(secret)
    if (roles.length > 1) return { choice: roles }
    const federation = roles[0] as Federation
    const role = await federatedRole(iam, federation)
    return { federation, principal: federatedPrincipal(role, { ...federation, issued: iam.now() }) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    // The operator's: whose account it would have been is not known.
    audit.refuse(notSignedIn(placeOf(request), '', undefined, error.code), 'unproven provider')
    log.warn({ code: error.code, why: error.message }, 'a provider’s sign-in was refused')
    throw error
  }
}

async function byLink({ iam, limits }: Parts, request: IncomingMessage, link: string): Promise<Principal> {
  limits.takeLink(networkOf(sourceIp(request.socket)))
  const account = await useSignInLink(iam.store, link)
  if (account === undefined) throw sessionError.usedLink()
  return rootPrincipal(account)
}

async function byPassword(parts: Parts, request: IncomingMessage, asked: PasswordSignIn): Promise<Principal> {
  const { iam, limits } = parts
  if (isExposed(request) && !parts.allowPlainSignIn) throw sessionError.plain()
  const network = networkOf(sourceIp(request.socket))
  try {
    const account = (await accountNumber(iam.store, asked.account)) ?? ''
    await limits.takeAttempt(network, `${account} ${asked.user.toLowerCase()}`)
    return await signInByPassword(iam, asked)
  } catch (error) {
    if (error instanceof ServiceError && failures.includes(error.code)) await tellFailure(parts, request, asked, error)
    throw error
  }
}

const failures = ['SignInFailed', 'TooManyAttempts', 'PasswordExpired']

/** In the security log of the account that was guessed at: bounded there, as every refusal is. */
async function tellFailure({ iam, audit }: Parts, request: IncomingMessage, asked: PasswordSignIn, why: ServiceError) {
  const account = (await accountNumber(iam.store, asked.account)) ?? ''
  const isUser = account !== '' && (await findSignInUser(iam.store, account, asked.user)) !== undefined
  audit.refuse(notSignedIn(placeOf(request), account, isUser ? asked.user : undefined, why.code), `unproven ${account}`)
}

async function whoAmI(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const { session, principal, endsAt } = await requireConsoleSession(parts.iam, parts.cookies.read(request))
  const times = { endsAt, idleUntil: new Date(session.seen + idleMs) }
  return { status: 200, body: { ...(await describe(parts, principal)), ...times } }
}

async function credentials(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const signed = await requireConsoleSession(parts.iam, parts.cookies.read(request))
  parts.limits.takeCredentials(signed.session.hash)
  const { expires, ...keys } = await sessionCredentials(parts.iam, signed)
  return { status: 200, body: { ...keys, expiration: expires, ...(await describe(parts, signed.principal)) } }
}

/** The number of the account that goes by an alias, for whoever is signed in and knows it: what its sign-in page would say too. */
async function account(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const { session } = await requireConsoleSession(parts.iam, parts.cookies.read(request))
  parts.limits.takeCredentials(session.hash)
  const number = await accountNumber(parts.iam.store, readAccount(await readWhole(request, { limit })))
  if (number === undefined) throw sessionError.noAccount()
  return { status: 200, body: { account: number } }
}

/** Also where nobody is signed in any more: whoever asks for it wants the cookie gone. */
async function signOut(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const known = await requireConsoleSession(parts.iam, parts.cookies.read(request)).catch(() => undefined)
  if (known) await endConsoleSession(parts.iam, known.session)
  return { status: 200, headers: { 'set-cookie': parts.cookies.end(request) } }
}

/** Nothing of it is a secret. */
async function describe(parts: Parts, { account, arn }: Principal) {
  const isOperator = await parts.isOperator(account)
  return { account, accountName: await nameOf(parts, account), arn, ...(isOperator && { isOperator: true }) }
}

async function nameOf({ iam: { store } }: Parts, account: string): Promise<string> {
  const row = await store.db.selectFrom('iam_account').select('name').where('id', '=', account).executeTakeFirst()
  return row?.name ?? account
}
