import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { sourceIp } from '../gateway/asking.ts'
import { networkOf } from '../gateway/rate-limit.ts'
import { ServiceError } from '../ground/errors.ts'
import { BodyRefused } from '../ground/memory-budget.ts'
import { readWhole } from '../ground/read-whole.ts'
import { rootPrincipal } from '../iam/credential.ts'
import type { IamEngine } from '../iam/iam.ts'
import type { Principal } from '../service/principal.ts'
import {
  endConsoleSession,
  idleMs,
  openConsoleSession,
  requireConsoleSession,
  sessionCredentials,
  sessionMs,
} from './console-session.ts'
import { accountNumber, findSignInUser, type PasswordSignIn, signInByPassword } from './password-sign-in.ts'
import { isExposed, requireOwnPage } from './request-guard.ts'
import { endedCookie, readSessionCookie, sessionCookie, sessionPath } from './session-cookie.ts'
import { sessionError } from './session-error.ts'
import { notSignedIn, type SignInPlace, signedIn } from './sign-in-event.ts'
import { createSignInLimits, type SignInLimits } from './sign-in-limits.ts'
import { useSignInLink } from './sign-in-link.ts'
import { readSignIn } from './sign-in-request.ts'

export interface SessionApiParts {
  readonly iam: IamEngine
  /** The security log. */
  readonly audit: AuditTrail
  readonly log: Logger
  /** Takes passwords over plain http from other machines too. */
  readonly allowPlainSignIn: boolean
  /** Whether an account is the operator's. */
  readonly isOperator: (account: string) => Promise<boolean>
}

type Parts = SessionApiParts & { readonly limits: SignInLimits }

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

type Handler = (parts: Parts, request: IncomingMessage) => Promise<Answer>

/** Most bytes of a request: four short texts. */
const limit = 8 * 1024

/** `/console-session/`: who is signed in to the console, by a cookie of that path alone. See `docs/console.md`. */
export function createSessionApi(
  given: SessionApiParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const parts = { ...given, limits: createSignInLimits() }
  return async (request, response) => {
    const { status, headers, body } = await answer(parts, request).catch(error => failure(parts, error))
    response.writeHead(status, { 'cache-control': 'no-store', 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body ?? {}))
  }
}

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '': { GET: whoAmI, POST: signIn, DELETE: signOut },
  credentials: { POST: credentials },
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

async function signIn(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const asked = readSignIn(await readWhole(request, { limit }))
  const principal = 'link' in asked ? await byLink(parts, request, asked.link) : await byPassword(parts, request, asked)
  // Told before it is in force, or not in force.
  await parts.audit.append(signedIn(placeOf(request), principal))
  const secret = await openConsoleSession(parts.iam, principal)
  return {
    status: 200,
    headers: { 'set-cookie': sessionCookie(request, secret) },
    body: await describe(parts, principal),
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
    limits.takeAttempt(network, `${account} ${asked.user.toLowerCase()}`)
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
  const { session, principal } = await requireConsoleSession(parts.iam, readSessionCookie(request))
  const times = { endsAt: new Date(session.started + sessionMs), idleUntil: new Date(session.seen + idleMs) }
  return { status: 200, body: { ...(await describe(parts, principal)), ...times } }
}

async function credentials(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const { session, principal } = await requireConsoleSession(parts.iam, readSessionCookie(request))
  parts.limits.takeCredentials(session.hash)
  const { expires, ...keys } = await sessionCredentials(parts.iam, session, principal)
  return { status: 200, body: { ...keys, expiration: expires, ...(await describe(parts, principal)) } }
}

/** Also where nobody is signed in any more: whoever asks for it wants the cookie gone. */
async function signOut(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const known = await requireConsoleSession(parts.iam, readSessionCookie(request)).catch(() => undefined)
  if (known) await endConsoleSession(parts.iam, known.session)
  return { status: 200, headers: { 'set-cookie': endedCookie(request) } }
}

/** Nothing of it is a secret. */
async function describe({ iam, isOperator }: Parts, { account, arn }: Principal) {
  const { db } = iam.store
  const row = await db.selectFrom('iam_account').select('name').where('id', '=', account).executeTakeFirst()
  return { account, accountName: row?.name ?? account, arn, ...((await isOperator(account)) && { isOperator: true }) }
}
