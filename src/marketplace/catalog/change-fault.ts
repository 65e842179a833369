import { mostTries } from '../../reconcile/most-tries.ts'
import type { Change } from './change.ts'
import type { ErrorDetail } from './change-refused.ts'
import type { ChangeSet } from './change-set.ts'

/** The platform cannot make a change of a set, by no fault of who asked for it. */
export class ChangeFault extends Error {
  readonly index: number

  constructor(index: number, { type }: Change, cause: unknown) {
    super(`change ${index}, ${type}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.index = index
  }
}

/** What its seller is told; why is for the operator, in the log. AWS names the code of the set and none of the change. */
export function faultsOf({ changes }: ChangeSet, error: unknown): Map<number, ErrorDetail[]> {
  const index = error instanceof ChangeFault ? error.index : 0
  const { type, identifier } = changes[index] as Change
  const what =
    error instanceof ChangeFault ? `${type}${identifier ? ` of ${identifier}` : ''}` : 'The publication of the changes'
  const ErrorMessage = `${what} failed ${mostTries} times within the platform. Nothing was changed. Start the change set anew; if it fails again, tell the operator.`
  return new Map([[index, [{ ErrorCode: 'SERVER_FAULT', ErrorMessage }]]])
}
