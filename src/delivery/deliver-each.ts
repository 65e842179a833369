import { clock } from '../ground/clock.ts'
import { Unanswered, Unreachable } from '../outgoing/way-out.ts'
import type { Outcome } from './receiver.ts'
import { type Outgoing, Undeliverable } from './undeliverable.ts'

/** At one endpoint at a time. */
const mostAtOnce = 4
/** What has not had its turn by then has it later, so that nobody slow holds a place for long; milliseconds. */
const patienceMs = 20_000

/** Of an address that may not be asked. */
export const addressRefused = 'ADDRESS_REFUSED'

/** Some at once, each for itself. Where nobody is reached or answers, nobody does for what comes behind; what has no time left keeps its turn. */
export async function deliverEach(
  given: readonly Outgoing[],
  signal: AbortSignal,
  deliver: (one: Outgoing) => Promise<Outcome>,
): Promise<Outcome[]> {
  const end = clock.elapsed() + patienceMs
  const outcomes: Outcome[] = given.map(() => 'untried')
  const waiting = given.entries()
  let gone: Outcome
  const carry = async () => {
    for (const [index, one] of waiting) {
      if (signal.aborted || clock.elapsed() > end) return
      const outcome = gone ?? (await deliver(one))
      // What was cut off may have arrived: it is sent again.
      if (signal.aborted && outcome) return
      outcomes[index] = outcome
      if (concernsAll(outcome)) gone = outcome
    }
  }
  await Promise.all(Array.from({ length: mostAtOnce }, carry))
  return outcomes
}

const concernsAll = (outcome: Outcome): boolean =>
  outcome instanceof Unreachable ||
  outcome instanceof Unanswered ||
  (outcome instanceof Undeliverable && outcome.code === addressRefused)
