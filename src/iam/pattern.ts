/** The value of a policy variable or condition key (lower-case) in the request; undefined when the request has none. */
export type Lookup = (key: string) => readonly string[] | undefined

/** Tests a text of the request; variables in the pattern take the request's values. */
export type Pattern = (text: string, lookup: Lookup) => boolean

const any = 0
const one = 1
/** A character that stands for itself, or a wildcard. */
type Unit = string | typeof any | typeof one
interface Variable {
  readonly variable: string
  readonly otherwise: string | undefined
}
type Piece = Unit | Variable

export interface PatternOptions {
  /** `*` and `?` match any characters and any one character. */
  readonly wildcards: boolean
  /** `${aws:username}` and its like are replaced; `${*}`, `${?}` and `${$}` stand for the characters (policy version 2012-10-17). */
  readonly variables: boolean
  readonly ignoreCase?: boolean
}

/** One text of a policy as a test (IAM User Guide, IAM policy elements: Variables and tags). */
export function compilePattern(text: string, options: PatternOptions): Pattern {
  return compilePieces(piecesOf(options.ignoreCase ? text.toLowerCase() : text, options), options.ignoreCase === true)
}

/**
 * An ARN in a policy: its six components are matched one by one, so that a wildcard never spans a colon except in the last
 * (IAM User Guide, IAM JSON policy elements: Resource). Undefined when the text is neither an ARN nor `*`.
 */
export function compileArn(text: string, variables: boolean): Pattern | undefined {
  if (text === '*') return () => true
  const components = splitArn(piecesOf(text, { wildcards: true, variables }))
  if (components.length !== 6 || components[0]?.join('') !== 'arn') return undefined
  const patterns = components.map(component => compilePieces(component, false))
  return (arn, lookup) => {
    const parts = arnComponents(arn)
    return parts !== undefined && patterns.every((pattern, index) => pattern(parts[index] as string, lookup))
  }
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

function splitArn(pieces: readonly Piece[]): Piece[][] {
  const components: Piece[][] = [[]]
  for (const piece of pieces)
    if (piece === ':' && components.length < 6) components.push([])
    else components.at(-1)?.push(piece)
  return components
}

const variableForm = /^\$\{(?:([*?$])|([^{}$,]+?)\s*(?:,\s*'([^']*)'\s*)?)\}/

function piecesOf(text: string, { wildcards, variables }: PatternOptions): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < text.length; ) {
    const found = variables && text[at] === '$' ? variableForm.exec(text.slice(at)) : null
    if (found) {
      const [whole, escaped, name, otherwise] = found
      pieces.push(escaped ?? { variable: (name as string).trim().toLowerCase(), otherwise })
      at += whole.length
      continue
    }
    const character = text[at++] as string
    pieces.push(wildcards && character === '*' ? any : wildcards && character === '?' ? one : character)
  }
  return pieces
}

function compilePieces(pieces: readonly Piece[], ignoreCase: boolean): Pattern {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  if (pieces.some(piece => typeof piece === 'object'))
    return (text, lookup) => {
      const units = resolve(pieces, lookup, fold)
      return units !== undefined && glob(units, fold(text))
    }
  const units = pieces as readonly Unit[]
  const literal = units.filter(unit => typeof unit === 'string').join('')
  if (literal.length === units.length) return text => fold(text) === literal
  if (units.length === 1 && units[0] === any) return () => true
  if (literal.length === units.length - 1 && units.at(-1) === any) return text => fold(text).startsWith(literal)
  return text => glob(units, fold(text))
}

/** Puts the request's values in. Undefined when it has no single value: then the pattern matches nothing. */
function resolve(pieces: readonly Piece[], lookup: Lookup, fold: (text: string) => string): Unit[] | undefined {
  const units: Unit[] = []
  for (const piece of pieces) {
    if (typeof piece !== 'object') {
      units.push(piece)
      continue
    }
    const values = lookup(piece.variable)
    const value = values?.length === 1 ? values[0] : piece.otherwise
    if (value === undefined) return undefined
    for (const character of fold(value).split('')) units.push(character)
  }
  return units
}

/** Wildcard match in time proportional to the product of the lengths at worst, whatever the pattern. */
function glob(units: readonly Unit[], text: string): boolean {
  let unit = 0
  let star = -1
  let retry = 0
  for (let at = 0; at < text.length; ) {
    if (unit < units.length && (units[unit] === one || units[unit] === text[at])) {
      unit++
      at++
    } else if (units[unit] === any) {
      star = unit++
      retry = at
    } else if (star >= 0) {
      unit = star + 1
      at = ++retry
    } else return false
  }
  while (units[unit] === any) unit++
  return unit === units.length
}
