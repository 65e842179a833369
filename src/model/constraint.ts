import type { Shape } from './service-model.ts'

/** One constraint of the model on a value, and AWS's words for it. */
export interface Constraint {
  readonly text: string
  holds(value: unknown): boolean
}

const made = new WeakMap<Shape, readonly Constraint[]>()

/** The constraints of a shape of plain values, made once per shape. */
export function constraintsOf(shape: Shape): readonly Constraint[] {
  const known = made.get(shape)
  if (known) return known
  const constraints = [...bounds(shape, measure), ...pattern(shape), ...enumeration(shape)]
  made.set(shape, constraints)
  return constraints
}

/** True when a plain value breaks at least one constraint. */
export function isBroken(shape: Shape, value: unknown): boolean {
  for (const constraint of constraintsOf(shape)) if (!constraint.holds(value)) return true
  return false
}

/** Bounds on the number of items of a list or map. */
export const sizeBounds = (shape: Shape): readonly Constraint[] =>
  shape.max === undefined && shape.min === undefined ? [] : bounds(shape, Number)

const numeric: ReadonlySet<string> = new Set(['integer', 'long', 'float', 'double'])

function bounds(shape: Shape, size: (value: unknown) => number): Constraint[] {
  const { min, max } = shape
  const what = numeric.has(shape.type) ? 'value' : 'length'
  const found: Constraint[] = []
  if (max !== undefined) {
    found.push({ text: `Member must have ${what} less than or equal to ${max}`, holds: value => size(value) <= max })
  }
  if (min !== undefined) {
    found.push({ text: `Member must have ${what} greater than or equal to ${min}`, holds: value => size(value) >= min })
  }
  return found
}

function pattern(shape: Shape): Constraint[] {
  if (shape.pattern === undefined) return []
  const expression = toRegExp(shape.pattern)
  return [
    {
      text: `Member must satisfy regular expression pattern: ${shape.pattern}`,
      holds: value => expression.test(value as string),
    },
  ]
}

function enumeration(shape: Shape): Constraint[] {
  if (!shape.enum) return []
  const values = new Set<unknown>(shape.enum)
  return [{ text: `Member must satisfy enum value set: [${shape.enum.join(', ')}]`, holds: value => values.has(value) }]
}

/** Smithy counts the length of a string in code points; a streaming body is bounded by whoever reads it. */
function measure(value: unknown): number {
  if (typeof value === 'number') return value
  if (value instanceof Uint8Array) return value.byteLength
  if (typeof value !== 'string') return 0
  return surrogate.test(value) ? [...value].length : value.length
}

const surrogate = /[\ud800-\udfff]/

const posix: Readonly<Record<string, string>> = { '\\p{Print}': '\\x20-\\x7E', '\\p{Alnum}': 'a-zA-Z0-9' }
const anchors: Readonly<Record<string, string>> = { '\\A': '^', '\\z': '$', '\\Z': '$' }

/**
 * AWS's patterns are Java's and must match the whole value. What JavaScript's `u` flag refuses is rewritten: POSIX classes, \A and
 * \z, needless escapes, and a quantifier on `$`, which repeats nothing. Throws SyntaxError for a pattern beyond that.
 */
export function toRegExp(source: string): RegExp {
  let inClass = false
  const translated = source.replaceAll(/\\p\{(?:Print|Alnum)\}|\\.|\$\{\d+(?:,\d*)?\}|[[\]]/gsu, token => {
    if (token === '[') inClass = true
    if (token === ']') inClass = false
    if (token.startsWith('${')) return '$'
    if (token === '\\_') return '_'
    const range = posix[token]
    if (range) return inClass ? range : `[${range}]`
    if (token === '\\-') return inClass ? token : '-'
    return anchors[token] ?? (/^\\[^\w^$\\.*+?()[\]{}|/-]/u.test(token) ? token.slice(1) : token)
  })
  return new RegExp(`^(?:${translated})$`, 'u')
}
