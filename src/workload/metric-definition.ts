import { ValidationException } from '../ground/errors.ts'
import { threadPatterns } from '../ground/pattern-thread.ts'
import type { UserPattern } from '../ground/user-pattern.ts'

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
  extract(lines: readonly string[]): Promise<MetricValue[]>
  /** Definitions that are no longer applied because their expression took too long, and why. */
  readonly dropped: readonly { readonly name: string; readonly reason: string }[]
}

/** Only the beginning of a line is tested. */
const testedCharacters = 4096

const linesPerTurn = 100

/** Throws ValidationException that names the definition whose expression cannot be read. */
export function checkMetricDefinitions(definitions: readonly MetricDefinition[]): void {
  for (const definition of definitions) compile(patternOf(definition), definition.Name)
}

/** As programs print them; hexadecimal and the like are no metric. */
const decimal = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i

/**
 * Applies MetricDefinitions to lines of output (SageMaker Developer Guide, "Define Training Metrics"), beside the main thread. Matches
 * that are not finite numbers are left out. No seller's expression holds up anybody else: see `ground/user-pattern.ts`.
 */
export function createMetricExtractor(definitions: readonly MetricDefinition[]): MetricExtractor {
  const search = threadPatterns(definitions.map(patternOf))
  const dropped: { name: string; reason: string }[] = []
  const nameOf = (index: number): string => definitions[index]?.Name as string

  const extractTurn = async (lines: readonly string[], first: number): Promise<MetricValue[]> => {
    const found = await search(lines).catch(error => {
      // What nobody can bound is applied no more; the lines are kept all the same.
      dropped.push(...definitions.map(({ Name }) => ({ name: Name, reason: (error as Error).message })))
      return { matches: [], dropped: [] }
    })
    for (const index of found.dropped) dropped.push({ name: nameOf(index), reason: 'its Regex takes too long' })
    return found.matches.flatMap(({ text, pattern, captured }) => {
      const value = decimal.test(captured) ? Number(captured) : Number.NaN
      return Number.isFinite(value) ? [{ name: nameOf(pattern), value, line: first + text }] : []
    })
  }

  return {
    dropped,
    async extract(lines) {
      const values: MetricValue[] = []
      for (let first = 0; dropped.length < definitions.length && first < lines.length; first += linesPerTurn) {
        const turn = lines.slice(first, first + linesPerTurn).map(line => line.slice(0, testedCharacters))
        values.push(...(await extractTurn(turn, first)))
      }
      return values
    },
  }
}

/** The last value of each metric, in order of first appearance: what FinalMetricDataList tells. */
export function finalValues<T extends { readonly name: string }>(values: readonly T[]): T[] {
  return [...new Map(values.map(value => [value.name, value])).values()]
}

/** Expressions are written for Python or Java: their leading flags and named groups are spelled otherwise in JavaScript. */
function patternOf({ Regex }: MetricDefinition): UserPattern {
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(Regex) ?? []
  return { source: rest.replaceAll('(?P<', '(?<'), flags }
}

function compile({ source, flags }: UserPattern, name: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    throw new ValidationException(
      `The Regex of metric definition ${name} is not a regular expression: ${(error as Error).message}`,
    )
  }
}
