import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import {
  Kysely,
  type LimitNode,
  Migrator,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteQueryCompiler,
  sql,
  type ValueNode,
} from 'kysely'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import { claimNote } from './commit-note.ts'
import { type Database, migrations } from './database.ts'
import { createGroupCommit } from './group-commit.ts'
import { createPending } from './pending.ts'
import { SqliteStoreDriver } from './sqlite-driver.ts'
import { requireSearch } from './statement-plan.ts'
import type { Store, Transaction, Wish } from './store.ts'
import { placeOf } from './transaction-scope.ts'
import { enqueue } from './work.ts'
import { type DiskSync, openWriteAheadLog, type WriteAheadLog } from './write-ahead-log.ts'

/** The embedded store: one SQLite file in WAL mode; a commit is on the disk when it is acknowledged. `:memory:` for tests of pure SQL. */
export async function openSqliteStore(
  path: string,
  onEnqueue: (wishes: readonly Wish[]) => void = () => {},
  sync: DiskSync = file => file.datasync(),
  /** For tests: statements whose plan is no search are refused. */
  checkPlans = false,
): Promise<Store> {
  const file = new DatabaseSync(path)
  file.exec(
    'pragma busy_timeout = 10000; pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma journal_size_limit = 67108864; pragma synchronous = normal; pragma foreign_keys = on; pragma cache_size = -16384; pragma wal_autocheckpoint = 4000',
  )
  const plans = { checked: false }
  const config = { database: kyselyDatabase(file, plans) }
  await migrate(new Kysely<Database>({ dialect: new SqliteDialect(config) }))
  plans.checked = checkPlans
  // From here on the main thread waits for no lock of another process: see `SqliteStoreDriver`.
  file.exec('pragma busy_timeout = 0')
  const log = path === ':memory:' ? undefined : await openWriteAheadLog(path, sync)
  const db = new Kysely<Database>({ dialect: storeDialect(config, file, log) })
  const commit = createGroupCommit(db)
  const pending = createPending()
  let closed = false
  return {
    db,
    stuck: () => pending.stuck(),
    async transaction(work) {
      const wishes: Wish[] = []
      if (closed) throw new Error('The store is closed')
      // The stack is made into text only when it is told.
      const asked = new Error()
      const owner = () => placeOf(asked.stack)
      using _ = pending.begin(owner)
      const note = claimNote()
      const run = commit.run(owner, async trx => {
        const tx: Transaction = {
          db: trx,
          async enqueue(kind, key, at) {
            const due = at?.getTime() ?? clock.now()
            wishes.push({ kind, key, due })
            await enqueue(trx, kind, key, due)
          },
        }
        const result = await work(tx)
        await note?.write(tx)
        return result
      })
      const result = await run.catch(error => {
        if (note) note.state = 'open'
        throw error
      })
      if (note) note.state = 'written'
      // One that wrote nothing may have seen what is not on the disk yet.
      await log?.durable()
      if (wishes.length > 0) onEnqueue(wishes)
      return result
    },
    async shrink() {
      for (let free = freePages(file); free > keptPages; free = freePages(file)) {
        await sql.raw(`pragma incremental_vacuum(${pagesAtOnce})`).execute(db)
        if (freePages(file) === free) return
        await turn()
      }
    },
    async close() {
      closed = true
      await commit.idle()
      await log?.close()
      await db.destroy()
    },
  }
}

const storeDialect = (config: SqliteDialectConfig, file: DatabaseSync, log: WriteAheadLog | undefined): SqliteDialect =>
  Object.assign(new SqliteDialect(config), {
    createQueryCompiler: () => new LimitCompiler(),
    createDriver: () => new SqliteStoreDriver(config, file, log),
  })

/** SQLite plans a statement anew at each run when its limit is a parameter, which takes as long as to run it. */
class LimitCompiler extends SqliteQueryCompiler {
  protected override visitLimit({ limit }: LimitNode): void {
    const { value } = limit as ValueNode
    if (!Number.isSafeInteger(value)) throw new Error(`A limit must be a whole number, not ${value}`)
    this.append(`limit ${value}`)
  }
}

async function migrate(db: Kysely<Database>): Promise<void> {
  const provider = { getMigrations: async () => Object.fromEntries(migrations.map(step => [step.name, step])) }
  const { error } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest()
  if (error) throw newer(error) ?? error
  const made = { name: 'installation', value: randomness.uuid().slice(0, 8) }
  await db
    .insertInto('setting')
    .values(made)
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await sql`select 1`.execute(db)
}

/** Pages of the file that hold nothing; some are kept for what is written next. */
const keptPages = 1000
const pagesAtOnce = 500
const freePages = (file: DatabaseSync): number => Number(file.prepare('pragma freelist_count').get()?.freelist_count)

/** kysely calls a database corrupted that knows steps which this program does not. */
function newer(error: unknown): Error | undefined {
  const [, step] = /previously executed migration (\S+) is missing/.exec((error as Error).message) ?? []
  if (!step) return undefined
  return new Error(
    `The data directory is of a newer version of Modelmart, which made the step ${step}. Start that version, or a later one.`,
  )
}

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
