import { runInThisContext } from 'node:vm'
import { parseFieldPattern } from './filter-fields.ts'
import { parseJsonPattern } from './filter-json.ts'
import { parseTermPattern } from './filter-terms.ts'
import type { Matcher } from './filter-value.ts'
import { invalidParameter } from './logs-error.ts'
/**
 * Reads a filter pattern of CloudWatch Logs (User Guide, "Filter pattern syntax"): terms and phrases, `{ $.selector … }` for JSON,
 * `[field, …]` for words between spaces, `%regex%` in each. Throws InvalidParameterException for what is none of these.
 */
export function parseFilterPattern(pattern: string): Matcher {
  const text = pattern.trim()
  if (text === '') return () => true
  if (text.startsWith('{')) return parseJsonPattern(text)
  if (text.startsWith('[')) return parseFieldPattern(text)
  return parseTermPattern(text)
}

/** A regular expression that needs longer for one stretch of events is refused: the process has one thread for all callers. */
const patienceMilliseconds = 200

declare global {
  var filterPatternWork: (() => void) | undefined
}

/**
 * Which of the messages match. Expressions that backtrack without end are stopped.
 * Throws InvalidParameterException when the pattern's regular expression takes too long.
 */
export function matchAll(matches: Matcher, messages: readonly string[], pattern: string): boolean[] {
  if (!pattern.includes('%')) return messages.map(matches)
  const found: boolean[] = []
  globalThis.filterPatternWork = () => {
    for (const message of messages) found.push(matches(message))
  }
  try {
    runInThisContext('filterPatternWork()', { timeout: patienceMilliseconds })
    return found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw invalidParameter(
      `The regular expression in ${pattern} took longer than ${patienceMilliseconds} ms for ${messages.length} events.`,
    )
  } finally {
    globalThis.filterPatternWork = undefined
  }
}
