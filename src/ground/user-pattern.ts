import { Script } from 'node:vm'
import { RE2JS } from 're2js'

/** A regular expression that a user gives. */
export interface UserPattern {
  readonly source: string
  /** Of JavaScript's: `i`, `m`, `s`. */
  readonly flags: string
}

/** What a pattern found in a text: `captured` is the text of its first group, empty when it has none. */
export interface PatternMatch {
  /** Index of the text. */
  readonly text: number
  /** Index of the pattern. */
  readonly pattern: number
  readonly captured: string
}

export interface Found {
  /** In order of texts, then of patterns. */
  readonly matches: readonly PatternMatch[]
  /** Patterns that took too long and are applied no more, by index. */
  readonly dropped: readonly number[]
}

/** Milliseconds that JavaScript's engine may take for one pattern over one round of texts before the linear one takes its place. */
const backtrackingMs = 10
/** Milliseconds that one pattern may take over one round of texts at all. */
const patienceMs = 100

/** Does a work within so many milliseconds, or gives it up. */
export type Within = <T>(milliseconds: number, work: () => T) => T | undefined

type Engine = (text: string) => string | undefined

interface Applied {
  readonly index: number
  readonly linear: boolean
  readonly engine: Engine
}

/**
 * Looks for patterns in texts, in bounded time: JavaScript's engine first, which is a hundred times quicker on what people write; the
 * linear one (RE2's syntax) for what makes that backtrack; what neither can do in time is dropped. Throws SyntaxError for a pattern
 * that cannot be read.
 */
export function createPatternSearch(
  patterns: readonly UserPattern[],
  bound: Within = within,
): (texts: readonly string[]) => Found {
  let applied: Applied[] = patterns.map((pattern, index) => ({ index, linear: false, engine: backtracking(pattern) }))
  return texts => {
    const dropped: number[] = []
    const found: PatternMatch[] = []
    applied = applied.flatMap(one => {
      const kept = applyTo(one, patterns[one.index] as UserPattern, texts, found, bound)
      if (!kept) dropped.push(one.index)
      return kept ?? []
    })
    return { matches: found.sort((a, b) => a.text - b.text || a.pattern - b.pattern), dropped }
  }
}

/** Returns the engine to go on with; undefined when the pattern took too long. */
function applyTo(
  one: Applied,
  pattern: UserPattern,
  texts: readonly string[],
  found: PatternMatch[],
  bound: Within,
): Applied | undefined {
  const matches = bound(one.linear ? patienceMs : backtrackingMs, () => search(one, texts))
  if (matches) {
    found.push(...matches)
    return one
  }
  const engine = one.linear ? undefined : linear(pattern)
  return engine && applyTo({ ...one, linear: true, engine }, pattern, texts, found, bound)
}

const search = ({ index, engine }: Applied, texts: readonly string[]): PatternMatch[] =>
  texts.flatMap((content, text) => {
    const captured = engine(content)
    return captured === undefined ? [] : [{ text, pattern: index, captured }]
  })

function backtracking({ source, flags }: UserPattern): Engine {
  const regex = new RegExp(source, flags)
  return text => {
    const match = regex.exec(text)
    return match === null ? undefined : (match[1] ?? '')
  }
}

/** Undefined for what the linear engine's syntax has not, such as look-around and back-references. */
function linear({ source, flags }: UserPattern): Engine | undefined {
  try {
    const regex = RE2JS.compile(flags ? `(?${flags})${source}` : source)
    return text => {
      const matcher = regex.matcher(text)
      if (!matcher.find()) return undefined
      return (matcher.groupCount() > 0 && matcher.group(1)) || ''
    }
  } catch {
    return undefined
  }
}

declare global {
  var patternWork: (() => void) | undefined
}

const script = new Script('patternWork()')

/** How much longer than its own time a pattern may wait for a processor that others have. */
const mostPatience = 64

/**
 * The result, or undefined when it takes longer of this thread's own time: the one way to stop a regular expression in its own thread.
 * A busy machine gives a thread less than the clock says; what was broken off for that begins anew, with more of the clock.
 */
export function within<T>(milliseconds: number, work: () => T): T | undefined {
  let result: T | undefined
  globalThis.patternWork = () => {
    result = work()
  }
  try {
    for (let patience = 1; patience <= mostPatience; patience *= 2) {
      const begun = process.threadCpuUsage()
      if (ranWithin(milliseconds * patience)) return result
      const { user, system } = process.threadCpuUsage(begun)
      if (user + system >= milliseconds * 1000) return undefined
    }
    return undefined
  } finally {
    globalThis.patternWork = undefined
  }
}

function ranWithin(milliseconds: number): boolean {
  try {
    script.runInThisContext({ timeout: milliseconds })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return false
  }
}
