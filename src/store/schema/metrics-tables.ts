import type { Generated } from 'kysely'
import type { Migration } from '../migration.ts'
import { longDimensionsMigration } from './long-dimensions.ts'

export interface MetricsTables {
  metric_series: MetricSeriesTable
  metric_bucket: MetricBucketTable
  metric_alarm: MetricAlarmTable
  metric_alarm_history: MetricAlarmHistoryTable
}

/** A metric of one unit: what CloudWatch keeps apart. */
export interface MetricSeriesTable {
  id: string
  account: string
  region: string
  namespace: string
  name: string
  /** JSON list of `[name, value]`, ordered by name; of a long one its hash (`long-dimensions.ts`). */
  dimensions: string
  /** The long one; empty otherwise. */
  long_dimensions: Generated<string>
  unit: string
  /** Newest data, in milliseconds; up to ten minutes behind. */
  last_time: number
}

/** All values of a series within one stretch of time (`src/metrics/metric-bucket.ts`). */
export interface MetricBucketTable {
  series_id: string
  /** Length of the stretch in seconds: 1, 60, 300 or 3600. Each moment's data is in one resolution only. */
  resolution: number
  /** Milliseconds, a multiple of the resolution. */
  start: number
  count: number
  sum: number
  min: number
  max: number
  /** JSON: the distribution of the values. */
  distribution: string
}

export interface MetricAlarmTable {
  arn: string
  account: string
  region: string
  name: string
  /** Of the one metric that it watches; empty for an expression. */
  namespace: string
  metric: string
  dimensions: string
  /** OK, ALARM or INSUFFICIENT_DATA. */
  state: string
  /** JSON: how it is configured and what is known of its state (`src/metrics/alarm/alarm.ts`). */
  document: string
  /** Grows with each change of the configuration. */
  version: number
}

/** What happened to an alarm; kept when the alarm is deleted. */
export interface MetricAlarmHistoryTable {
  /** Grows: what happens at the same moment has an order. */
  id: Generated<number>
  account: string
  region: string
  alarm: string
  /** Milliseconds. */
  time: number
  /** ConfigurationUpdate, StateUpdate or Action. */
  type: string
  summary: string
  /** JSON. */
  data: string
}

export const metricsMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-metrics',
    async up(db) {
      await db.schema
        .createTable('metric_series')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('namespace', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('dimensions', 'text', column => column.notNull())
        .addColumn('unit', 'text', column => column.notNull())
        .addColumn('last_time', 'bigint', column => column.notNull())
        .addUniqueConstraint('metric_series_name', ['account', 'region', 'namespace', 'name', 'dimensions', 'unit'])
        .execute()
      await db.schema
        .createTable('metric_bucket')
        .addColumn('series_id', 'text', column => column.notNull())
        .addColumn('resolution', 'integer', column => column.notNull())
        .addColumn('start', 'bigint', column => column.notNull())
        .addColumn('count', 'double precision', column => column.notNull())
        .addColumn('sum', 'double precision', column => column.notNull())
        .addColumn('min', 'double precision', column => column.notNull())
        .addColumn('max', 'double precision', column => column.notNull())
        .addColumn('distribution', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('metric_bucket_key', ['series_id', 'resolution', 'start'])
        .execute()
      await db.schema.createIndex('metric_bucket_by_age').on('metric_bucket').columns(['resolution', 'start']).execute()
    },
  },
  {
    name: '2026-11-29-metric-alarms',
    async up(db) {
      await db.schema
        .createTable('metric_alarm')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('namespace', 'text', column => column.notNull())
        .addColumn('metric', 'text', column => column.notNull())
        .addColumn('dimensions', 'text', column => column.notNull())
        .addColumn('state', 'text', column => column.notNull())
        .addColumn('document', 'text', column => column.notNull())
        .addColumn('version', 'integer', column => column.notNull())
        .execute()
      const indexes = {
        metric_alarm_by_name: ['account', 'region', 'name'],
        metric_alarm_by_metric: ['account', 'region', 'namespace', 'metric', 'dimensions', 'name'],
      } as const
      for (const [name, columns] of Object.entries(indexes))
        await db.schema
          .createIndex(name)
          .on('metric_alarm')
          .columns([...columns])
          .execute()
      await db.schema
        .createTable('metric_alarm_history')
        .addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('alarm', 'text', column => column.notNull())
        .addColumn('time', 'bigint', column => column.notNull())
        .addColumn('type', 'text', column => column.notNull())
        .addColumn('summary', 'text', column => column.notNull())
        .addColumn('data', 'text', column => column.notNull())
        .execute()
      const histories = {
        metric_alarm_history_by_alarm: ['account', 'region', 'alarm', 'time', 'id'],
        metric_alarm_history_by_time: ['account', 'region', 'time', 'id'],
        metric_alarm_history_by_age: ['time'],
      } as const
      for (const [name, columns] of Object.entries(histories))
        await db.schema
          .createIndex(name)
          .on('metric_alarm_history')
          .columns([...columns])
          .execute()
    },
  },
  longDimensionsMigration,
]
