import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addStatistics,
  addValue,
  type Bucket,
  emptyBucket,
  mergeInto,
  percentile,
  readBucket,
  writeDistribution,
} from './metric-bucket.ts'

const values = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 400 })

function bucketOf(list: readonly number[]): Bucket {
  const bucket = emptyBucket()
  for (const value of list) addValue(bucket, value)
  return bucket
}

const exact = (list: readonly number[], percent: number): number => {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

test('a percentile is within 1% of the true one, and true while values are few', () => {
  fc.assert(
    fc.property(values, fc.constantFrom(0, 1, 50, 90, 99, 100), (list, percent) => {
      const [found, truth] = [percentile(bucketOf(list), percent) ?? Number.NaN, exact(list, percent)]
      if (new Set(list).size <= 64) assert.equal(found, truth)
      else assert.ok(Math.abs(found - truth) <= truth * 0.0101 + 1e-300, `${found} for ${truth}`)
    }),
  )
})

test('merging is the same as adding all, also after a round trip through the store', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const merged = bucketOf(a)
      const other = bucketOf(b)
      mergeInto(merged, readBucket({ ...other, distribution: writeDistribution(other) }))
      const whole = bucketOf([...a, ...b])
      assert.equal(merged.count, whole.count)
      assert.equal(merged.min, whole.min)
      assert.equal(merged.max, whole.max)
      assert.ok(Math.abs(merged.sum - whole.sum) <= whole.sum * 1e-9)
      for (const percent of [5, 50, 95]) {
        const [x = 0, y = 0] = [percentile(merged, percent), percentile(whole, percent)]
        assert.ok(Math.abs(x - y) <= 0.0203 * Math.max(x, y), `${x} ${y}`)
      }
    }),
  )
})

test('a bucket stays small whatever is put in', () => {
  const bucket = emptyBucket()
  for (let exponent = -300; exponent < 300; exponent += 0.05) addValue(bucket, 10 ** exponent)
  assert.ok(bucket.values.size <= 2048)
  assert.equal(
    bucket.count,
    [...bucket.values.values()].reduce((sum, count) => sum + count, 0),
  )
  assert.ok(Math.abs(Math.log10(percentile(bucket, 99) ?? 0) - 294) < 0.1)
})

test('no percentile of negative values or of sets that do not tell theirs', () => {
  assert.equal(percentile(bucketOf([-1, 2]), 50), undefined)
  const bucket = bucketOf([1])
  addStatistics(bucket, { count: 3, sum: 9, min: 3, max: 3 })
  assert.equal(percentile(bucket, 99), 3)
  addStatistics(bucket, { count: 3, sum: 9, min: 1, max: 5 })
  assert.equal(percentile(bucket, 50), undefined)
  assert.deepEqual([bucket.count, bucket.sum, bucket.min, bucket.max], [7, 19, 1, 5])
})
