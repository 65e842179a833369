import { matchesRuns, type Run, type Runs } from './wildcard.ts'

/** The value of a policy variable or condition key (lower-case) in the request; undefined when the request has none. */
export type Lookup = (key: string) => readonly string[] | undefined

/** Tests a text of the request; variables in the pattern take the request's values. */
export type Pattern = (text: string, lookup: Lookup) => boolean

const any = 0
const one = 1
interface Variable {
  readonly variable: string
  readonly otherwise: string | undefined
}
/** Characters that stand for themselves, a wildcard, or a variable. */
type Piece = string | typeof any | typeof one | Variable

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
 * (IAM User Guide, IAM JSON policy elements: Resource). Components that are left off at the end stand for anything, unless one
 * before is empty. Undefined when the text is neither an ARN nor `*`.
 */
export function compileArn(text: string, variables: boolean): Pattern | undefined {
  if (text === '*') return anything
  const components = splitArn(piecesOf(text, { wildcards: true, variables }))
  const isCut = components.length < 6 && (components.length < 3 || components.some(component => component.length === 0))
  if (isCut || components[0]?.join('') !== 'arn') return undefined
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
  for (const piece of pieces) {
    const [first = '', ...rest] = typeof piece === 'string' ? splitAtMost(piece, 6 - components.length) : []
    const open = components.at(-1) as Piece[]
    if (typeof piece !== 'string') open.push(piece)
    else if (first !== '') open.push(first)
    for (const text of rest) components.push(text === '' ? [] : [text])
  }
  return components
}

/** Splits at the first `most` colons. */
function splitAtMost(text: string, most: number): string[] {
  const parts = text.split(':')
  return parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(':')]
}

const variableForm = /^\$\{(?:([*?$])|([^{}$,]+)(?:,\s*'([^']*)'\s*)?)\}/
/** Characters of a variable and its default, at most, so that looking for their end costs little. */
const longestVariable = 1024

function piecesOf(text: string, { wildcards, variables }: PatternOptions): Piece[] {
  const pieces: Piece[] = []
  let literal = ''
  const push = (piece: Exclude<Piece, string>) => {
    if (literal !== '') pieces.push(literal)
    literal = ''
    pieces.push(piece)
  }
  for (let at = 0; at < text.length; ) {
    const found = variables && text[at] === '$' ? variableForm.exec(text.slice(at, at + longestVariable)) : null
    const [whole = '', escaped, name = '', otherwise] = found ?? []
    const character = text[at] as string
    if (escaped !== undefined) literal += escaped
    else if (found) push({ variable: name.trim().toLowerCase(), otherwise })
    else if (wildcards && character === '*') push(any)
    else if (wildcards && character === '?') push(one)
    else literal += character
    at += whole.length || 1
  }
  if (literal !== '') pieces.push(literal)
  return pieces
}

/** Kept as small as it can be: thousands of policies are kept compiled. */
function compilePieces(pieces: readonly Piece[], ignoreCase: boolean): Pattern {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  if (pieces.some(piece => typeof piece === 'object'))
    return (text, lookup) => {
      const resolved = resolve(pieces, lookup)
      return resolved !== undefined && matchesRuns(runsOf(resolved, fold), fold(text))
    }
  const [start = '', end] = pieces
  if (pieces.length === 1 && start === any) return anything
  if (pieces.length < 2 && typeof start === 'string')
    return ignoreCase ? text => text.toLowerCase() === start : text => text === start
  if (pieces.length === 2 && typeof start === 'string' && end === any)
    return ignoreCase ? text => text.toLowerCase().startsWith(start) : text => text.startsWith(start)
  const runs = runsOf(pieces as readonly Resolved[], fold)
  return text => matchesRuns(runs, fold(text))
}

const anything: Pattern = () => true

type Resolved = Exclude<Piece, Variable>

/** Puts the request's values in. Undefined when one has no single value: then the pattern matches nothing. */
function resolve(pieces: readonly Piece[], lookup: Lookup): Resolved[] | undefined {
  const resolved: Resolved[] = []
  for (const piece of pieces) {
    const values = typeof piece === 'object' ? lookup(piece.variable) : []
    const value = typeof piece === 'object' ? (values?.length === 1 ? values[0] : piece.otherwise) : piece
    if (value === undefined) return undefined
    resolved.push(value)
  }
  return resolved
}

function runsOf(pieces: readonly Resolved[], fold: (text: string) => string): Runs {
  const runs: Run[] = []
  let text = ''
  let holes: number[] = []
  for (const piece of [...pieces, any] as const) {
    if (piece === any) {
      runs.push({ text, holes })
      text = ''
      holes = []
    } else {
      if (piece === one) holes.push(text.length)
      text += piece === one ? '?' : fold(piece)
    }
  }
  return runs
}
