import { matchesWildcards } from './wildcard.ts'

/** The value of a policy variable or condition key (lower-case) in the request; undefined when the request has none. */
export type Lookup = (key: string) => readonly string[] | undefined

export interface PatternOptions {
  /** `*` and `?` match any characters and any one character. */
  readonly wildcards: boolean
  /** `${aws:username}` and its like are replaced; `${*}`, `${?}` and `${$}` stand for the characters (policy version 2012-10-17). */
  readonly variables: boolean
  readonly ignoreCase?: boolean
}

/**
 * Whether a text of the request fits a text of a policy (IAM User Guide, IAM policy elements: Variables and tags). Policies are kept
 * as their texts, which is small, and read at each look, which is quick.
 */
export function fits(pattern: string, text: string, lookup: Lookup, options: PatternOptions): boolean {
  const { wildcards, variables, ignoreCase } = options
  const fold = ignoreCase ? (it: string) => it.toLowerCase() : (it: string) => it
  if (variables && pattern.includes('$')) {
    const pieces = resolve(pattern, lookup, wildcards)
    return pieces !== undefined && matchesWildcards(pieces.map(fold), fold(text))
  }
  if (!wildcards || (!pattern.includes('*') && !pattern.includes('?'))) return fold(pattern) === fold(text)
  return matchesWildcards(splitWildcards(fold(pattern)), fold(text))
}

/** At even places what stands for itself, at odd ones the wildcards between. */
const splitWildcards = (text: string): string[] => text.split(/([*?])/)

const variableForm = /^\$\{(?:([*?$])|([^{}$,]+)(?:,\s*'([^']*)'\s*)?)\}/
/** Characters of a variable and its default, at most, so that looking for their end costs little. */
const longestVariable = 1024

/** The pattern in pieces, with the request's values as they are. Undefined when a variable has no single value: it fits nothing. */
function resolve(pattern: string, lookup: Lookup, wildcards: boolean): string[] | undefined {
  const pieces = ['']
  const append = (text: string) => {
    pieces[pieces.length - 1] += text
  }
  for (let at = 0; at < pattern.length; ) {
    const next = pattern.indexOf('$', at)
    const plain = pattern.slice(at, next < 0 ? undefined : next)
    const [first = '', ...rest] = wildcards ? splitWildcards(plain) : [plain]
    append(first)
    pieces.push(...rest)
    if (next < 0) break
    const [whole = '$', escaped, name, otherwise] = variableForm.exec(pattern.slice(next, next + longestVariable)) ?? []
    const value = name === undefined ? (escaped ?? whole) : requestValue(lookup, name, otherwise)
    if (value === undefined) return undefined
    append(value)
    at = next + whole.length
  }
  return pieces
}

function requestValue(lookup: Lookup, name: string, otherwise: string | undefined): string | undefined {
  const values = lookup(name.trim().toLowerCase())
  return values?.length === 1 ? values[0] : otherwise
}

/** Whether a text is an ARN, of which components may be left off at the end, or `*`. */
export function isArnPattern(text: string, variables: boolean): boolean {
  const components = componentsOf(text, variables)
  const whole = components.length === 6 || (components.length > 2 && !components.includes(''))
  return text === '*' || (whole && components[0] === 'arn')
}

/**
 * Whether an ARN fits an ARN of a policy: its six components one by one, so that a wildcard never spans a colon except in the last
 * (IAM User Guide, IAM JSON policy elements: Resource). Components that are left off at the end stand for anything.
 */
export function fitsArn(pattern: string, arn: string, lookup: Lookup, variables: boolean): boolean {
  if (pattern === '*' || (pattern === arn && !/[*?$]/.test(pattern))) return true
  const parts = arnComponents(arn)
  return componentsOf(pattern, variables).every(
    (component, index) =>
      parts !== undefined && fits(component, parts[index] as string, lookup, { wildcards: true, variables }),
  )
}

/** The components of a pattern: a variable's colon, as in `${aws:username}`, divides none. */
function componentsOf(text: string, variables: boolean): string[] {
  const components: string[] = []
  let start = 0
  for (let at = 0; components.length < 5; ) {
    const colon = text.indexOf(':', at)
    if (colon < 0) break
    const open = variables ? text.lastIndexOf('${', colon) : -1
    const close = open < start ? -1 : text.indexOf('}', open)
    at = (close > colon ? close : colon) + 1
    if (close > colon) continue
    components.push(text.slice(start, colon))
    start = at
  }
  return [...components, text.slice(start)]
}

let lastArn = ''
let lastComponents: readonly string[] | undefined
/** The six components of an ARN. The last answer is kept: one request tests the same ARN against many statements. */
function arnComponents(arn: string): readonly string[] | undefined {
  if (arn === lastArn) return lastComponents
  const parts = arn.split(':')
  lastArn = arn
  lastComponents = parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(':')]
  return lastComponents
}
