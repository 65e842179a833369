import { fieldValues } from './filter-fields.ts'
import { isScalar, parseDocument, parseSelector } from './filter-json.ts'
import { backtracking } from './filter-value.ts'
import { invalidParameter } from './logs-error.ts'

/** What a selector finds in a message: the first text, number or boolean; undefined where there is none. */
export type Select = (message: string) => string | undefined

/**
 * Reads a selector of a metric filter's value or dimension by the kind of the filter's pattern: `$.latency` of JSON events, `$size` of
 * events of words whose field `size` the pattern names (User Guide, "Configuring metric values for a metric filter"). Throws
 * InvalidParameterException for one that the pattern cannot have.
 */
export function parseSelection(pattern: string, selector: string): Select {
  const text = pattern.trim()
  if (text.startsWith('{')) return selectJson(selector)
  const name = /^\$([\p{L}\p{N}_-]+)$/u.exec(selector)?.[1]
  if (text.startsWith('[') && name !== undefined && namesIn(text).has(name)) {
    const values = fieldValues(text, backtracking)
    return message => values(message).get(name)
  }
  throw invalidParameter(`Invalid selector '${selector}': the filter pattern '${pattern}' has no such field.`)
}

function selectJson(selector: string): Select {
  const select = parseSelector(selector)
  return message => {
    const value = select(parseDocument(message)).find(isScalar)
    return value === undefined ? undefined : String(value)
  }
}

/** The names of a field pattern; each but the first of a list of conditions on one field is the same field's. */
const namesIn = (text: string): Set<string> =>
  new Set(
    text
      .slice(1, -1)
      .split(',')
      .flatMap(field => /^\s*\(*\s*([\p{L}\p{N}_-]+)/u.exec(field)?.[1] ?? []),
  )

/**
 * What TestMetricFilter tells of a message that matches: `$name` of each word of a field pattern, and `$.selector` of each selector in
 * a JSON pattern that finds something.
 */
export function parseExtraction(pattern: string): (message: string) => Record<string, string> {
  const text = pattern.trim()
  if (text.startsWith('[')) {
    const values = fieldValues(text, backtracking)
    return message => Object.fromEntries([...values(message)].map(([name, value]) => [`$${name}`, value]))
  }
  if (!text.startsWith('{')) return () => ({})
  const unquoted = text.replaceAll(/"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%/g, ' ')
  const selectors = [...new Set(unquoted.match(/\$[.[][^\s=!<>()&|]*/g))].map(
    selector => [selector, selectJson(selector)] as const,
  )
  return message =>
    Object.fromEntries(
      selectors.flatMap(([selector, select]) => {
        const value = select(message)
        return value === undefined ? [] : [[selector, value]]
      }),
    )
}
