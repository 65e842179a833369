import { randomUUID } from 'node:crypto'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, Migrator, type SqliteDatabase, SqliteDialect, sql } from 'kysely'
import { type Database, migrations } from './database.ts'
import type { Store, Transaction } from './store.ts'
import { enqueue } from './work.ts'

/** The embedded store: one SQLite file in WAL mode; a commit is on the disk when it is acknowledged. `:memory:` for tests of pure SQL. */
export async function openSqliteStore(path: string, onEnqueue: (due: number) => void = () => {}): Promise<Store> {
  const file = new DatabaseSync(path)
  file.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000; pragma foreign_keys = on',
  )
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: kyselyDatabase(file) }) })
  await migrate(db)
  return {
    db,
    async transaction(work) {
      let earliest = Number.POSITIVE_INFINITY
      const result = await db.transaction().execute(trx => {
        const tx: Transaction = {
          db: trx,
          async enqueue(kind, key, at) {
            const due = at?.getTime() ?? Date.now()
            earliest = Math.min(earliest, due)
            await enqueue(trx, kind, key, due)
          },
        }
        return work(tx)
      })
      if (earliest < Number.POSITIVE_INFINITY) onEnqueue(earliest)
      return result
    },
    close: () => db.destroy(),
  }
}

async function migrate(db: Kysely<Database>): Promise<void> {
  const provider = { getMigrations: async () => Object.fromEntries(migrations.map(step => [step.name, step])) }
  const { error } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest()
  if (error) throw error
  const made = { name: 'installation', value: randomUUID().slice(0, 8) }
  await db
    .insertInto('setting')
    .values(made)
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await sql`select 1`.execute(db)
}

/** How many prepared statements are kept; preparing one costs more than running most of them. */
const keptStatements = 500

/** kysely speaks better-sqlite3; node:sqlite differs in how parameters are passed and in not telling readers from writers. */
function kyselyDatabase(file: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, ReturnType<typeof adapt>>()
  function adapt(text: string) {
    const statement = file.prepare(text)
    const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
      run: (parameters: readonly unknown[]) =>
        statement.run(...values(parameters)) as { changes: number | bigint; lastInsertRowid: number | bigint },
      // Its own statement, since rows are drawn while others may run the same text.
      iterate: (parameters: readonly unknown[]) =>
        file.prepare(text).iterate(...values(parameters)) as IterableIterator<unknown>,
    }
  }
  return {
    close: () => file.close(),
    prepare(given) {
      // Taken at once: a transaction that reads first could not wait for another process to end its own.
      const text = given === 'begin' ? 'begin immediate' : given
      const statement = kept.get(text) ?? adapt(text)
      kept.delete(text)
      kept.set(text, statement)
      if (kept.size > keptStatements) kept.delete(kept.keys().next().value as string)
      return statement
    },
  }
}
