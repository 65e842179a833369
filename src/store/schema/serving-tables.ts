import { type Generated, sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { isPostgres } from '../postgres-dialect.ts'
import { createTrigger, type Trigger } from './trigger.ts'

export interface ServingTables {
  async_invocation: AsyncInvocationTable
  async_backlog: AsyncBacklogTable
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
  /** JSON: `AsyncInvocation`. Its bytes are in `storage_usage`, as the account's with the service `sagemaker`. */
  request: string
  /** Whose endpoint it is. */
  account: string
  /** When it is too old to be answered, in milliseconds. */
  expires: number
}

/** How many requests wait for an asynchronous endpoint; it has no row when none does. Triggers keep it, so that nobody has to count. */
export interface AsyncBacklogTable {
  /** Its ARN. */
  endpoint: string
  requests: number
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
  {
    name: '2026-11-30-waiting-invocations',
    async up(db) {
      await db.schema
        .alterTable('async_invocation')
        .addColumn('account', 'text', column => column.notNull().defaultTo(''))
        .execute()
      await db.schema
        .alterTable('async_invocation')
        .addColumn('expires', 'bigint', column => column.notNull().defaultTo(0))
        .execute()
      const expires = isPostgres(db)
        ? sql`(request::json->>'expires')::bigint`
        : sql`json_extract(request, '$.expires')`
      await sql`update async_invocation set expires = ${expires},
        account = coalesce((select account from resource where arn = endpoint), '')`.execute(db)
      const columns = ['endpoint', 'expires', 'sequence']
      await db.schema.createIndex('async_invocation_by_expiry').on('async_invocation').columns(columns).execute()
      await db.schema
        .createTable('async_backlog')
        .addColumn('endpoint', 'text', column => column.primaryKey())
        .addColumn('requests', 'bigint', column => column.notNull())
        .execute()
      await sql`insert into async_backlog (endpoint, requests)
        select endpoint, count(*) from async_invocation group by endpoint`.execute(db)
      await sql`insert into storage_usage (account, service, bytes)
        select account, 'sagemaker', sum(octet_length(request)) from async_invocation group by account`.execute(db)
      for (const trigger of ofInvocations) await createTrigger(db, trigger)
    },
  },
]

const bytesOf = (row: 'new' | 'old') => sql`octet_length(${sql.raw(row)}.request)`

const ofInvocations: readonly Trigger[] = [
  {
    ...{ name: 'async_invocation_counted', table: 'async_invocation', after: 'insert' },
    run: [
      sql`insert into async_backlog (endpoint, requests) values (new.endpoint, 1)
        on conflict (endpoint) do update set requests = async_backlog.requests + 1`,
      sql`insert into storage_usage (account, service, bytes) values (new.account, 'sagemaker', ${bytesOf('new')})
        on conflict (account, service) do update set bytes = storage_usage.bytes + excluded.bytes`,
    ],
  },
  {
    ...{ name: 'async_invocation_recounted', table: 'async_invocation', after: 'update of request' },
    run: [
      sql`update storage_usage set bytes = bytes + ${bytesOf('new')} - ${bytesOf('old')}
        where service = 'sagemaker' and account = new.account`,
    ],
  },
  {
    ...{ name: 'async_invocation_uncounted', table: 'async_invocation', after: 'delete' },
    run: [
      sql`update async_backlog set requests = requests - 1 where endpoint = old.endpoint`,
      sql`delete from async_backlog where endpoint = old.endpoint and requests = 0`,
      sql`update storage_usage set bytes = bytes - ${bytesOf('old')} where service = 'sagemaker' and account = old.account`,
    ],
  },
]
