import { Script } from 'node:vm'
import { ValidationException } from '../ground/errors.ts'

/** How a metric is found in a container's output: the first captured group of the expression is its value. */
export interface MetricDefinition {
  readonly Name: string
  readonly Regex: string
}

export interface MetricValue {
  readonly name: string
  readonly value: number
  /** Index of the line it was found in. */
  readonly line: number
}

export interface MetricExtractor {
  /** Values in order of lines, then of definitions. */
  extract(lines: readonly string[]): MetricValue[]
  /** Definitions that are no longer applied because their expression took too long, and why. */
  readonly dropped: readonly { readonly name: string; readonly reason: string }[]
}

/** Only the beginning of a line is tested: how long an expression takes grows with the line, for some without bound. */
const testedCharacters = 4096

const linesPerTurn = 100

/** What all definitions together may take for one turn of lines before the slow one is looked for. */
const patienceMilliseconds = 100

/** An expression that needs more for a single line is dropped. */
const lineMilliseconds = 50

/** Throws ValidationException that names the definition whose expression cannot be read. */
export function checkMetricDefinitions(definitions: readonly MetricDefinition[]): void {
  definitions.forEach(compile)
}

/**
 * Applies MetricDefinitions to lines of output (SageMaker Developer Guide, "Define Training Metrics"). Matches that are not finite
 * numbers are left out. Expressions that backtrack without end are stopped and dropped, so no seller's expression stops the process.
 */
export function createMetricExtractor(definitions: readonly MetricDefinition[]): MetricExtractor {
  let applied = definitions.map(definition => ({ name: definition.Name, regex: compile(definition) }))
  const dropped: { name: string; reason: string }[] = []

  const extractTurn = (lines: readonly string[], first: number): MetricValue[] => {
    const found = within(patienceMilliseconds, () => search(applied, lines, first))
    if (found) return found
    for (const definition of applied.filter(each => isSlow(each, lines))) {
      applied = applied.filter(each => each !== definition)
      dropped.push({ name: definition.name, reason: `its Regex took more than ${lineMilliseconds} ms for one line` })
    }
    return search(applied, lines, first)
  }

  return {
    dropped,
    extract(lines) {
      const values: MetricValue[] = []
      for (let first = 0; applied.length > 0 && first < lines.length; first += linesPerTurn) {
        const turn = lines.slice(first, first + linesPerTurn).map(line => line.slice(0, testedCharacters))
        values.push(...extractTurn(turn, first))
      }
      return values
    },
  }
}

/** The last value of each metric, in order of first appearance: what FinalMetricDataList tells. */
export function finalValues<T extends { readonly name: string }>(values: readonly T[]): T[] {
  return [...new Map(values.map(value => [value.name, value])).values()]
}

interface Applied {
  readonly name: string
  readonly regex: RegExp
}

function search(applied: readonly Applied[], lines: readonly string[], first: number): MetricValue[] {
  return lines.flatMap((text, index) =>
    applied.flatMap(({ name, regex }) => {
      const captured = regex.exec(text)?.[1]?.trim()
      const value = captured ? Number(captured) : Number.NaN
      return Number.isFinite(value) ? [{ name, value, line: first + index }] : []
    }),
  )
}

/** Asked twice, since a busy machine can make any expression wait once. */
const isSlow = ({ regex }: Applied, lines: readonly string[]): boolean =>
  lines.some(line => [1, 2].every(() => within(lineMilliseconds, () => [regex.test(line)]) === undefined))

declare global {
  var metricSearch: (() => void) | undefined
}

const script = new Script('metricSearch()')

/** The result, or undefined when it takes longer: the one way to stop a regular expression in its own thread. */
function within<T>(milliseconds: number, work: () => T): T | undefined {
  let result: T | undefined
  globalThis.metricSearch = () => {
    result = work()
  }
  try {
    script.runInThisContext({ timeout: milliseconds })
    return result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return undefined
  } finally {
    globalThis.metricSearch = undefined
  }
}

/** Expressions are written for Python or Java: their leading flags and named groups are spelled otherwise in JavaScript. */
function compile({ Name, Regex }: MetricDefinition): RegExp {
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(Regex) ?? []
  try {
    return new RegExp(rest.replaceAll('(?P<', '(?<'), flags)
  } catch (error) {
    throw new ValidationException(
      `The Regex of metric definition ${Name} is not a regular expression: ${(error as Error).message}`,
    )
  }
}
