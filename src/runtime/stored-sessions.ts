import { clock } from '../ground/clock.ts'
import type { Db } from '../store/database.ts'
import type { Store, Transaction } from '../store/store.ts'
import type { SessionKey, Sessions } from './sessions.ts'

/** Of one endpoint. Containers choose how many they begin and how long each lives; the one that would end first makes room. */
const mostSessions = 10_000

/** Sessions as rows, which outlive the server as their containers do. `forget` has everybody forget one that is closed. */
export function createStoredSessions(
  store: Pick<Store, 'db' | 'transaction'>,
  forget: (key: SessionKey) => Promise<void>,
): Sessions {
  return {
    async find({ endpoint, id }) {
      const row = await store.db
        .selectFrom('endpoint_session')
        .select(['log_stream', 'expires'])
        .where('endpoint', '=', endpoint)
        .where('id', '=', id)
        .executeTakeFirst()
      return row && { logStream: row.log_stream, expires: Number(row.expires) }
    },
    async open({ endpoint, id }, { logStream, expires }, others) {
      const { isOpen, over } = await store.transaction(async ({ db }) => {
        await db.deleteFrom('endpoint_session').where('expires', '<=', clock.now()).execute()
        const place = { log_stream: logStream, expires }
        const { numInsertedOrUpdatedRows } = await db
          .insertInto('endpoint_session')
          .values({ endpoint, id, ...place })
          .onConflict(conflict => {
            const renewed = conflict.columns(['endpoint', 'id']).doUpdateSet(place)
            return others.length > 0 ? renewed.where('endpoint_session.log_stream', 'not in', others) : renewed
          })
          .executeTakeFirstOrThrow()
        return { isOpen: Number(numInsertedOrUpdatedRows) > 0, over: await makeRoom(db, endpoint) }
      })
      for (const key of over) await forget(key)
      return isOpen
    },
    async close(key) {
      await store.transaction(async ({ db }) => {
        await db.deleteFrom('endpoint_session').where('endpoint', '=', key.endpoint).where('id', '=', key.id).execute()
      })
      await forget(key)
    },
  }
}

export const storedSessions = {
  /** Of an endpoint that goes. */
  async clear({ db }: Pick<Transaction, 'db'>, endpoint: string): Promise<void> {
    await db.deleteFrom('endpoint_session').where('endpoint', '=', endpoint).execute()
  },
}

/** Removes those that are too many, and says which. */
async function makeRoom(db: Db, endpoint: string): Promise<SessionKey[]> {
  const ofEndpoint = db.selectFrom('endpoint_session').select('id').where('endpoint', '=', endpoint)
  const over = await ofEndpoint.orderBy('expires', 'desc').orderBy('id').limit(1_000).offset(mostSessions).execute()
  for (const { id } of over)
    await db.deleteFrom('endpoint_session').where('endpoint', '=', endpoint).where('id', '=', id).execute()
  return over.map(({ id }) => ({ endpoint, id }))
}
