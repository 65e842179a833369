import { createBoundedCache } from './bounded-cache.ts'
import { answer } from './side-thread.ts'
import { createPatternSearch, type Found, type UserPattern } from './user-pattern.ts'

/** Texts for a set of patterns, which comes with its first request. */
export interface PatternRequest {
  readonly set: number
  readonly patterns?: readonly UserPattern[]
  readonly texts: readonly string[]
}

/** What a set remembers is which of its patterns were slow: it may be forgotten, and is found out again. */
const sets = createBoundedCache<number, (texts: readonly string[]) => Found>(() => 20_000)

answer<PatternRequest, Found | 'unknown'>(({ set, patterns, texts }) => {
  const known = sets.get(set)
  if (known) return known(texts)
  if (!patterns) return 'unknown'
  const search = createPatternSearch(patterns)
  sets.set(set, search)
  return search(texts)
})
