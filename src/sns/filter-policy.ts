import { EventNumber, type EventObject, type EventValue, isObject, parseEventJson } from '../pattern/event-json.ts'
import { type EventPattern, parseEventPattern } from '../pattern/event-pattern.ts'
import { PatternProblem } from '../pattern/pattern-value.ts'
import { isFiltered } from './filter-room.ts'
import type { Message, MessageAttributes } from './message.ts'
import { snsError } from './sns-error.ts'
import type { SubscriptionAttributes } from './subscription-row.ts'

/** SNS Developer Guide, "Filter policy constraints": names, and combinations of values. */
const mostNames = 5
const mostCombinations = 150
const mostBytes = 256 * 1024

type Scope = NonNullable<SubscriptionAttributes['FilterPolicyScope']>

/** Throws InvalidParameterException for what is no filter policy. */
export function checkFilterPolicy(text: string, scope: Scope): void {
  if (Buffer.byteLength(text) > mostBytes) throw refuse('it is larger than 256 KB')
  let policy: EventValue
  try {
    policy = parseEventJson(text)
  } catch {
    throw refuse('failed to parse JSON.')
  }
  if (!isObject(policy)) throw refuse('it is not an object')
  if (Object.keys(policy).length === 0) return
  const lists = fieldsOf(policy)
  if (new Set(lists.map(({ path }) => path)).size > mostNames) throw refuse(`it has more than ${mostNames} names`)
  if (combinations(policy) > mostCombinations) throw refuse(`it makes more than ${mostCombinations} combinations`)
  if (scope === 'MessageAttributes' && lists.some(({ path }) => path.includes('\n')))
    throw refuse('attributes of a message have nothing within them')
  patternOf(text)
}

const refuse = (why: string) => snsError.invalid(`FilterPolicy: ${why}`)

interface Field {
  readonly path: string
  readonly count: number
}

/** The lists of a policy, by the names that lead to each; those within `$or` are where it stands. */
function fieldsOf(policy: EventObject, path: readonly string[] = []): Field[] {
  return Object.entries(policy).flatMap(([name, value]): Field[] => {
    const here = [...path, name]
    if (name === '$or' && Array.isArray(value)) return value.filter(isObject).flatMap(one => fieldsOf(one, path))
    if (isObject(value)) return fieldsOf(value, here)
    return [{ path: here.join('\n'), count: Array.isArray(value) ? value.length : 1 }]
  })
}

/** The product of the lengths of all lists, each times as deep as it is nested; choices add up. */
function combinations(policy: EventObject, depth = 1): number {
  return Object.entries(policy).reduce((product, [name, value]) => {
    if (name === '$or' && Array.isArray(value))
      return product * value.filter(isObject).reduce((sum, one) => sum + combinations(one, depth), 0)
    if (isObject(value)) return product * combinations(value, depth + 1)
    return product * (Array.isArray(value) ? value.length * depth : 1)
  }, 1)
}

/** Numbers are compared by their values, so that both sides are written alike. */
const alike = (text: string): string => JSON.stringify(JSON.parse(text))

function patternOf(text: string): EventPattern {
  try {
    return parseEventPattern(alike(text))
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error
    throw refuse(error.message)
  }
}

/** Whether a subscription wants a message. `text` is the message as it was published for all protocols. */
export function messageFilter({
  FilterPolicy,
  FilterPolicyScope,
}: SubscriptionAttributes): (message: Message) => boolean {
  if (FilterPolicy === undefined || !isFiltered({ FilterPolicy })) return () => true
  const fits = patternOf(FilterPolicy)
  if (FilterPolicyScope !== 'MessageBody') return ({ attributes }) => fits(valuesOf(attributes))
  return ({ texts }) => {
    const body = bodyOf(texts.default)
    return body !== undefined && fits(body)
  }
}

/** A message whose body is no JSON object is nobody's who filters bodies. */
function bodyOf(text: string): EventObject | undefined {
  try {
    const body = parseEventJson(alike(text))
    return isObject(body) ? body : undefined
  } catch {
    return undefined
  }
}

/** Attributes as patterns see them: numbers, texts, and the items of lists. Binary ones are seen by none. */
function valuesOf(attributes: MessageAttributes): EventObject {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { Type, Value }]): [string, EventValue][] => {
      if (/^Binary/.test(Type)) return []
      if (/^Number/.test(Type)) return [[name, new EventNumber(String(Number(Value)))]]
      return [[name, Type === 'String.Array' ? itemsOf(Value) : Value]]
    }),
  )
}

const itemsOf = (text: string): EventValue => parseEventJson(alike(text))
