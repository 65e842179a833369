import type { Selectable } from 'kysely'
import { rootPrincipal, userPrincipal } from '../iam/credential.ts'
import type { IamEngine } from '../iam/iam.ts'
import { issueSession, type SessionPrincipal, type TemporaryCredential } from '../iam/session.ts'
import type { Principal } from '../service/principal.ts'
import type { ConsoleSessionTable } from '../store/schema/console-tables.ts'
import type { Store } from '../store/store.ts'
import { drawSecret, secretHash } from './secret-hash.ts'
import { sessionError } from './session-error.ts'

export type ConsoleSession = Selectable<ConsoleSessionTable>
type Engine = Pick<IamEngine, 'store' | 'rootSecret' | 'now' | 'changed'>

/** How long credentials work, in seconds. */
const credentialSeconds = 3600
/** Nobody works longer without signing in again (twelve hours, as in AWS's console), nor comes back after the credentials have ended. */
const mostHours = 12
export const sessionMs = mostHours * 3600_000
export const idleMs = credentialSeconds * 1000

/** Signs somebody in: the secret of the session, for the cookie. Forgets sessions that are over. */
export async function openConsoleSession({ store, now }: Engine, principal: Principal): Promise<string> {
  const { secret, hash } = drawSecret()
  const time = now().getTime()
  const identity = principal.kind === 'root' ? '' : principal.userId
  await store.transaction(async ({ db }) => {
    const over = await db
      .deleteFrom('console_session')
      .where('seen', '<', time - idleMs)
      .returning('hash')
      .execute()
    for (const old of over) await db.deleteFrom('console_credential').where('session', '=', old.hash).execute()
    const row = { hash, account: principal.account, identity, started: time, seen: time }
    await db.insertInto('console_session').values(row).execute()
  })
  return secret
}

/** The session of a cookie. Throws NoSession when it ended, by signing out, by time, or with its user. */
export async function requireConsoleSession(
  { store, now }: Engine,
  secret: string | undefined,
): Promise<{ session: ConsoleSession; principal: Principal }> {
  const row = secret === undefined ? undefined : await findRow(store, secretHash(secret))
  const time = now().getTime()
  if (!row || row.seen + idleMs <= time || row.started + sessionMs <= time) throw sessionError.noSession()
  const principal = await principalOf(store, row)
  if (!principal) throw sessionError.noSession()
  return { session: row, principal }
}

const findRow = ({ db }: Pick<Store, 'db'>, hash: string): Promise<ConsoleSession | undefined> =>
  db.selectFrom('console_session').selectAll().where('hash', '=', hash).executeTakeFirst()

async function principalOf({ db }: Store, { account, identity }: ConsoleSession): Promise<Principal | undefined> {
  if (identity === '') return rootPrincipal(account)
  const user = await db.selectFrom('iam_identity').select('arn').where('id', '=', identity).executeTakeFirst()
  return user && userPrincipal(user.arn, identity)
}

/** Temporary credentials of whoever is signed in; they end with the session, and after an hour at the latest. */
export async function sessionCredentials(
  engine: Engine,
  session: ConsoleSession,
  principal: Principal,
): Promise<TemporaryCredential> {
  const { store, rootSecret, now } = engine
  const issued = now().getTime()
  const left = Math.floor((session.started + sessionMs - issued) / 1000)
  const facts = { issued, tags: {}, transitiveTagKeys: [], sourceIdentity: undefined }
  const as: SessionPrincipal = { ...principal, session: { kind: 'console', ...facts } }
  const seconds = Math.min(credentialSeconds, left)
  return issueSession(store, rootSecret, now(), as, seconds, async ({ db }, access_key_id) => {
    const mine = db.updateTable('console_session').set({ seen: issued }).where('hash', '=', session.hash)
    // Somebody signed out meanwhile, in another tab.
    if (Number((await mine.executeTakeFirstOrThrow()).numUpdatedRows) === 0) throw sessionError.noSession()
    await db.insertInto('console_credential').values({ access_key_id, session: session.hash }).execute()
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
