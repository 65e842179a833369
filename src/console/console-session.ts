import type { Selectable } from 'kysely'
import { AccessDenied, ServiceError } from '../ground/errors.ts'
import { rootPrincipal, userPrincipal } from '../iam/credential.ts'
import { isDisabled } from '../iam/disabled-account.ts'
import type { IamEngine } from '../iam/iam.ts'
import { loadIdentity } from '../iam/identity.ts'
import { issueSession, type SessionPrincipal, type TemporaryCredential } from '../iam/session.ts'
import { federatedPrincipal } from '../iam/web-identity.ts'
import type { Principal } from '../service/principal.ts'
import type { ConsoleSessionTable } from '../store/schema/console-tables.ts'
import type { Store } from '../store/store.ts'
import { type Federation, federatedRole } from './federated-sign-in.ts'
import { drawSecret, secretHash } from './secret-hash.ts'
import { sessionError } from './session-error.ts'

export type ConsoleSession = Selectable<ConsoleSessionTable>
type Engine = Pick<IamEngine, 'store' | 'rootSecret' | 'now' | 'changed' | 'authorize'>

/** How long credentials work, in seconds. */
const credentialSeconds = 3600
/** Nobody works longer without signing in again (twelve hours, as in AWS's console), nor comes back after the credentials have ended. */
const mostHours = 12
export const sessionMs = mostHours * 3600_000
export const idleMs = credentialSeconds * 1000

/** Signs somebody in: the secret of the session, for the cookie. Forgets sessions that are over. */
export async function openConsoleSession(
  { store, now }: Engine,
  principal: Principal,
  federation?: Federation,
): Promise<string> {
  const { secret, hash } = drawSecret()
  const time = now().getTime()
  const identity = principal.kind === 'root' ? '' : (principal.userId.split(':')[0] as string)
  await store.transaction(async ({ db }) => {
    const over = await db
      .deleteFrom('console_session')
      .where('seen', '<', time - idleMs)
      .returning('hash')
      .execute()
    for (const old of over) await db.deleteFrom('console_credential').where('session', '=', old.hash).execute()
    const how = federation ? JSON.stringify(federation) : ''
    const row = { hash, account: principal.account, identity, federation: how, started: time, seen: time }
    await db.insertInto('console_session').values(row).execute()
  })
  return secret
}

interface SignedIn {
  readonly session: ConsoleSession
  readonly principal: SessionPrincipal
  readonly endsAt: Date
}

/** The session of a cookie. Throws NoSession when it ended, by signing out, by time, or with its user or role. */
export async function requireConsoleSession({ store, now }: Engine, secret: string | undefined): Promise<SignedIn> {
  const session = secret === undefined ? undefined : await findRow(store, secretHash(secret))
  const time = now().getTime()
  if (!session || session.seen + idleMs <= time) throw sessionError.noSession()
  const who = await whoHas(store, session)
  if (!who || session.started + who.most <= time) throw sessionError.noSession()
  if (await isDisabled(store.db, session.account)) throw sessionError.disabled()
  return { session, principal: who.principal, endsAt: new Date(session.started + who.most) }
}

const findRow = ({ db }: Pick<Store, 'db'>, hash: string): Promise<ConsoleSession | undefined> =>
  db.selectFrom('console_session').selectAll().where('hash', '=', hash).executeTakeFirst()

interface Holder {
  readonly principal: SessionPrincipal
  /** How long the session may last, in milliseconds. */
  readonly most: number
}

async function whoHas(store: Store, session: ConsoleSession): Promise<Holder | undefined> {
  const { account, identity, federation } = session
  if (identity === '') return { principal: rootPrincipal(account), most: sessionMs }
  if (federation !== '') return whoHasRole(store, session, JSON.parse(federation))
  const user = await store.db.selectFrom('iam_identity').select('arn').where('id', '=', identity).executeTakeFirst()
  return user && { principal: userPrincipal(user.arn, identity), most: sessionMs }
}

/** A role's sessions last as long as the role says; one that was made anew under the name of another is another. */
async function whoHasRole(store: Store, session: ConsoleSession, federation: Federation): Promise<Holder | undefined> {
  const role = await loadIdentity(store, 'id', session.identity)
  if (role?.arn !== federation.roleArn) return undefined
  const principal = federatedPrincipal(role, { ...federation, issued: new Date(session.started) })
  return { principal, most: Math.min(sessionMs, role.maxSessionDuration * 1000) }
}

/** Temporary credentials of whoever is signed in; they end with the session, and after an hour at the latest. */
export async function sessionCredentials(
  engine: Engine,
  { session, principal, endsAt }: SignedIn,
): Promise<TemporaryCredential> {
  const { store, rootSecret, now } = engine
  const issued = now().getTime()
  if (session.federation !== '') await requireTrust(engine, JSON.parse(session.federation))
  const facts = { issued, tags: {}, transitiveTagKeys: [], sourceIdentity: undefined }
  const begun = { kind: 'console' as const, ...facts, ...principal.session, console: session.hash }
  const as: SessionPrincipal = { ...principal, session: begun }
  const seconds = Math.min(credentialSeconds, Math.floor((endsAt.getTime() - issued) / 1000))
  return issueSession(store, rootSecret, now(), as, seconds, async ({ db }, access_key_id) => {
    const mine = db.updateTable('console_session').set({ seen: issued }).where('hash', '=', session.hash)
    // Somebody signed out meanwhile, in another tab.
    if (Number((await mine.executeTakeFirstOrThrow()).numUpdatedRows) === 0) throw sessionError.noSession()
    await db.insertInto('console_credential').values({ access_key_id, session: session.hash }).execute()
  })
}

/** What a role's trust policy has taken back since is no role any more. */
async function requireTrust(engine: Engine, federation: Federation): Promise<void> {
  await federatedRole(engine, federation).catch(error => {
    throw error instanceof AccessDenied || error instanceof ServiceError ? sessionError.noSession() : error
  })
}

/** Signs out: the session is gone, and its credentials answer ExpiredToken from now on. */
export async function endConsoleSession({ store, now, changed }: Engine, { hash }: ConsoleSession): Promise<void> {
  await store.transaction(async ({ db }) => {
    const given = db.deleteFrom('console_credential').where('session', '=', hash).returning('access_key_id')
    for (const { access_key_id } of await given.execute())
      await db
        .updateTable('iam_session')
        .set({ expires: now().getTime() })
        .where('access_key_id', '=', access_key_id)
        .where('expires', '>', now().getTime())
        .execute()
    await db.deleteFrom('console_session').where('hash', '=', hash).execute()
  })
  await changed()
}
