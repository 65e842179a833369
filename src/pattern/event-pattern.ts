import { EventNumber, type EventObject, type EventValue, isObject, itemsOf, parseEventJson } from './event-json.ts'
import { type FieldTest, fieldTest, PatternProblem } from './pattern-value.ts'

/** Whether an event, as JSON, fits. */
export type EventPattern = (event: EventObject) => boolean

/** Whether one object of the event fits; `root` is the event, for what asks that a path leads nowhere. */
type ObjectTest = (object: EventObject, root: EventObject) => boolean

/** The names that an `$or` may not hold, lest it is a field of that name (Event Ruler, "The $or Primitive"). */
const reserved = ['exists', 'prefix', 'suffix', 'numeric', 'cidr', 'wildcard', 'anything-but', 'equals-ignore-case']
/** Event Ruler's words: an `$or` that would make more combinations is too complex. */
const mostCombinations = 1000

const nothing: EventObject = {}

/**
 * Reads an event pattern (EventBridge User Guide, "Creating Amazon EventBridge event patterns" and "Comparison operators"; for lists
 * of objects Event Ruler's "JSON Array Matching": the fields of one pattern object must fit within one element). Throws
 * PatternProblem.
 */
export function parseEventPattern(text: string): EventPattern {
  try {
    const pattern = parseEventJson(text)
    if (!isObject(pattern)) throw new PatternProblem('Filter is not an object')
    if (combinations(pattern) > mostCombinations)
      throw new PatternProblem(`$or makes more than ${mostCombinations} combinations`)
    const test = objectTest(pattern, [])
    return event => test(event, event)
  } catch (error) {
    throw new PatternProblem(problemOf(error))
  }
}

function problemOf(error: unknown): string {
  if (error instanceof PatternProblem) return error.message
  if (error instanceof RangeError) return 'It is nested too deep'
  if (error instanceof SyntaxError) return `It is not JSON: ${error.message}`
  throw error
}

function objectTest(pattern: EventObject, path: readonly string[]): ObjectTest {
  const names = Object.keys(pattern)
  if (names.length === 0) throw new PatternProblem('Empty objects are not allowed')
  const tests = names.map(name => memberTest(name, pattern[name] as EventValue, path))
  return (object, root) => tests.every(test => test(object, root))
}

function memberTest(name: string, expected: EventValue, path: readonly string[]): ObjectTest {
  if (name === '$or' && isChoice(expected)) {
    const choices = expected.map(choice => objectTest(choice, path))
    return (object, root) => choices.some(test => test(object, root))
  }
  const here = [...path, name]
  if (isObject(expected)) {
    const test = objectTest(expected, here)
    return (object, root) => {
      const objects = itemsOf(memberOf(object, name)).filter(isObject)
      // Below what is not there everything is absent, which is what may be asked for.
      return objects.length === 0 ? test(nothing, root) : objects.some(one => test(one, root))
    }
  }
  if (!Array.isArray(expected)) throw new PatternProblem(`"${name}" must be an object or an array`)
  if (expected.length === 0) throw new PatternProblem('Empty arrays are not allowed')
  const tests = expected.map(fieldTest)
  return (object, root) => {
    const values = itemsOf(memberOf(object, name)).filter(value => !isObject(value))
    return tests.some(test => fitsOne(test, values, root, here))
  }
}

const fitsOne = (
  test: FieldTest,
  values: readonly EventValue[],
  root: EventObject,
  path: readonly string[],
): boolean => (test === 'absent' ? !leadsSomewhere(root, path) : values.some(test.fits))

/** Whether a path leads to a value that is no object; of lists any element will do. */
function leadsSomewhere(root: EventObject, path: readonly string[]): boolean {
  let found: EventValue[] = [root]
  for (const name of path) found = found.filter(isObject).flatMap(object => itemsOf(memberOf(object, name)))
  return found.some(value => !isObject(value))
}

const memberOf = (object: EventObject, name: string): EventValue | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

const isChoice = (value: EventValue): value is EventObject[] =>
  Array.isArray(value) &&
  value.length > 1 &&
  value.every(isObject) &&
  !value.some(choice => Object.keys(choice).some(name => reserved.includes(name)))

/** How many patterns without `$or` come to the same. */
function combinations(pattern: EventObject): number {
  return Object.entries(pattern).reduce((product, [name, value]) => {
    if (name === '$or' && isChoice(value)) return product * value.reduce((sum, one) => sum + combinations(one), 0)
    return isObject(value) && !(value instanceof EventNumber) ? product * combinations(value) : product
  }, 1)
}
