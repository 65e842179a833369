/** What a column of a row holds, in SQLite and in PostgreSQL alike. */
export type Value = string | number | null | Uint8Array

export interface TableShape {
  readonly name: string
  readonly columns: readonly string[]
}

export type Page = readonly (readonly Value[])[]

/** The rows of a database as all of them were at one moment, whatever is written meanwhile. */
export interface RowSource {
  /** Steps of the schema that have been made. */
  readonly migrations: readonly string[]
  readonly tables: readonly TableShape[]
  /** The last number that a table has given by itself, of tables that number their rows. */
  readonly numbered: Readonly<Record<string, number>>
  pages(table: TableShape): AsyncIterable<Page>
  close(): Promise<void>
}

/** An empty database whose schema has the steps of the source. All that is put is there when `commit` resolves, or nothing. */
export interface RowTarget {
  put(table: TableShape, page: Page): Promise<void>
  commit(numbered: RowSource['numbered']): Promise<void>
  /** Undoes what was not committed. */
  close(): Promise<void>
}

/** kysely's own tables, which tell the steps. */
export const isOfMigrator = (table: string): boolean => table.startsWith('kysely_')

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const namesIn = (columns: readonly string[]): string => columns.map(quoted).join(', ')

/** Rows that are read, and put, at once. */
export const pageRows = 200
