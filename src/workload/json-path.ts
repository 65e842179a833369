import { isJsonObject } from './exact-json.ts'

/** A path of the subset that batch transform filters know. */
export interface JsonPath {
  readonly text: string
  /** What the path selects: the value itself, or a list when the path may select several. Throws an Error that says what the value lacks. */
  select(value: unknown): unknown
}

type Range = { readonly start: number; readonly end: number }
type Step =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'elements'; readonly elements: readonly (number | Range)[] }
  | { readonly kind: 'all' }

const quoted = String.raw`(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`
const patterns: readonly { pattern: RegExp; step(inside: string): Step }[] = [
  { pattern: /\.\*|\.?\[\s*\*\s*\]/y, step: () => ({ kind: 'all' }) },
  { pattern: /\.([^.[\]*'"()?@,:\s]+)/y, step: name => ({ kind: 'names', names: [name] }) },
  { pattern: new RegExp(String.raw`\.?\[\s*(${quoted}(?:\s*,\s*${quoted})*)\s*\]`, 'y'), step: namesOf },
  { pattern: /\.?\[([-\d:,\s]+)\]/y, step: elementsOf },
]

/**
 * `$`, `.name`, `['a','b']`, `[1,-1]`, `[2:5]`, `*`. A range ends before its second number, as in the library that SageMaker uses;
 * beside one range there may be single indexes, but no second range. Throws an Error that says what is not understood.
 * Source: SageMaker Developer Guide, "Associate Prediction Results with Input Records".
 */
export function parseJsonPath(text: string): JsonPath {
  if (!text.startsWith('$')) throw new Error(`Invalid JsonPath: ${text}. It must begin with $.`)
  const steps: Step[] = []
  for (let at = 1; at < text.length; ) {
    const found = patterns.map(({ pattern, step }) => ({ match: matchAt(pattern, text, at), step }))
    const { match, step } = found.find(candidate => candidate.match) ?? {}
    if (!match || !step)
      throw new Error(
        `Invalid JsonPath: ${text}. Names, indexes, one range, and * are supported; "${text.slice(at)}" is none of them.`,
      )
    steps.push(step(match[1] ?? ''))
    at += match[0].length
  }
  const ranges = steps.flatMap(step => (step.kind === 'elements' ? [step.elements.filter(isRange)] : []))
  if (ranges.some(({ length }) => length > 1))
    throw new Error(`Invalid JsonPath: ${text}. Only single range filters are supported.`)
  return { text, select: value => select(steps, value) }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function namesOf(inside: string): Step {
  const names = inside.match(new RegExp(quoted, 'g')) ?? []
  return { kind: 'names', names: names.map(name => name.slice(1, -1).replaceAll(/\\(.)/g, '$1')) }
}

function elementsOf(inside: string): Step {
  return { kind: 'elements', elements: inside.split(',').map(part => elementOf(part.trim())) }
}

function elementOf(part: string): number | Range {
  if (/^-?\d+$/.test(part)) return Number(part)
  const [, start, end] = /^(-?\d+)?\s*:\s*(-?\d+)?$/.exec(part) ?? []
  if (!part.includes(':') || (start === undefined && end === undefined && part !== ':'))
    throw new Error(`Invalid JsonPath: "${part}" is neither an index nor a range.`)
  return {
    start: start === undefined ? 0 : Number(start),
    end: end === undefined ? Number.POSITIVE_INFINITY : Number(end),
  }
}

const isRange = (element: number | Range): element is Range => typeof element !== 'number'

/** True when a step selects exactly one value of what it is applied to. */
const isSingle = (step: Step, isLast: boolean): boolean =>
  step.kind === 'names'
    ? isLast || step.names.length === 1
    : step.kind === 'elements' && step.elements.length === 1 && !step.elements.some(isRange)

function select(steps: readonly Step[], root: unknown): unknown {
  let values: readonly unknown[] = [root]
  let definite = true
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1
    // Where several values are searched, those that lack something are passed over.
    values = values.flatMap(value => (definite ? apply(step, value, isLast) : applyIfThere(step, value, isLast)))
    definite &&= isSingle(step, isLast)
  }
  return definite ? values[0] : values
}

function applyIfThere(step: Step, value: unknown, isLast: boolean): readonly unknown[] {
  try {
    return apply(step, value, isLast)
  } catch {
    return []
  }
}

/** A list of what a step selects. */
function apply(step: Step, value: unknown, isLast: boolean): readonly unknown[] {
  if (step.kind === 'names') return named(step.names, value, isLast)
  if (step.kind === 'all' && isJsonObject(value)) return Object.values(value)
  if (!Array.isArray(value)) throw new Error(`${describe(step)} needs an array, and there is ${kindOf(value)}`)
  if (step.kind === 'all') return value
  return step.elements.flatMap(element => {
    if (isRange(element)) return value.slice(element.start, element.end)
    const at = element < 0 ? value.length + element : element
    if (at < 0 || at >= value.length) throw new Error(`index ${element} is outside of the ${value.length} elements`)
    return [value[at]]
  })
}

/** Several names at the end of a path give one object of those that are there. */
function named(names: readonly string[], value: unknown, isLast: boolean): readonly unknown[] {
  if (!isJsonObject(value)) throw new Error(`the name "${names[0]}" needs an object, and there is ${kindOf(value)}`)
  const there = names.filter(name => Object.hasOwn(value, name))
  if (names.length > 1)
    return isLast ? [Object.fromEntries(there.map(name => [name, value[name]]))] : there.map(name => value[name])
  if (there.length === 0) throw new Error(`there is no "${names[0]}"`)
  return [value[names[0] as string]]
}

const describe = (step: Step): string => (step.kind === 'all' ? 'the wildcard *' : 'an index or range')

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'an array' : value === null ? 'null' : isJsonObject(value) ? 'an object' : 'a single value'
