import { clock } from '../ground/clock.ts'
import type { WayOut } from '../outgoing/way-out.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import type { ConnectionRow } from './connection.ts'
import type { ConnectionSecrets } from './connection-secret.ts'
import { NotAuthorized, oauthToken } from './oauth-token.ts'

export interface ConnectionParts {
  readonly store: Store
  readonly wayOut: WayOut
  readonly secrets: ConnectionSecrets
}

export const findConnection = (db: Db, arn: string): Promise<ConnectionRow | undefined> =>
  db.selectFrom('event_connection').selectAll().where('arn', '=', arn).executeTakeFirst()

/** Asks the authorization server of a connection for a first token. A key is the ARN of a connection. What fails for now is tried again. */
export const connectionReconciler =
  (parts: ConnectionParts): Reconciler =>
  async (arn, signal) => {
    const row = await findConnection(parts.store.db, arn)
    if (row?.state !== 'AUTHORIZING') return
    try {
      await renewToken(parts, row, signal)
    } catch (error) {
      if (!(error instanceof NotAuthorized)) throw error
      await setState(parts.store.db, row, { state: 'DEAUTHORIZED', state_reason: error.message.slice(0, 512) })
    }
  }

/** A change that came meanwhile is not overwritten. */
async function setState(db: Db, row: ConnectionRow, given: Partial<ConnectionRow>): Promise<void> {
  await db
    .updateTable('event_connection')
    .set(given)
    .where('arn', '=', row.arn)
    .where('sealed', '=', row.sealed)
    .execute()
}

/** A new token, kept for the next requests. Throws NotAuthorized, or Error when there is none for now. */
export async function renewToken(
  { store, wayOut, secrets }: ConnectionParts,
  row: ConnectionRow,
  signal: AbortSignal,
): Promise<string> {
  const { OAuthParameters } = secrets.unseal(row.arn, row.sealed)
  if (!OAuthParameters) throw new NotAuthorized('The connection has no OAuthParameters')
  const { text, expires } = await oauthToken(wayOut, OAuthParameters, signal)
  await setState(store.db, row, {
    ...{ state: 'AUTHORIZED', state_reason: null, authorized: clock.now() },
    ...{ sealed_token: secrets.sealToken(row.arn, text), token_expires: expires },
  })
  return text
}
