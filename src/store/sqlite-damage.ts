import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * What SQLite's own check finds wrong. A table at a time beside a running server, since what that writes is kept until a check ends; the
 * whole at once, with the pages that belong to no table, when there is none.
 */
export async function sqliteDamage(db: Kysely<Database>, shared: boolean): Promise<string[]> {
  const parts = shared ? (await tableNames(db)).map(name => sql`(${sql.table(name)})`) : [sql``]
  const found: string[] = []
  for (const part of parts) found.push(...(await check(db, part)))
  return found
}

async function tableNames(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{
    name: string
  }>`select name from sqlite_schema where type = 'table' order by name`.execute(db)
  return ['sqlite_schema', ...rows.map(({ name }) => name)]
}

async function check(db: Kysely<Database>, what: RawBuilder<unknown>): Promise<string[]> {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check${what}`.execute(db)
  return rows.map(row => row.integrity_check).filter(text => text !== 'ok')
}
