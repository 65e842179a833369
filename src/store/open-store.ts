import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { DataDirectory } from './data-directory.ts'
import { openSqliteStore } from './sqlite.ts'
import type { Store, Wish } from './store.ts'

export interface StoreOptions {
  /** `postgres://…`: where the rows are to be. As the directory remembers when absent, and its own SQLite file when it remembers none. */
  readonly database?: string | undefined
  readonly onEnqueue?: ((wishes: readonly Wish[]) => void) | undefined
  /** For tests: statements whose plan is no search are refused; SQLite only. */
  readonly checkPlans?: boolean | undefined
}

/** Whether there are rows of an installation. */
export const hasStore = (directory: DataDirectory): boolean =>
  existsSync(directory.database) || existsSync(directory.databaseUrl)

/** `postgres://…` of the rows of a directory; undefined where they are in its own SQLite file. */
export const databaseOf = (directory: DataDirectory, database: string | undefined): string | undefined =>
  database ?? rememberedUrl(directory)

/** From now on the directory has its rows there. */
export const rememberDatabase = ({ databaseUrl }: DataDirectory, url: string): void =>
  writeFileSync(databaseUrl, url, { mode: 0o600, flush: true })

/**
 * Opens the rows of a data directory, which remembers where they are. Throws an Error for a directory that has them in SQLite already when
 * they are to be elsewhere, and for an address that is not PostgreSQL's.
 */
export async function openStore(
  directory: DataDirectory,
  { database, onEnqueue, checkPlans }: StoreOptions,
): Promise<Store> {
  const remembered = rememberedUrl(directory)
  const url = database ?? remembered
  if (url === undefined) return openSqliteStore(directory.database, onEnqueue, undefined, checkPlans)
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Error('The database must be postgres://USER:PASSWORD@HOST:PORT/NAME.')
  if (existsSync(directory.database))
    throw new Error(`${directory.root} has its rows in SQLite. Give --data another directory for ones in PostgreSQL.`)
  // Not with the others: a server on SQLite has no use for it.
  const { openPostgresStore } = await import('./postgres.ts')
  const store = await openPostgresStore(url, onEnqueue)
  if (url !== remembered) rememberDatabase(directory, url)
  return store
}

function rememberedUrl({ databaseUrl }: DataDirectory): string | undefined {
  return existsSync(databaseUrl) ? readFileSync(databaseUrl, 'utf8').trim() : undefined
}
