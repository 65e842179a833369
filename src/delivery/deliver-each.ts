import { Unanswered, Unreachable } from '../outgoing/outgoing-request.ts'
import { someAtOnce } from '../outgoing/some-at-once.ts'
import type { Outcome } from './receiver.ts'

/** Of an address that may not be asked. */
export const addressRefused = 'ADDRESS_REFUSED'

/** Some at once, each for itself. Where nobody is reached or answers, nobody does for what comes behind. */
export const deliverEach = <One>(
  given: readonly One[],
  signal: AbortSignal,
  deliver: (one: One) => Promise<Outcome>,
): Promise<Outcome[]> => someAtOnce(given, signal, deliver, concernsAll)

const concernsAll = (outcome: Outcome): boolean => outcome instanceof Unreachable || outcome instanceof Unanswered
