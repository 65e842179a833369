import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { indexedDimensions } from '../store/schema/long-dimensions.ts'
import { type Bucket, emptyBucket, mergeInto, readBucket } from './metric-bucket.ts'
import type { SeriesName } from './series.ts'

const minute = 60 * 1000
const day = 24 * 60 * minute

/** The stretches of time that are asked for: from `from` in steps of the period until before `to`. All in milliseconds. */
export interface Windows {
  readonly from: number
  readonly to: number
  readonly period: number
}

/**
 * A start as CloudWatch rounds it down: to the period below a minute, else to the minute, for starts older than 15 days to five
 * minutes, older than 63 days to the hour (API reference, GetMetricStatistics and GetMetricData, StartTime).
 */
export function roundStart(start: number, period: number, now: number): number {
  const age = now - start
  const coarse = age > 63 * day ? 60 * minute : age > 15 * day ? 5 * minute : minute
  const unit = period < minute ? period : coarse
  return start - (start % unit)
}

/** 1, 5, 10, 20, 30 or a multiple of 60 seconds, at most a day. */
export const isPeriod = (seconds: number): boolean =>
  [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0 && seconds <= 86_400)

export const findSeries = (
  db: Kysely<Database>,
  name: Omit<SeriesName, 'unit'> & { readonly unit?: string },
): Promise<{ id: string; unit: string }[]> =>
  db
    .selectFrom('metric_series')
    .select(['id', 'unit'])
    .where('account', '=', name.account)
    .where('region', '=', name.region)
    .where('namespace', '=', name.namespace)
    .where('name', '=', name.name)
    .where('dimensions', '=', indexedDimensions(name.dimensions))
    .$if(name.unit !== undefined, query => query.where('unit', '=', name.unit ?? ''))
    .orderBy('unit')
    .execute()

/**
 * The windows that hold data, in order of time. Data that is kept coarser than the period is not among them. `withValues` reads the
 * distributions too; without, the database adds up.
 */
export async function readWindows(
  db: Kysely<Database>,
  series: readonly string[],
  windows: Windows,
  withValues: boolean,
): Promise<{ time: number; bucket: Bucket }[]> {
  if (series.length === 0) return []
  return withValues ? mergedWindows(db, series, windows) : totalledWindows(db, series, windows)
}

const stored = (db: Kysely<Database>, series: readonly string[], { from, to, period }: Windows) =>
  db
    .selectFrom('metric_bucket')
    .where('series_id', 'in', [...series])
    .where('resolution', '<=', Math.max(1, period / 1000))
    .where('start', '>=', from)
    .where('start', '<', to)

async function mergedWindows(db: Kysely<Database>, series: readonly string[], windows: Windows) {
  const rows = await stored(db, series, windows).selectAll().orderBy('start').execute()
  const found = new Map<number, Bucket>()
  for (const row of rows) {
    const time = row.start - ((row.start - windows.from) % windows.period)
    const bucket = found.get(time) ?? emptyBucket()
    found.set(time, bucket)
    mergeInto(bucket, readBucket(row))
  }
  return [...found].map(([time, bucket]) => ({ time, bucket }))
}

async function totalledWindows(db: Kysely<Database>, series: readonly string[], windows: Windows) {
  // Both databases divide integers to integers.
  const step = sql<number>`(start - ${sql.lit(windows.from)}) / ${sql.lit(windows.period)}`
  const rows = await stored(db, series, windows)
    .select(eb => [
      step.as('step'),
      eb.fn.sum<number>('count').as('count'),
      eb.fn.sum<number>('sum').as('sum'),
      eb.fn.min('min').as('min'),
      eb.fn.max('max').as('max'),
    ])
    .groupBy(step)
    .orderBy('step')
    .execute()
  return rows.map(({ step, count, sum, min, max }) => ({
    time: windows.from + step * windows.period,
    bucket: { ...emptyBucket(), count, sum, min, max },
  }))
}
