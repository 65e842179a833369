import { OutcomeUnknown } from '../ground/errors.ts'

/** What was handed to the database by who writes sums again when they could not be written: the one commit of which nobody heard. */
export interface Doubt {
  /** True for an error that leaves open whether it was written, which is looked at before anything else is; `again` is called if it was not. */
  isLeftBy(error: unknown, again: () => void): boolean
  /** Rejects while nobody can tell. To be called before the next write. */
  settle(): Promise<void>
}

export function createDoubt(): Doubt {
  let open: { readonly error: OutcomeUnknown; readonly again: () => void } | undefined
  return {
    isLeftBy(error, again) {
      if (!(error instanceof OutcomeUnknown && error.wasDone)) return false
      open = { error, again }
      return true
    },
    async settle() {
      if (!open) return
      const { error, again } = open
      const done = await error.wasDone?.()
      if (done === undefined) throw error
      open = undefined
      if (!done) again()
    },
  }
}
