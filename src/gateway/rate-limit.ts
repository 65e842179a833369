import { createBoundedCache } from '../ground/bounded-cache.ts'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import type { ServiceModel } from '../model/service-model.ts'
import type { AuthStyle } from '../protocol/auth-fault.ts'
import { marketRates, quotas } from '../quotas/quotas.ts'

/** Requests a second on the average; 0 for no limit. */
export interface RateLimits {
  readonly perAccount: number
  readonly perAddress: number
}

/** No ordinary client meets them: one server answers fewer small requests. */
export const usualRates: RateLimits = { perAccount: 5000, perAddress: 10_000 }

/** So many seconds' worth may come at once. */
const burst = 10

interface Bucket {
  tokens: number
  filled: number
}

export interface RateLimit {
  /** False when the holder has asked too often. */
  take(holder: string): boolean
}

/**
 * Token buckets, one a holder: `rate` more a second, up to `most`. A holder that was forgotten, because many others came, begins with a
 * full one.
 */
export function createRateLimit(rate: number, most = rate * burst): RateLimit {
  if (rate === 0) return { take: () => true }
  const buckets = createBoundedCache<string, Bucket>(holder => 100 + 2 * holder.length)
  return {
    take(holder) {
      const now = clock.elapsed()
      let bucket = buckets.get(holder)
      if (!bucket) {
        bucket = { tokens: most, filled: now }
        buckets.set(holder, bucket)
      }
      bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.filled) / 1000) * rate)
      bucket.filled = now
      if (bucket.tokens < 1) return false
      bucket.tokens--
      return true
    },
  }
}

/** Limits of single operations, an account and region: requests a second, and how many may come at once. */
const rates: readonly (readonly [operation: string, rate: number, most: number])[] = [
  ['CloudTrail LookupEvents', quotas.cloudtrail.lookups.value, quotas.cloudtrail.lookups.value],
  ...Object.entries(marketRates).flatMap(([service, operations]) =>
    Object.entries(operations).map(([name, rate]) => [`${service} ${name}`, rate, rate * burst] as const),
  ),
]

export interface OperationLimits {
  take(serviceId: string, operation: string, account: string, region: string): boolean
}

export function createOperationLimits(): OperationLimits {
  const limits = new Map(rates.map(([name, rate, most]) => [name, createRateLimit(rate, most)]))
  return {
    take: (serviceId, operation, account, region) =>
      limits.get(`${serviceId} ${operation}`)?.take(`${account} ${region}`) ?? true,
  }
}

/** An address of version 6 stands for its network: one customer has all of it. */
export const networkOf = (address: string): string =>
  address.includes(':') ? address.split(':').slice(0, 4).join(':') : address

/**
 * Too many requests, in the service's words: SlowDown in S3, Throttling in the query services, else what the model declares
 * ("Common errors" of each API's reference; S3 API Reference, "Error responses").
 */
export function throttled(style: AuthStyle, model?: ServiceModel): ServiceError {
  if (style === 's3') return new ServiceError('SlowDown', 'Please reduce your request rate.', { status: 503 })
  if (style === 'query') return new ServiceError('Throttling', 'Rate exceeded', { status: 400 })
  const declared = ['ThrottlingException', 'TooManyRequestsException'].find(name => model?.shapes[name]?.exception)
  return declared
    ? new ServiceError(declared, 'Rate exceeded')
    : new ServiceError('ThrottlingException', 'Rate exceeded', { status: 400 })
}
