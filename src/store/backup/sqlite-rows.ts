import { rmSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { syncDirectory } from '../../ground/sync-directory.ts'
import type { Database } from '../database.ts'
import { migrateThrough } from '../migrate.ts'
import { openSqliteFile } from '../sqlite.ts'
import {
  isOfMigrator,
  namesIn,
  type Page,
  pageRows,
  quoted,
  type RowSource,
  type RowTarget,
  type Value,
} from './row-copy.ts'

type Row = Record<string, Value>
const all = (file: DatabaseSync, statement: string): Row[] => file.prepare(statement).all() as Row[]
const names = (rows: readonly Row[]): string[] => rows.map(({ name }) => String(name))

/** The rows of an installation in SQLite; `copy` is a path for a copy of the file, which is made in one go and read from then on. */
export function openSqliteRows(path: string, copy: string): RowSource {
  const removeCopy = () => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${copy}${end}`, { force: true })
  }
  removeCopy()
  const original = new DatabaseSync(path)
  try {
    original.exec('pragma busy_timeout = 10000')
    original.prepare('vacuum into ?').run(copy)
  } finally {
    original.close()
  }
  const file = new DatabaseSync(copy, { readOnly: true })
  const tables = tableNames(file).map(name => ({
    name,
    columns: names(all(file, `pragma table_info(${quoted(name)})`)),
  }))
  const numbers = all(file, 'select name, seq from sqlite_sequence')
  return {
    migrations: names(all(file, 'select name from kysely_migration order by name')),
    tables,
    numbered: Object.fromEntries(numbers.map(({ name, seq }) => [name, seq as number])),
    async *pages({ name, columns }) {
      const rows = file.prepare(`select ${namesIn(columns)} from ${quoted(name)}`).iterate() as IterableIterator<Row>
      let page: Value[][] = []
      for (const row of rows) {
        page.push(columns.map(column => row[column] as Value))
        if (page.length < pageRows) continue
        yield page
        page = []
      }
      if (page.length > 0) yield page
    },
    async close() {
      file.close()
      removeCopy()
    },
  }
}

function tableNames(file: DatabaseSync): string[] {
  const found = names(all(file, "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"))
  return found.filter(name => !isOfMigrator(name)).sort()
}

/** A new file at `path`, where nothing is before `commit`. */
export async function openSqliteTarget(path: string, steps: readonly string[]): Promise<RowTarget> {
  const growing = `${path}.restoring`
  const remove = () => {
    for (const end of ['', '-wal', '-shm']) rmSync(`${growing}${end}`, { force: true })
  }
  remove()
  const { file, config } = openSqliteFile(growing)
  const kysely = new Kysely<Database>({ dialect: new SqliteDialect(config) })
  await migrateThrough(kysely, steps)
  // What triggers would do was done when the rows were made.
  const triggers = all(file, "select name, sql from sqlite_schema where type = 'trigger'")
  file.exec('pragma foreign_keys = off; pragma synchronous = off; begin')
  for (const name of names(triggers)) file.exec(`drop trigger ${quoted(name)}`)
  // Steps of the schema put some.
  for (const name of tableNames(file)) file.exec(`delete from ${quoted(name)}`)
  let committed = false
  return {
    async put({ name, columns }, page: Page) {
      const places = columns.map(() => '?').join(', ')
      const insert = file.prepare(`insert into ${quoted(name)} (${namesIn(columns)}) values (${places})`)
      for (const row of page) insert.run(...row)
    },
    async commit(numbered) {
      for (const [name, last] of Object.entries(numbered)) {
        file.prepare('delete from sqlite_sequence where name = ?').run(name)
        file.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(name, last)
      }
      for (const { sql } of triggers) file.exec(String(sql))
      file.exec('commit; pragma synchronous = full; pragma wal_checkpoint(truncate)')
      await kysely.destroy()
      committed = true
      await rename(growing, path)
      await syncDirectory(dirname(path))
    },
    async close() {
      if (committed) return
      await kysely.destroy()
      remove()
    },
  }
}
