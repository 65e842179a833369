import type { Migration } from '../migration.ts'

export interface LogsTables {
  log_group: LogGroupTable
  log_stream: LogStreamTable
  log_chunk: LogChunkTable
  log_metric_filter: LogMetricFilterTable
  log_query: LogQueryTable
}

/** A deleted group stays as a nameless row (`account` empty, `name` its id) until the sweep has removed what it held. */
export interface LogGroupTable {
  id: string
  account: string
  region: string
  name: string
  created: number
  retention_days: number | null
  stored_bytes: number
}

/** A deleted stream stays with an empty `group_id` until the sweep has removed its chunks. Times are 0 for "none yet". */
export interface LogStreamTable {
  id: string
  group_id: string
  name: string
  created: number
  first_event: number
  last_event: number
  last_ingestion: number
  /** How many events the stream ever took: the ordinal of the next one. */
  next_ordinal: number
  /** Where the pump that fills this stream stands; null for a stream no pump fills. */
  cursor: string | null
}

/** Consecutive events of one stream, by time, in one row (`src/logs/chunk.ts` holds the format of `body`). */
export interface LogChunkTable {
  stream_id: string
  first_ordinal: number
  group_id: string
  events: number
  first_time: number
  last_time: number
  /** Sum of the messages' UTF-8 bytes and 26 for each event, as CloudWatch counts. */
  bytes: number
  body: Uint8Array
}

/** A metric filter of a group. `transformation` is the API's, as JSON. */
export interface LogMetricFilterTable {
  group_id: string
  name: string
  account: string
  region: string
  pattern: string
  transformation: string
  created: number
}

/** A query of Insights and what came of it. `request`, `statistics` and `results` are JSON (`src/logs/query-row.ts`). */
export interface LogQueryTable {
  id: string
  account: string
  region: string
  /** Scheduled, Running, Complete, Failed, Cancelled or Timeout. */
  status: string
  created: number
  request: string
  statistics: string | null
  results: string | null
}

export const logsMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-logs',
    async up(db) {
      await db.schema
        .createTable('log_group')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('retention_days', 'integer')
        .addColumn('stored_bytes', 'bigint', column => column.notNull())
        .addUniqueConstraint('log_group_name', ['account', 'region', 'name'])
        .execute()
      await db.schema
        .createTable('log_stream')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('group_id', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('first_event', 'bigint', column => column.notNull())
        .addColumn('last_event', 'bigint', column => column.notNull())
        .addColumn('last_ingestion', 'bigint', column => column.notNull())
        .addColumn('next_ordinal', 'bigint', column => column.notNull())
        .addColumn('cursor', 'text')
        .addUniqueConstraint('log_stream_name', ['group_id', 'name'])
        .execute()
      await db.schema
        .createIndex('log_stream_by_last_event')
        .on('log_stream')
        .columns(['group_id', 'last_event', 'name'])
        .execute()
      await db.schema
        .createTable('log_chunk')
        .addColumn('stream_id', 'text', column => column.notNull())
        .addColumn('first_ordinal', 'bigint', column => column.notNull())
        .addColumn('group_id', 'text', column => column.notNull())
        .addColumn('events', 'integer', column => column.notNull())
        .addColumn('first_time', 'bigint', column => column.notNull())
        .addColumn('last_time', 'bigint', column => column.notNull())
        .addColumn('bytes', 'integer', column => column.notNull())
        .addColumn('body', 'bytea', column => column.notNull())
        .addPrimaryKeyConstraint('log_chunk_key', ['stream_id', 'first_ordinal'])
        .execute()
      for (const columns of [
        ['group_id', 'first_time'],
        ['stream_id', 'first_time'],
        ['stream_id', 'last_time'],
      ])
        await db.schema
          .createIndex(`log_chunk_by_${columns.join('_')}`)
          .on('log_chunk')
          .columns(columns)
          .execute()
    },
  },
  {
    name: '2026-11-29-log-filters-and-queries',
    async up(db) {
      await db.schema
        .createTable('log_metric_filter')
        .addColumn('group_id', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('pattern', 'text', column => column.notNull())
        .addColumn('transformation', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('log_metric_filter_key', ['group_id', 'name'])
        .execute()
      await db.schema
        .createIndex('log_metric_filter_by_account')
        .on('log_metric_filter')
        .columns(['account', 'region', 'name', 'group_id'])
        .execute()
      await db.schema
        .createTable('log_query')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('status', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('request', 'text', column => column.notNull())
        .addColumn('statistics', 'text')
        .addColumn('results', 'text')
        .execute()
      await db.schema
        .createIndex('log_query_by_account')
        .on('log_query')
        .columns(['account', 'region', 'created', 'id'])
        .execute()
      await db.schema.createIndex('log_query_by_status').on('log_query').columns(['status']).execute()
      // Queries read a group from its newest event on.
      await db.schema
        .createIndex('log_chunk_by_group_id_last_time')
        .on('log_chunk')
        .columns(['group_id', 'last_time'])
        .execute()
      await db.schema.createIndex('log_query_by_age').on('log_query').columns(['created']).execute()
    },
  },
]
