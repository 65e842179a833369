import { Kysely } from 'kysely'
import { Client, Pool } from 'pg'
import type { Database } from '../database.ts'
import { migrateThrough } from '../migrate.ts'
import { sameTypes } from '../postgres.ts'
import { postgresDialect } from '../postgres-dialect.ts'
import { valuesForPostgres } from '../postgres-text.ts'
import {
  isOfMigrator,
  namesIn,
  pageRows,
  quoted,
  type RowSource,
  type RowTarget,
  type TableShape,
  type Value,
} from './row-copy.ts'

type Row = Record<string, Value>

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, application_name: 'modelmart backup', types: sameTypes })
  await client.connect()
  return client
}

/** The rows of an installation in PostgreSQL: one transaction that sees what was committed before it. */
export async function openPostgresRows(url: string): Promise<RowSource> {
  const client = await connect(url)
  const all = async (text: string) => (await client.query<Row>(text)).rows
  try {
    await client.query('begin isolation level repeatable read read only')
    const tables = await tableShapes(client)
    const steps = await all('select name from kysely_migration order by name')
    return {
      migrations: steps.map(({ name }) => String(name)),
      tables,
      numbered: await numbersGiven(client),
      async *pages({ name, columns }) {
        await client.query(`declare rows no scroll cursor for select ${namesIn(columns)} from ${quoted(name)}`)
        for (;;) {
          const page = await all(`fetch ${pageRows} from rows`)
          if (page.length > 0) yield page.map(row => columns.map(column => row[column] as Value))
          if (page.length < pageRows) break
        }
        await client.query('close rows')
      },
      close: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

async function tableShapes(client: Client): Promise<TableShape[]> {
  const { rows } = await client.query<{ table_name: string; column_name: string }>(
    `select c.table_name, c.column_name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where table_schema = current_schema() and table_type = 'BASE TABLE' order by c.table_name collate "C", c.ordinal_position`,
  )
  const byTable = Map.groupBy(rows, row => row.table_name)
  return [...byTable]
    .filter(([name]) => !isOfMigrator(name))
    .map(([name, columns]) => ({ name, columns: columns.map(({ column_name }) => column_name) }))
}

interface Numbering {
  readonly table: string
  readonly sequence: string
}

/** Tables that number their rows, and by what. */
async function numberings(client: Client): Promise<Numbering[]> {
  const { rows } = await client.query<{ table: string; sequence: string }>(
    `select table_name as table, pg_get_serial_sequence(quote_ident(table_name), column_name) as sequence
     from information_schema.columns where table_schema = current_schema() and is_identity = 'YES'`,
  )
  return rows
}

async function numbersGiven(client: Client): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const { table, sequence } of await numberings(client)) {
    const { rows } = await client.query<{ last: number; used: number }>(
      `select last_value as last, is_called as used from ${sequence}`,
    )
    if (rows[0]?.used) found[table] = rows[0].last
  }
  return found
}

/** A database that no installation has. Throws an Error for one that has rows of an installation. */
export async function openPostgresTarget(url: string, steps: readonly string[]): Promise<RowTarget> {
  const client = await connect(url)
  try {
    await requireEmpty(client)
    await makeSchema(url, steps)
    return await openTransaction(client)
  } catch (error) {
    await client.end()
    throw error
  }
}

async function makeSchema(url: string, steps: readonly string[]): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1, types: sameTypes })
  const kysely = new Kysely<Database>({ dialect: postgresDialect({ pool }, { begin() {}, end() {} }) })
  try {
    await migrateThrough(kysely, steps)
  } finally {
    await kysely.destroy()
  }
}

async function openTransaction(client: Client): Promise<RowTarget> {
  await client.query('begin')
  const tables = await tableShapes(client)
  // What triggers would do was done when the rows were made; steps of the schema put rows of their own.
  for (const { name } of tables)
    await client.query(`alter table ${quoted(name)} disable trigger user; delete from ${quoted(name)}`)
  return {
    async put({ name, columns }, page) {
      const places = page.map((_, row) => `(${columns.map((_, index) => `$${row * columns.length + index + 1}`)})`)
      await client.query(
        `insert into ${quoted(name)} (${namesIn(columns)}) values ${places}`,
        valuesForPostgres(page.flat()),
      )
    },
    async commit(numbered) {
      for (const { name } of tables) await client.query(`alter table ${quoted(name)} enable trigger user`)
      for (const { table, sequence } of await numberings(client))
        if (numbered[table] !== undefined) await client.query('select setval($1, $2)', [sequence, numbered[table]])
      await client.query('commit')
    },
    close: () => client.end(),
  }
}

async function requireEmpty(client: Client): Promise<void> {
  const { rows } = await client.query<{ there: number }>(`select to_regclass('setting') is not null as there`)
  if (!rows[0]?.there) return
  const { rowCount } = await client.query('select from setting limit 1')
  if (rowCount) throw new Error('The database has an installation already. Restore into an empty one.')
}
