import { Script } from 'node:vm'
import { RE2JS } from 're2js'
import { answer } from '../ground/side-thread.ts'
import { parseFilterPattern } from './filter-pattern.ts'
import type { CompileRegex, Matcher } from './filter-value.ts'

export interface FilterRequest {
  readonly pattern: string
  readonly messages: readonly string[]
}

/** Which of the messages match; undefined when that took too long. */
export type FilterReply = readonly boolean[] | undefined

/** Milliseconds for JavaScript's engine before the linear one, a hundred times slower on what people write, takes its place. */
const backtrackingMs = 100
const linearMs = 5000

/** In time that grows with the text alone. CloudWatch's expressions are within its syntax: no groups, no look-around. */
const linear: CompileRegex = source => {
  const regex = RE2JS.compile(source)
  return { test: text => regex.matcher(text).find() }
}

answer<FilterRequest, FilterReply>(
  ({ pattern, messages }) =>
    within(backtrackingMs, parseFilterPattern(pattern), messages) ??
    within(linearMs, parseFilterPattern(pattern, linear), messages),
)

declare global {
  var filterWork: (() => void) | undefined
}

const script = new Script('filterWork()')

function within(milliseconds: number, matches: Matcher, messages: readonly string[]): boolean[] | undefined {
  let found: boolean[] = []
  globalThis.filterWork = () => {
    found = messages.map(matches)
  }
  try {
    script.runInThisContext({ timeout: milliseconds })
    return found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return undefined
  }
}
