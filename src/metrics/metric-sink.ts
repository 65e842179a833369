import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import type { MetricSink } from '../service/metrics.ts'
import { createDoubt } from '../store/doubt.ts'
import type { Store } from '../store/store.ts'
import { createBucketWriter, type PendingBucket } from './bucket-writer.ts'
import { addStatistics, addValue, type Bucket, emptyBucket, mergeInto, type StatisticSet } from './metric-bucket.ts'
import { type SeriesName, seriesKey, writeDimensions } from './series.ts'

/** Values for one moment of a series: single values with how often they came, or a set that does not tell them. */
export interface Sample {
  readonly series: SeriesName
  readonly time: number
  /** Seconds: 1 for high resolution, else 60. */
  readonly resolution: 1 | 60
  readonly values: readonly (readonly [value: number, count: number])[]
  readonly set?: StatisticSet
  /** What was gathered elsewhere, in the same second or minute. */
  readonly bucket?: Bucket
}

export interface Metrics extends MetricSink {
  /** Takes samples; false, and nothing is taken, when memory is full because the store does not keep up. */
  record(samples: readonly Sample[]): boolean
  /** Resolves when all that was taken before is durable. */
  flush(): Promise<void>
  /** Flushes, and from then on takes nothing. */
  close(): Promise<void>
}

/** Training jobs report each step, often several a minute, so theirs is the one namespace of the platform's with fine data. */
const fineNamespace = '/aws/sagemaker/TrainingJobs'

const flushMilliseconds = 1000
const bucketsPerTransaction = 100

/** So many buckets wait in memory at most: about 100 MB if each held as many different values as it can tell exactly. */
const pendingLimit = 20_000

/**
 * Gathers data in memory, by second or minute, and merges it into the store once a second, in short transactions. `put` leaves out
 * values that are not finite, which CloudWatch does not know, and drops, with a warning, what does not fit in memory.
 */
export function createMetrics(parts: { store: Store; log: Pick<Logger, 'warn'> }): Metrics {
  const write = createBucketWriter(parts.store)
  const doubt = createDoubt()
  let pending = new Map<string, PendingBucket>()
  let timer: Disposable | undefined
  let flushing = Promise.resolve()
  let closed = false

  const record = (samples: readonly Sample[]): boolean => {
    if (closed || pending.size + samples.length > pendingLimit) return false
    for (const sample of samples) addSample(pending, sample)
    schedule()
    return true
  }

  const schedule = () => {
    const failed = (error: unknown) => parts.log.warn({ err: error }, 'metrics could not be written; trying again')
    timer ??= clock.after(flushMilliseconds, () => flush().catch(failed))
  }

  const flush = (): Promise<void> => {
    timer?.[Symbol.dispose]()
    timer = undefined
    flushing = flushing
      .catch(() => {})
      .then(async () => {
        await settled()
        const taken = [...pending.values()]
        pending = new Map()
        await writeAll(taken)
      })
    return flushing
  }

  const writeAll = async (taken: readonly PendingBucket[]) => {
    for (let at = 0; at < taken.length; at += bucketsPerTransaction) {
      try {
        await write(taken.slice(at, at + bucketsPerTransaction))
      } catch (error) {
        const batch = taken.slice(at, at + bucketsPerTransaction)
        const isOpen = doubt.isLeftBy(error, () => keep(batch))
        keep(taken.slice(isOpen ? at + bucketsPerTransaction : at))
        throw error
      }
      await turn()
    }
  }

  const settled = () =>
    doubt.settle().catch(error => {
      schedule()
      throw error
    })

  /** What could not be written waits, with what came since, for the next flush. */
  const keep = (rest: readonly PendingBucket[]) => {
    const newer = pending
    pending = new Map(rest.map(each => [each.key, each]))
    for (const [key, each] of newer) {
      const older = pending.get(key)
      if (older) mergeInto(older.bucket, each.bucket)
      else pending.set(key, each)
    }
    schedule()
  }

  return {
    record,
    flush,
    put(account, region, namespace, data) {
      const resolution = namespace === fineNamespace ? 1 : 60
      const samples: Sample[] = []
      for (const { name, dimensions, time, value, unit = 'None' } of data) {
        if (!Number.isFinite(value)) continue
        const series = { account, region, namespace, name, dimensions: dimensionsText(dimensions), unit }
        samples.push({ series, time: time.getTime(), resolution, values: [[value, 1]] })
      }
      if (!record(samples)) parts.log.warn({ namespace, dropped: samples.length }, 'metrics dropped: too many wait')
    },
    async close() {
      await flush()
      closed = true
      timer?.[Symbol.dispose]()
    },
  }
}

/** Who reports often gives the same object each time: its text is written once. */
const texts = new WeakMap<object, string>()

/** As a series has them. */
export function dimensionsText(dimensions: Readonly<Record<string, string>>): string {
  let text = texts.get(dimensions)
  if (text === undefined) {
    text = writeDimensions(Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })))
    texts.set(dimensions, text)
  }
  return text
}

function addSample(
  pending: Map<string, PendingBucket>,
  { series, time, resolution, values, set, bucket }: Sample,
): void {
  const start = time - (time % (resolution * 1000))
  const key = `${seriesKey(series)}\0${resolution}\0${start}`
  let found = pending.get(key)
  if (!found) {
    found = { key, series, resolution, start, bucket: emptyBucket() }
    pending.set(key, found)
  }
  for (const [value, count] of values) addValue(found.bucket, value, count)
  if (set) addStatistics(found.bucket, set)
  if (bucket) mergeInto(found.bucket, bucket)
}
