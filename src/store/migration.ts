import type { Kysely } from 'kysely'

/** One forward step of the schema; `name` orders and identifies it once and for all: `2026-11-20-s3`. */
export interface Migration {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
  up(db: Kysely<any>): Promise<void>
}
