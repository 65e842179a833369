import { type EventObject, isObject, parseEventJson } from '../pattern/event-json.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'
import { rulePattern } from './rule-pattern.ts'

/** API Reference, TestEventPattern: what the event must have. */
const required = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type']

export const testEventPattern: Op<'TestEventPattern'> = async input => {
  const fits = rulePattern(input.EventPattern)
  return { Result: fits(eventOf(input.Event)) }
}

function eventOf(text: string): EventObject {
  const refuse = (why: string) => eventsError.invalid(`Parameter Event is not valid. Reason: ${why}`)
  let event: ReturnType<typeof parseEventJson>
  try {
    event = parseEventJson(text)
  } catch {
    throw refuse('It is not JSON.')
  }
  if (!isObject(event)) throw refuse('It is not an object.')
  const missing = required.find(name => !Object.hasOwn(event, name))
  if (missing !== undefined) throw refuse(`${missing} is a required field.`)
  return event
}
