import { stat } from 'node:fs/promises'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import {
  Kysely,
  type LimitNode,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteQueryCompiler,
  sql,
  type ValueNode,
} from 'kysely'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { randomness } from '../ground/randomness.ts'
import type { Database } from './database.ts'
import { createGroupCommit } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { sqliteDamage } from './sqlite-damage.ts'
import { SqliteStoreDriver } from './sqlite-driver.ts'
import { requireSearch } from './statement-plan.ts'
import type { Store, Wish } from './store.ts'
import { createTransactions } from './transactions.ts'
import { type DiskSync, openWriteAheadLog, type WriteAheadLog } from './write-ahead-log.ts'

/** The embedded store: one SQLite file in WAL mode; a commit is on the disk when it is acknowledged. `:memory:` for tests of pure SQL. */
export async function openSqliteStore(
  path: string,
  onEnqueue: (wishes: readonly Wish[]) => void = () => {},
  sync: DiskSync = file => file.datasync(),
  /** For tests: statements whose plan is no search are refused. */
  checkPlans = false,
): Promise<Store> {
  const plans = { checked: false }
  const { file, config } = openSqliteFile(path, plans)
  await migrate(new Kysely<Database>({ dialect: new SqliteDialect(config) }), 'data directory')
  plans.checked = checkPlans
  // From here on the main thread waits for no lock of another process: see `SqliteStoreDriver`. And what a savepoint would restore is kept in
  // memory: in a file, which is SQLite's choice beyond 64 KiB, it is written as often as the log of a group of works ("Temporary Files Used By
  // SQLite"). Migrations, which sort whole tables, have files.
  file.exec('pragma busy_timeout = 0; pragma temp_store = memory')
  const log = path === ':memory:' ? undefined : await openWriteAheadLog(path, sync)
  const db = new Kysely<Database>({ dialect: storeDialect(config, file, log) })
  const commit = createGroupCommit(db)
  const transactions = createTransactions(commit, onEnqueue, async () => log?.durable())
  return {
    db,
    server: randomness.uuid(),
    stuck: transactions.stuck,
    transaction: transactions.transaction,
    async shrink() {
      for (let free = freePages(file); free > keptPages; free = freePages(file)) {
        await sql.raw(`pragma incremental_vacuum(${pagesAtOnce})`).execute(db)
        if (freePages(file) === free) return
        await turn()
      }
    },
    async size() {
      const sizes = await Promise.all([sizeOf(path), sizeOf(`${path}-wal`)])
      return sizes.reduce((sum, size) => sum + size, 0)
    },
    damage: shared => sqliteDamage(db, shared),
    // The lock of the data directory does.
    hold: async () => async () => {},
    fence() {},
    wishNews: () => undefined,
    talk: () => undefined,
    async close() {
      await transactions.close()
      await log?.close()
      await db.destroy()
    },
  }
}

/** The file as it is set everywhere, and what kysely needs of it. */
export function openSqliteFile(
  path: string,
  plans = { checked: false },
): { file: DatabaseSync; config: SqliteDialectConfig } {
  const file = new DatabaseSync(path)
  file.exec(
    'pragma busy_timeout = 10000; pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma journal_size_limit = 67108864; pragma synchronous = normal; pragma foreign_keys = on; pragma cache_size = -16384; pragma wal_autocheckpoint = 4000',
  )
  return { file, config: { database: kyselyDatabase(file, plans) } }
}

const storeDialect = (config: SqliteDialectConfig, file: DatabaseSync, log: WriteAheadLog | undefined): SqliteDialect =>
  Object.assign(new SqliteDialect(config), {
    createQueryCompiler: () => new LimitCompiler(),
    createDriver: () => new SqliteStoreDriver(config, file, log),
  })

/** SQLite plans a statement anew at each run when its limit is a parameter, which takes as long as to run it. */
export class LimitCompiler extends SqliteQueryCompiler {
  protected override visitLimit({ limit }: LimitNode): void {
    const { value } = limit as ValueNode
    if (!Number.isSafeInteger(value)) throw new Error(`A limit must be a whole number, not ${value}`)
    this.append(`limit ${value}`)
  }
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => ({ size: 0 }))).size

/** Pages of the file that hold nothing; some are kept for what is written next. */
const keptPages = 1000
const pagesAtOnce = 500
const freePages = (file: DatabaseSync): number => Number(file.prepare('pragma freelist_count').get()?.freelist_count)

/** Taken at once: a transaction that reads first could not wait for another process to end its own. */
const begin = 'begin immediate'

/** kysely speaks better-sqlite3; node:sqlite differs in how parameters are passed and in not telling readers from writers. */
function kyselyDatabase(file: DatabaseSync, plans: { checked: boolean }): SqliteDatabase {
  // Preparing one costs more than running most of them; SQLite's own part of a statement is not small.
  const kept = createBoundedCache<string, ReturnType<typeof adapt>>(text => 5000 + 2 * text.length)
  let begun = false
  function adapt(text: string) {
    const statement = file.prepare(text)
    const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
      run(parameters: readonly unknown[]) {
        // A commit that fails for want of space has rolled back already; why it failed is what has to be told.
        if (text === 'rollback' && !file.isTransaction) return { changes: 0, lastInsertRowid: 0 }
        const done = statement.run(...values(parameters))
        if (text === begin) begun = true
        return done as { changes: number | bigint; lastInsertRowid: number | bigint }
      },
      // Its own statement, since rows are drawn while others may run the same text.
      iterate: (parameters: readonly unknown[]) =>
        file.prepare(text).iterate(...values(parameters)) as IterableIterator<unknown>,
    }
  }
  return {
    close() {
      kept.clear()
      file.close()
    },
    prepare(given) {
      const text = given === 'begin' ? begin : given
      // A full disk ends a transaction by itself; what followed would then be committed statement by statement.
      const ends = given === 'commit' || given === 'rollback'
      if (begun && !ends && !file.isTransaction) throw new Error('The database has ended this transaction')
      if (ends) begun = false
      const known = kept.get(text)
      if (known) return known
      if (plans.checked) requireSearch(file, text)
      const statement = adapt(text)
      kept.set(text, statement)
      return statement
    },
  }
}
