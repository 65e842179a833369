import { invalidValue } from './cloudwatch-error.ts'
import { type Bucket, percentile } from './metric-bucket.ts'

/** What is told of a stretch of time; undefined when its data cannot tell it. */
export type Statistic = (bucket: Bucket) => number | undefined

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: bucket => bucket.count,
  Sum: bucket => bucket.sum,
  Average: bucket => bucket.sum / bucket.count,
  Minimum: bucket => bucket.min,
  Maximum: bucket => bucket.max,
}

/** A statistic needs each value, not only totals. */
export const needsValues = (name: string): boolean => !Object.hasOwn(simple, name)

/**
 * `SampleCount`, `Sum`, `Average`, `Minimum`, `Maximum`, or a percentile `p0` to `p100` with up to ten decimals.
 * Throws InvalidParameterValue for others; of CloudWatch's, trimmed and winsorized means, percentile ranks and the like.
 */
export function parseStatistic(name: string): Statistic {
  const found = simple[name]
  if (found) return found
  const [, percent] = /^p(100(?:\.0{0,10})?|\d{1,2}(?:\.\d{0,10})?)$/.exec(name) ?? []
  if (percent === undefined)
    throw invalidValue(
      `The statistic ${name} is not served: use ${Object.keys(simple).join(', ')} or a percentile such as p99.`,
    )
  return bucket => percentile(bucket, Number(percent))
}
