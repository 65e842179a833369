import type { Kysely } from 'kysely'

/** The largest time JavaScript can tell, for "has no end". */
export const never = 8_640_000_000_000_000

type Column = readonly [name: string, type: 'text' | 'bigint' | 'integer']

export const text = (...names: string[]): Column[] => names.map(name => [name, 'text'])
export const bigint = (...names: string[]): Column[] => names.map(name => [name, 'bigint'])
export const integer = (...names: string[]): Column[] => names.map(name => [name, 'integer'])

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
export type Schema = Kysely<any>

export async function table(db: Schema, name: string, key: string, columns: readonly Column[]): Promise<void> {
  let made = db.schema.createTable(name)
  for (const [column, type] of columns) made = made.addColumn(column, type, definition => definition.notNull())
  await made.addPrimaryKeyConstraint(`${name}_key`, key.split(',') as never[]).execute()
}

export const index = (db: Schema, on: string, by: string, columns: string[]): Promise<void> =>
  db.schema.createIndex(`${on}_by_${by}`).on(on).columns(columns).execute()
