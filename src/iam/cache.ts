import { createBoundedCache } from '../ground/bounded-cache.ts'
import { clock } from '../ground/clock.ts'

/** Reads kept for a moment. What is not there is never kept, so something new is seen at once. */
export interface Cache<Value> {
  get(key: string, read: () => Promise<Value | undefined>): Promise<Value | undefined>
  clear(): void
}

/** `freshness` in milliseconds; `weigh` estimates the bytes of a value. */
export function createCache<Value>(freshness: number, weigh: (value: Value) => number): Cache<Value> {
  const entries = createBoundedCache<string, { value: Value; until: number }>(
    (key, { value }) => key.length + weigh(value),
  )
  // A read that began before a change must not be kept after it.
  let changes = 0
  return {
    async get(key, read) {
      const known = entries.get(key)
      if (known && known.until > clock.elapsed()) return known.value
      const before = changes
      const value = await read()
      entries.delete(key)
      if (value === undefined || before !== changes) return value
      entries.set(key, { value, until: clock.elapsed() + freshness })
      return value
    },
    clear() {
      changes++
      entries.clear()
    },
  }
}
