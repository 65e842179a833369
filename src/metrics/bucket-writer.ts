import type { Insertable } from 'kysely'
import { type BoundedCache, createBoundedCache } from '../ground/bounded-cache.ts'
import { randomness } from '../ground/randomness.ts'
import { indexedDimensions } from '../store/schema/long-dimensions.ts'
import type { MetricBucketTable } from '../store/schema/metrics-tables.ts'
import type { Store, Transaction } from '../store/store.ts'
import { type Bucket, mergeInto, readBucket, writeDistribution } from './metric-bucket.ts'
import { type SeriesName, seriesKey } from './series.ts'

/** A bucket in memory that is to be merged into the stored one. */
export interface PendingBucket {
  readonly key: string
  readonly series: SeriesName
  readonly resolution: number
  readonly start: number
  readonly bucket: Bucket
}

/** How far `last_time` may be behind before it is written again. */
const lastTimeMilliseconds = 10 * 60 * 1000

interface Known {
  readonly id: string
  lastTime: number
}

/** Merges buckets into the store, all in one transaction. Remembers the ids of series. */
export function createBucketWriter(store: Store): (pending: readonly PendingBucket[]) => Promise<void> {
  const known = createBoundedCache<string, Known>((key, { id }) => key.length + id.length)
  return async pending => {
    try {
      await store.transaction(async tx => {
        const rows: [id: string, each: PendingBucket][] = []
        for (const each of pending) rows.push([await seriesId(tx, known, each), each])
        await mergeBuckets(
          tx,
          rows.map(([series_id, { resolution, start, bucket }]) => ({ series_id, resolution, start, bucket })),
        )
      })
    } catch (error) {
      // Series that were made in the failed transaction are gone.
      known.clear()
      throw error
    }
  }
}

async function seriesId(
  tx: Transaction,
  known: BoundedCache<string, Known>,
  { series, start }: PendingBucket,
): Promise<string> {
  const key = seriesKey(series)
  const found = known.get(key)
  if (found && start - found.lastTime < lastTimeMilliseconds) return found.id
  const { dimensions: text, ...others } = series
  const dimensions = indexedDimensions(text)
  const named = { ...others, dimensions, ...(dimensions !== text && { long_dimensions: text }) }
  const row = await tx.db
    .insertInto('metric_series')
    .values({ id: randomness.bytes(9).toString('base64url'), ...named, last_time: start })
    .onConflict(conflict =>
      conflict.columns(['account', 'region', 'namespace', 'name', 'dimensions', 'unit']).doUpdateSet(eb => ({
        last_time: eb
          .case()
          .when('metric_series.last_time', '<', start)
          .then(start)
          .else(eb.ref('metric_series.last_time'))
          .end(),
      })),
    )
    .returning(['id', 'last_time'])
    .executeTakeFirstOrThrow()
  known.set(key, { id: row.id, lastTime: row.last_time })
  return row.id
}

export interface SeriesBucket {
  readonly series_id: string
  readonly resolution: number
  readonly start: number
  readonly bucket: Bucket
}

const name = ({ series_id, resolution, start }: Omit<SeriesBucket, 'bucket'>): string =>
  `${series_id} ${resolution} ${start}`

/** Adds each bucket to what is stored for its series, resolution and start. */
export async function mergeBuckets(tx: Transaction, additions: readonly SeriesBucket[]): Promise<void> {
  if (additions.length === 0) return
  const merged = new Map<string, SeriesBucket>()
  for (const row of await storedBuckets(tx, additions)) merged.set(name(row), { ...row, bucket: readBucket(row) })
  for (const addition of additions) {
    const existing = merged.get(name(addition))
    if (existing) mergeInto(existing.bucket, addition.bucket)
    else merged.set(name(addition), addition)
  }
  const changed = new Set(additions.map(name))
  await tx.db
    .insertInto('metric_bucket')
    .values([...merged.values()].filter(each => changed.has(name(each))).map(bucketRow))
    .onConflict(conflict =>
      conflict.columns(['series_id', 'resolution', 'start']).doUpdateSet(eb => ({
        count: eb.ref('excluded.count'),
        sum: eb.ref('excluded.sum'),
        min: eb.ref('excluded.min'),
        max: eb.ref('excluded.max'),
        distribution: eb.ref('excluded.distribution'),
      })),
    )
    .execute()
}

const storedBuckets = (tx: Transaction, wanted: readonly SeriesBucket[]) =>
  tx.db
    .selectFrom('metric_bucket')
    .selectAll()
    .where('series_id', 'in', [...new Set(wanted.map(each => each.series_id))])
    .where('resolution', 'in', [...new Set(wanted.map(each => each.resolution))])
    .where('start', 'in', [...new Set(wanted.map(each => each.start))])
    .execute()

const bucketRow = ({ series_id, resolution, start, bucket }: SeriesBucket): Insertable<MetricBucketTable> => ({
  series_id,
  resolution,
  start,
  count: bucket.count,
  sum: bucket.sum,
  min: bucket.min,
  max: bucket.max,
  distribution: writeDistribution(bucket),
})
