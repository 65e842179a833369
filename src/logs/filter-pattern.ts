import { parseFieldPattern } from './filter-fields.ts'
import { parseJsonPattern } from './filter-json.ts'
import { parseTermPattern } from './filter-terms.ts'
import { backtracking, type CompileRegex, type Matcher } from './filter-value.ts'

/**
 * Reads a filter pattern of CloudWatch Logs (User Guide, "Filter pattern syntax"): terms and phrases, `{ $.selector … }` for JSON,
 * `[field, …]` for words between spaces, `%regex%` in each. Throws InvalidParameterException for what is none of these.
 */
export function parseFilterPattern(pattern: string, compile: CompileRegex = backtracking): Matcher {
  const text = pattern.trim()
  if (text === '') return () => true
  if (text.startsWith('{')) return parseJsonPattern(text, compile)
  if (text.startsWith('[')) return parseFieldPattern(text, compile)
  return parseTermPattern(text, compile)
}
