import type { RootSecret } from '../ground/root-secret.ts'
import type { Store } from '../store/store.ts'
import { issueSession, type SessionPrincipal, type TemporaryCredential } from './session.ts'

interface Parts {
  readonly store: Store
  readonly rootSecret: RootSecret
  readonly now: () => Date
}

/** How long credentials of a workload work, in seconds; who needs them for longer asks again, as the SDKs do by themselves. */
const seconds = 3600

/** Credentials that end with the workload, and after an hour at the latest. */
export function issueWorkloadSession(
  { store, rootSecret, now }: Parts,
  principal: SessionPrincipal,
  workload: string,
): Promise<TemporaryCredential> {
  const time = now()
  const expires = time.getTime() + seconds * 1000
  return issueSession(store, rootSecret, time, principal, seconds, async ({ db }, access_key_id) => {
    const over = db.deleteFrom('iam_workload_session').where('workload', '=', workload)
    await over.where('expires', '<', time.getTime()).execute()
    await db.insertInto('iam_workload_session').values({ access_key_id, workload, expires }).execute()
  })
}

/** Whether there was anything to end. */
export async function endWorkloadSessions(
  { store, now }: Pick<Parts, 'store' | 'now'>,
  workload: string,
): Promise<boolean> {
  const { db } = store
  const given = db.selectFrom('iam_workload_session').select('access_key_id').where('workload', '=', workload)
  if (!(await given.limit(1).executeTakeFirst())) return false
  await store.transaction(async tx => {
    const ended = tx.db.deleteFrom('iam_workload_session').where('workload', '=', workload).returning('access_key_id')
    for (const { access_key_id } of await ended.execute())
      await tx.db
        .updateTable('iam_session')
        .set({ expires: now().getTime() })
        .where('access_key_id', '=', access_key_id)
        .where('expires', '>', now().getTime())
        .execute()
  })
  return true
}
