import type { Generated } from 'kysely'
import type { Migration } from '../migration.ts'

export interface ServingTables {
  async_invocation: AsyncInvocationTable
}

/** Requests to asynchronous endpoints that are not answered yet. What is answered has its object in S3 and no row. */
export interface AsyncInvocationTable {
  /** In the order in which they were taken. */
  sequence: Generated<number>
  /** The endpoint's ARN. */
  endpoint: string
  /** Milliseconds. */
  created: number
  /** JSON: `AsyncInvocation`. */
  request: string
}

export const servingMigrations: readonly Migration[] = [
  {
    name: '2026-11-29-async-invocations',
    async up(db) {
      await db.schema
        .createTable('async_invocation')
        .addColumn('sequence', 'integer', column => column.primaryKey().autoIncrement())
        .addColumn('endpoint', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('request', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createIndex('async_invocation_by_endpoint')
        .on('async_invocation')
        .columns(['endpoint', 'sequence'])
        .execute()
    },
  },
]
