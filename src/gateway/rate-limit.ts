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
  /** Let through, and not told yet. */
  untold: number
}

export interface RateLimit {
  /** False when the holder has asked too often. */
  take(holder: string): boolean
  /** Another process has let so many of the holder's requests through. */
  spend(holder: string, count: number): void
}

/**
 * Token buckets, one a holder: `rate` more a second, up to `most`. A holder that was forgotten, because many others came, begins with a
 * full one. `tell` hears of what was let through, by a hundredth of what a second lets through at a time.
 */
export function createRateLimit(
  rate: number,
  most = rate * burst,
  tell?: (holder: string, count: number) => void,
): RateLimit {
  if (rate === 0) return { take: () => true, spend: () => {} }
  const buckets = createBoundedCache<string, Bucket>(holder => 100 + 2 * holder.length)
  const portion = Math.max(1, rate / 100)

  function bucketOf(holder: string): Bucket {
    const now = clock.elapsed()
    let bucket = buckets.get(holder)
    if (!bucket) {
      bucket = { tokens: most, filled: now, untold: 0 }
      buckets.set(holder, bucket)
    }
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.filled) / 1000) * rate)
    bucket.filled = now
    return bucket
  }

  return {
    take(holder) {
      const bucket = bucketOf(holder)
      if (bucket.tokens < 1) return false
      bucket.tokens--
      if (tell && ++bucket.untold >= portion) {
        tell(holder, bucket.untold)
        bucket.untold = 0
      }
      return true
    },
    spend(holder, count) {
      const bucket = bucketOf(holder)
      bucket.tokens = Math.max(-most, bucket.tokens - count)
    },
  }
}

/** What holds every request, whoever answers it. */
export interface RequestLimits {
  readonly accounts: RateLimit
  readonly addresses: RateLimit
  readonly operations: OperationLimits
}

/** Requests of a holder that one process has let through. */
export interface Spent {
  /** `accounts`, `addresses`, or of one operation `SERVICE OPERATION`. */
  readonly limit: string
  readonly holder: string
  readonly count: number
}

/** `tell` hears of what is let through here, for whoever else lets the same holders' requests through. */
export function createRequestLimits(
  { perAccount, perAddress }: RateLimits,
  tell?: (spent: Spent) => void,
): RequestLimits {
  const limitOf: LimitOf = (limit, rate, most = rate * burst) =>
    createRateLimit(rate, most, tell && ((holder, count) => tell({ limit, holder, count })))
  return {
    accounts: limitOf('accounts', perAccount),
    addresses: limitOf('addresses', perAddress),
    operations: createOperationLimits(limitOf),
  }
}

type LimitOf = (limit: string, rate: number, most?: number) => RateLimit

/** What another process has let through counts here too. */
export function spendIn({ accounts, addresses, operations }: RequestLimits, { limit, holder, count }: Spent): void {
  const found = limit === 'accounts' ? accounts : limit === 'addresses' ? addresses : operations.of(limit)
  found?.spend(holder, count)
}

/** Limits of single operations, an account and region: requests a second, and how many may come at once. */
const rates: readonly (readonly [operation: string, rate: number, most: number])[] = [
  ['CloudTrail LookupEvents', quotas.cloudtrail.lookups.value, quotas.cloudtrail.lookups.value],
  ...Object.entries(marketRates).flatMap(([service, operations]) =>
    Object.entries(operations).map(([name, rate]) => [`${service} ${name}`, rate, rate * burst] as const),
  ),
]

export interface OperationLimits {
  /** Of `SERVICE OPERATION`; undefined for one that has none of its own. */
  of(name: string): RateLimit | undefined
  take(serviceId: string, operation: string, account: string, region: string): boolean
}

function createOperationLimits(limitOf: LimitOf): OperationLimits {
  const limits = new Map(rates.map(([name, rate, most]) => [name, limitOf(name, rate, most)]))
  return {
    of: name => limits.get(name),
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
