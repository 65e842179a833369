import type { Migration } from '../migration.ts'

export interface MetricsTables {
  metric_series: MetricSeriesTable
  metric_bucket: MetricBucketTable
}

/** A metric of one unit: what CloudWatch keeps apart. */
export interface MetricSeriesTable {
  id: string
  account: string
  region: string
  namespace: string
  name: string
  /** JSON list of `[name, value]`, ordered by name. */
  dimensions: string
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
]
