import { type EventPattern, parseEventPattern } from '../pattern/event-pattern.ts'
import { PatternProblem } from '../pattern/pattern-value.ts'
import { eventsError } from './events-error.ts'

/** The pattern of a rule. Throws InvalidEventPatternException. */
export function rulePattern(text: string): EventPattern {
  try {
    return parseEventPattern(text)
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error
    throw eventsError.invalidPattern(error.message)
  }
}
