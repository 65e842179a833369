import { randomUUID } from 'node:crypto'
import { dataDirectory } from './data-directory.ts'
import { openStore } from './open-store.ts'
import { databaseEnvironment, dropDatabase, ownDatabase, testServer } from './own-database.fixture.ts'
import { openSqliteStore } from './sqlite.ts'
import type { Store, Wish } from './store.ts'

/**
 * A store on the database that the tests run on. SQLite refuses statements whose plan is no search on an index (`statement-plan.ts`). What
 * was opened by a path is there when that is opened again.
 */
export async function openTestStore(
  path = ':memory:',
  onEnqueue: (wishes: readonly Wish[]) => void = () => {},
): Promise<Store> {
  if (!testServer) return openSqliteStore(path, onEnqueue, undefined, true)
  const { openPostgresStore } = await import('./postgres.ts')
  const url = await ownDatabase(testServer, path === ':memory:' ? randomUUID() : path)
  const store = await openPostgresStore(url, onEnqueue)
  if (path !== ':memory:') return store
  return {
    ...store,
    async close() {
      await store.close()
      await dropDatabase(url)
    },
  }
}

/** The rows of a data directory, beside whoever else has them open; made where there are none yet. */
export async function openDataStore(data: string): Promise<Store> {
  const { MODELMART_DATABASE: database } = await databaseEnvironment(data)
  return openStore(dataDirectory(data), { database })
}
