import type { Migration } from '../migration.ts'

export interface LogsTables {
  log_group: LogGroupTable
  log_stream: LogStreamTable
  log_chunk: LogChunkTable
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
]
