import { sideThread } from '../ground/side-thread.ts'
import { parseFilterPattern } from './filter-pattern.ts'
import type { FilterReply, FilterRequest } from './filter-worker.ts'
import { invalidParameter } from './logs-error.ts'

const thread = sideThread<FilterRequest, FilterReply>('filter-worker', import.meta.url)

/**
 * Which of the messages a pattern matches. Regular expressions run in a thread of their own, in bounded time. Throws
 * InvalidParameterException for a pattern that cannot be read, or takes too long.
 */
export function matchAll(pattern: string): (messages: readonly string[]) => Promise<readonly boolean[]> {
  const matches = parseFilterPattern(pattern)
  if (!pattern.includes('%')) return async messages => messages.map(matches)
  return async messages => {
    const found = await thread.ask({ pattern, messages })
    if (!found)
      throw invalidParameter(`The regular expression in ${pattern} takes too long for ${messages.length} events.`)
    return found
  }
}
