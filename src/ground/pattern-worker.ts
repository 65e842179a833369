import { answer } from './side-thread.ts'
import { createPatternSearch, type Found, type UserPattern } from './user-pattern.ts'

/** Texts for a set of patterns, which comes with its first request. */
export interface PatternRequest {
  readonly set: number
  readonly patterns?: readonly UserPattern[]
  readonly texts: readonly string[]
}

/** What a set remembers is which of its patterns were slow: forgotten when too many are known, and found out again. */
const mostSets = 1000
const sets = new Map<number, (texts: readonly string[]) => Found>()

answer<PatternRequest, Found | 'unknown'>(({ set, patterns, texts }) => {
  const search = sets.get(set) ?? (patterns && createPatternSearch(patterns))
  if (!search) return 'unknown'
  sets.delete(set)
  sets.set(set, search)
  if (sets.size > mostSets) sets.delete(sets.keys().next().value as number)
  return search(texts)
})
