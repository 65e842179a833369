/**
 * What may be forgotten at any time: every cache of the process weighs its entries in bytes, and all of them together stay below
 * one number. What nobody has asked for the longest is forgotten first, whichever cache it is in.
 */
export interface BoundedCache<Key, Value> {
  get(key: Key): Value | undefined
  /** An entry that alone is heavier than the budget is not kept. */
  set(key: Key, value: Value): void
  delete(key: Key): void
  clear(): void
  /** How many entries are kept. */
  readonly size: number
}

/** For all caches of the process, in bytes. */
export const cacheBudget = 64 * 1024 * 1024

/** What an entry costs besides its key and value: its place in the map and in the order. */
const overhead = 200

interface Entry {
  readonly bytes: number
  readonly forget: () => void
  older: Entry | undefined
  newer: Entry | undefined
}

let oldest: Entry | undefined
let newest: Entry | undefined
let total = 0

/** What all caches weigh now, in bytes. */
export const cachedBytes = (): number => total

/** `weigh` estimates the bytes that a key and its value hold. */
export function createBoundedCache<Key, Value>(weigh: (key: Key, value: Value) => number): BoundedCache<Key, Value> {
  const entries = new Map<Key, Entry & { readonly value: Value }>()
  const remove = (key: Key): void => {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    leave(entry)
  }
  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry !== newest) {
        leave(entry)
        enter(entry)
      }
      return entry.value
    },
    set(key, value) {
      remove(key)
      const bytes = overhead + weigh(key, value)
      if (bytes > cacheBudget) return
      const entry = { value, bytes, forget: () => remove(key), older: undefined, newer: undefined }
      entries.set(key, entry)
      enter(entry)
      while (total > cacheBudget) oldest?.forget()
    },
    delete: remove,
    clear() {
      for (const entry of entries.values()) leave(entry)
      entries.clear()
    },
    get size() {
      return entries.size
    },
  }
}

function enter(entry: Entry): void {
  entry.older = newest
  entry.newer = undefined
  if (newest) newest.newer = entry
  else oldest = entry
  newest = entry
  total += entry.bytes
}

function leave(entry: Entry): void {
  if (entry.older) entry.older.newer = entry.newer
  else oldest = entry.newer
  if (entry.newer) entry.newer.older = entry.older
  else newest = entry.older
  // One that is gone holds no other: the collector would keep a chain of them.
  entry.older = undefined
  entry.newer = undefined
  total -= entry.bytes
}
