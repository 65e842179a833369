import type { PatternRequest } from './pattern-worker.ts'
import { sideThread } from './side-thread.ts'
import { createPatternSearch, type Found, type UserPattern } from './user-pattern.ts'

const thread = sideThread<PatternRequest, Found | 'unknown'>('pattern-worker', import.meta.url)
let count = 0
let beside = true

/**
 * Looks for patterns that a user gave in texts, in a thread of their own: whatever a user writes, nobody else waits for it
 * (`user-pattern.ts` bounds the time). Rejects with an Error when they cannot be applied in bounded time and memory.
 */
export function threadPatterns(patterns: readonly UserPattern[]): (texts: readonly string[]) => Promise<Found> {
  if (!beside) {
    const search = createPatternSearch(patterns, (_, work) => work())
    return async texts => search(texts)
  }
  const set = count++
  return async texts => {
    const known = await thread.ask({ set, texts })
    return known === 'unknown' ? ((await thread.ask({ set, texts, patterns })) as Found) : known
  }
}

/** For simulations, where the machine's time counts for nothing: patterns are applied at once, until it is disposed. */
export function usePatternsAtOnce(): Disposable {
  beside = false
  return {
    [Symbol.dispose]() {
      beside = true
    },
  }
}
