import type { Generated } from 'kysely'
import type { Migration } from '../migration.ts'

export interface ServingTables {
  async_invocation: AsyncInvocationTable
  endpoint_session: EndpointSessionTable
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

/** Stateful sessions that containers have begun and not ended. */
export interface EndpointSessionTable {
  /** The endpoint's ARN. */
  endpoint: string
  id: string
  /** Of the instance that holds it. */
  log_stream: string
  /** Milliseconds. */
  expires: number
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
  {
    name: '2026-11-30-endpoint-sessions',
    async up(db) {
      await db.schema
        .createTable('endpoint_session')
        .addColumn('endpoint', 'text', column => column.notNull())
        .addColumn('id', 'text', column => column.notNull())
        .addColumn('log_stream', 'text', column => column.notNull())
        .addColumn('expires', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('endpoint_session_key', ['endpoint', 'id'])
        .execute()
      await db.schema.createIndex('endpoint_session_by_expiry').on('endpoint_session').column('expires').execute()
    },
  },
  {
    name: '2026-11-30-endpoint-sessions-by-end',
    async up(db) {
      const columns = ['endpoint', 'expires', 'id']
      await db.schema.createIndex('endpoint_session_by_end').on('endpoint_session').columns(columns).execute()
    },
  },
]
