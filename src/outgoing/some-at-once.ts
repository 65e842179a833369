import { clock } from '../ground/clock.ts'

/** At one place at a time. */
const most = 4
/** What has not had its turn by then has it later, so that nobody slow holds a place for long; milliseconds. */
const patienceMs = 20_000

/**
 * Some at once, each for itself, and what came of each. What concerns all, such as that nobody is there, is said of what comes behind, too; what has
 * no time left, and what was cut off, is `untried`.
 */
export async function someAtOnce<One, Result>(
  given: readonly One[],
  signal: AbortSignal,
  send: (one: One) => Promise<Result>,
  concernsAll: (result: Result) => boolean,
): Promise<(Result | 'untried')[]> {
  const end = clock.elapsed() + patienceMs
  const results: (Result | 'untried')[] = given.map(() => 'untried')
  const waiting = given.entries()
  let gone: { readonly result: Result } | undefined
  const carry = async () => {
    for (const [index, one] of waiting) {
      if (signal.aborted || clock.elapsed() > end) return
      const result = gone ? gone.result : await send(one)
      // What was cut off may have arrived: it is sent again.
      if (signal.aborted && result instanceof Error) return
      results[index] = result
      if (concernsAll(result)) gone = { result }
    }
  }
  await Promise.all(Array.from({ length: most }, carry))
  return results
}
