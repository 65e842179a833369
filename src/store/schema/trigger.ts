import { type Kysely, type RawBuilder, sql } from 'kysely'
import { isPostgres } from '../postgres-dialect.ts'

/** What the database does by itself, row by row, after a change of a table. */
export interface Trigger {
  /** Unique in the database. */
  readonly name: string
  readonly table: string
  /** `insert`, `delete` or `update of COLUMN`. */
  readonly after: string
  readonly when?: RawBuilder<unknown>
  /** Statements; `new` and `old` are the row. Without parameters: literals by `sql.lit`. */
  readonly run: readonly RawBuilder<unknown>[]
}

/** Makes a trigger in the words of the database at hand: PostgreSQL wants a function for it. For migrations. */
// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
export async function createTrigger(db: Kysely<any>, { name, table, after, when, run }: Trigger): Promise<void> {
  const body = sql.join(
    run.map(statement => sql`${statement};`),
    sql` `,
  )
  const condition = when ? sql`when (${when})` : sql``
  const head = sql`create trigger ${sql.ref(name)} after ${sql.raw(after)} on ${sql.table(table)}`
  if (!isPostgres(db)) {
    await sql`${head} ${condition} begin ${body} end`.execute(db)
    return
  }
  const named = sql.ref(name)
  await sql`create function ${named}() returns trigger language plpgsql as $$ begin ${body} return null; end $$`.execute(
    db,
  )
  await sql`${head} for each row ${condition} execute function ${named}()`.execute(db)
}
