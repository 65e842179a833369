import { EngineError, EngineUnavailable } from '../driver/engine-client.ts'
import { NotIsolated } from '../driver/proven-driver.ts'
import { isDiskFull } from '../ground/disk-full.ts'
import { mostTries } from '../reconcile/most-tries.ts'

/** What is waited for as long as it takes: a job is not to blame for an engine that is away, nor for a machine that is not closed yet. */
export const isWaiting = (error: unknown): boolean => error instanceof EngineUnavailable || error instanceof NotIsolated

/** What follows from an error of the platform's own. */
export type OwnTroubleStep =
  | { readonly do: 'wait' }
  | { readonly do: 'try again'; readonly tries: number }
  | { readonly do: 'give up'; readonly reason: string }

/** `tries`: how often the same work was tried again already. */
export function decideOwnTrouble(
  { tries = 0 }: { readonly tries?: number | undefined },
  error: unknown,
): OwnTroubleStep {
  if (isWaiting(error)) return { do: 'wait' }
  if (tries < mostTries) return { do: 'try again', tries: tries + 1 }
  return { do: 'give up', reason: `InternalServerError: ${troubleInWords(error)} (tried ${tries + 1} times)` }
}

const longest = 300

/** An error of the platform's own, for those who wait: what was refused, without how it was asked for. */
export function troubleInWords(error: unknown): string {
  const words =
    error instanceof EngineError
      ? `the container engine refused: ${error.reason}`
      : error instanceof EngineUnavailable
        ? 'the container engine does not answer'
        : isDiskFull(error)
          ? 'the disk of this installation is full'
          : error instanceof Error
            ? error.message
            : String(error)
  return words.slice(0, longest)
}
