import { clock } from '../ground/clock.ts'
import type { Store, Transaction } from '../store/store.ts'
import type { SessionKey, Sessions } from './sessions.ts'

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
    open: ({ endpoint, id }, { logStream, expires }, others) =>
      store.transaction(async ({ db }) => {
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
        return Number(numInsertedOrUpdatedRows) > 0
      }),
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
