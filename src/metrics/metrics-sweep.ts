import type { Store, Transaction } from '../store/store.ts'
import { mergeBuckets } from './bucket-writer.ts'
import { readBucket } from './metric-bucket.ts'

const hour = 60 * 60 * 1000
const day = 24 * hour

/** How long each resolution is kept before the next coarser takes it in (CloudWatch User Guide, "Metrics retention"). */
const ladder = [
  { resolution: 1, keep: 3 * hour, into: 60 },
  { resolution: 60, keep: 15 * day, into: 300 },
  { resolution: 300, keep: 63 * day, into: 3600 },
] as const

const oldest = { resolution: 3600, keep: 455 * day }

const bucketsPerStep = 200

/**
 * Merges old data into coarser buckets and deletes what is older than 15 months, in short transactions. Returns how many buckets
 * went. To be run every few minutes; it may be stopped at any point and run again.
 */
export async function sweepMetrics(store: Store, now: Date): Promise<number> {
  let gone = 0
  for (const { resolution, keep, into } of ladder)
    gone += await repeat(() => store.transaction(tx => coarsen(tx, resolution, now.getTime() - keep, into)))
  gone += await repeat(() => store.transaction(tx => expire(tx, now.getTime() - oldest.keep)))
  await store.db
    .deleteFrom('metric_series')
    .where('last_time', '<', now.getTime() - oldest.keep)
    .execute()
  return gone
}

async function repeat(step: () => Promise<number>): Promise<number> {
  let total = 0
  for (let count = bucketsPerStep; count === bucketsPerStep; total += count) count = await step()
  return total
}

const oldRows = (tx: Transaction, resolution: number, before: number) =>
  tx.db
    .selectFrom('metric_bucket')
    .selectAll()
    .where('resolution', '=', resolution)
    .where('start', '<', before)
    .orderBy('start')
    .limit(bucketsPerStep)
    .execute()

type Row = Awaited<ReturnType<typeof oldRows>>[number]

async function coarsen(tx: Transaction, resolution: number, before: number, into: number): Promise<number> {
  const rows = await oldRows(tx, resolution, before)
  await mergeBuckets(
    tx,
    rows.map(row => ({
      series_id: row.series_id,
      resolution: into,
      start: row.start - (row.start % (into * 1000)),
      bucket: readBucket(row),
    })),
  )
  await remove(tx, rows)
  return rows.length
}

async function expire(tx: Transaction, before: number): Promise<number> {
  const rows = await oldRows(tx, oldest.resolution, before)
  await remove(tx, rows)
  return rows.length
}

async function remove(tx: Transaction, rows: readonly Row[]): Promise<void> {
  for (const row of rows)
    await tx.db
      .deleteFrom('metric_bucket')
      .where('series_id', '=', row.series_id)
      .where('resolution', '=', row.resolution)
      .where('start', '=', row.start)
      .execute()
}
