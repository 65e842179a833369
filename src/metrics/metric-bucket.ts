/**
 * Values of one stretch of time, as a statistic set and the distribution that percentiles come from. Up to 64 different values are
 * kept as they are; beyond that each is moved to the nearest power of 1.02, so a percentile is at most 1% off and a bucket's
 * size is bounded whatever is put in.
 */
export interface Bucket {
  count: number
  sum: number
  min: number
  max: number
  /** How often each value came. Holds less than `count` when statistic sets were put, which do not tell their values. */
  readonly values: Map<number, number>
  rough: boolean
}

const exactLimit = 64
const roughLimit = 2048
const base = Math.log(1.02)

export const emptyBucket = (): Bucket => ({
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  values: new Map(),
  rough: false,
})

/** `count` times the value. */
export function addValue(bucket: Bucket, value: number, count = 1): void {
  addTotals(bucket, { count, sum: value * count, min: value, max: value })
  spread(bucket, value, count)
}

export interface StatisticSet {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
}

/** A statistic set whose values are not told, unless there can be only one. */
export function addStatistics(bucket: Bucket, set: StatisticSet): void {
  addTotals(bucket, set)
  if (set.min === set.max) spread(bucket, set.min, set.count)
}

export function mergeInto(bucket: Bucket, other: Bucket): void {
  addTotals(bucket, other)
  if (other.rough) roughen(bucket)
  for (const [value, count] of other.values) spread(bucket, value, count)
}

function addTotals(bucket: Bucket, { count, sum, min, max }: StatisticSet): void {
  bucket.count += count
  bucket.sum += sum
  bucket.min = Math.min(bucket.min, min)
  bucket.max = Math.max(bucket.max, max)
}

function spread(bucket: Bucket, value: number, count: number): void {
  const key = bucket.rough ? nearestPower(value) : value
  bucket.values.set(key, (bucket.values.get(key) ?? 0) + count)
  if (!bucket.rough && bucket.values.size > exactLimit) roughen(bucket)
  if (bucket.values.size > roughLimit) mergeLowest(bucket)
}

function roughen(bucket: Bucket): void {
  if (bucket.rough) return
  bucket.rough = true
  const exact = [...bucket.values]
  bucket.values.clear()
  for (const [value, count] of exact) spread(bucket, value, count)
}

const nearestPower = (value: number): number =>
  value === 0 ? 0 : Math.sign(value) * Math.exp(Math.round(Math.log(Math.abs(value)) / base) * base)

/** Gives up the low end of an enormous range: high percentiles are those that are asked for. */
function mergeLowest(bucket: Bucket): void {
  const keys = [...bucket.values.keys()].sort((a, b) => a - b)
  const low = keys.slice(0, roughLimit / 2)
  const into = keys[low.length] ?? 0
  for (const key of low) {
    bucket.values.set(into, (bucket.values.get(into) ?? 0) + (bucket.values.get(key) ?? 0))
    bucket.values.delete(key)
  }
}

/**
 * The value below which `percent` of the values are. Undefined, as in CloudWatch, when a value was negative or came within a
 * statistic set (User Guide, "CloudWatch statistics definitions", percentiles).
 */
export function percentile(bucket: Bucket, percent: number): number | undefined {
  const told = [...bucket.values.values()].reduce((sum, count) => sum + count, 0)
  if (bucket.min < 0 || told < bucket.count * (1 - 1e-9)) return undefined
  const rank = (percent / 100) * told
  let below = 0
  for (const [value, count] of [...bucket.values].sort((a, b) => a[0] - b[0])) {
    below += count
    if (below >= rank) return Math.min(bucket.max, Math.max(bucket.min, value))
  }
  return bucket.max
}

export const writeDistribution = ({ rough, values }: Bucket): string => JSON.stringify([rough ? 1 : 0, ...values])

export function readBucket(row: StatisticSet & { readonly distribution: string }): Bucket {
  const [rough, ...values]: [number, ...[number, number][]] = JSON.parse(row.distribution)
  const { count, sum, min, max } = row
  return { count, sum, min, max, rough: rough === 1, values: new Map(values) }
}
