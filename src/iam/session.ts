import { AccessDenied } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { RootSecret } from '../ground/root-secret.ts'
import type { Credential } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import type { Store, Transaction } from '../store/store.ts'
import { newSecretAccessKey, sealSecret, uniqueId, unsealSecret } from './access-key-secret.ts'

/** A principal with temporary credentials, and what its policies may ask of it. */
export interface SessionPrincipal extends Principal {
  readonly session?: {
    readonly kind:
      | 'AssumeRole'
      | 'AssumeRoleWithWebIdentity'
      | 'GetFederationToken'
      | 'GetSessionToken'
      | 'service'
      | 'console'
    readonly issued: number
    readonly tags: Readonly<Record<string, string>>
    readonly transitiveTagKeys: readonly string[]
    readonly sourceIdentity: string | undefined
    /** ARN of the identity provider whose token began the session, over roles that are assumed from it. */
    readonly provider?: string | undefined
    /** Id of the user who vouches for a federated user; empty for root. */
    readonly caller?: string
    /** Hash of the console's session that it began in, over roles that are assumed from it: it ends with that. */
    readonly console?: string | undefined
  }
}

export interface TemporaryCredential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expires: Date
}

/** How long an expired session is remembered, so that its user is told that it expired rather than that it never was. */
const remembered = 24 * 3600_000

/** Makes credentials for `seconds`, with what `also` writes by the same commit; forgets those that expired a day ago. */
export async function issueSession(
  store: Store,
  rootSecret: RootSecret,
  now: Date,
  principal: SessionPrincipal,
  seconds: number,
  also: (tx: Transaction, accessKeyId: string) => Promise<void> = async () => {},
): Promise<TemporaryCredential> {
  const accessKeyId = uniqueId('ASIA')
  const secretAccessKey = newSecretAccessKey()
  const sessionToken = randomness.bytes(192).toString('base64')
  const expires = Math.floor(now.getTime() / 1000 + seconds) * 1000
  await store.transaction(async tx => {
    const { db } = tx
    await db
      .deleteFrom('iam_session')
      .where('expires', '<', now.getTime() - remembered)
      .execute()
    const row = {
      access_key_id: accessKeyId,
      account: principal.account,
      identity:
        principal.session?.caller ?? (principal.kind === 'root' ? '' : (principal.userId.split(':')[0] as string)),
      secret: sealSecret(rootSecret, accessKeyId, `${secretAccessKey} ${sessionToken}`),
      expires,
      principal: JSON.stringify(principal),
    }
    await db.insertInto('iam_session').values(row).execute()
    await also(tx, accessKeyId)
  })
  return { accessKeyId, secretAccessKey, sessionToken, expires: new Date(expires) }
}

/**
 * For `issueSession`: credentials that were gotten by those of a console's session end with it, as those do. Throws AccessDenied when somebody
 * has just signed out of it.
 */
export const endsWithConsole =
  (console: string | undefined) =>
  async ({ db }: Transaction, access_key_id: string): Promise<void> => {
    if (console === undefined) return
    // Held until the commit, so that whoever signs out meanwhile finds these too.
    const held = db.updateTable('console_session').set({ hash: console }).where('hash', '=', console)
    if (Number((await held.executeTakeFirstOrThrow()).numUpdatedRows) === 0)
      throw new AccessDenied('The console’s session has ended.', 'AccessDenied')
    await db.insertInto('console_credential').values({ access_key_id, session: console }).execute()
  }

export async function findSession(
  store: Store,
  rootSecret: RootSecret,
  accessKeyId: string,
): Promise<Credential | undefined> {
  const row = await store.db
    .selectFrom('iam_session')
    .selectAll()
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirst()
  if (!row) return undefined
  const [secretAccessKey = '', sessionToken = ''] = unsealSecret(rootSecret, accessKeyId, row.secret).split(' ')
  const principal: SessionPrincipal = JSON.parse(row.principal)
  return { accessKeyId, secretAccessKey, sessionToken, expires: new Date(row.expires), principal }
}
