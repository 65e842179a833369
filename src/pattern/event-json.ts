/** A number of an event as it is written there: 300, 300.0 and 3e2 are the same value and not the same text. */
export class EventNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  get value(): number {
    return Number(this.source)
  }
}

export type EventValue = string | boolean | null | EventNumber | EventValue[] | EventObject
export interface EventObject {
  readonly [name: string]: EventValue
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

const keepNumbers: Reviver = (_key, value, { source }) =>
  typeof value === 'number' ? new EventNumber(source ?? String(value)) : value

/** Reads JSON, numbers as they are written. Throws SyntaxError, and RangeError for what is nested too deep. */
export const parseEventJson = (text: string): EventValue => JSON.parse(text, keepNumbers as (key: string) => unknown)

export const isObject = (value: EventValue | undefined): value is EventObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof EventNumber)

/** A list's items, those of lists within it among them; a value that is no list is its own only item, and what is absent has none. */
export function itemsOf(value: EventValue | undefined): EventValue[] {
  const items: EventValue[] = []
  const left: EventValue[] = value === undefined ? [] : [value]
  for (let next = left.pop(); next !== undefined; next = left.pop())
    if (Array.isArray(next)) left.push(...next)
    else items.push(next)
  return items
}
