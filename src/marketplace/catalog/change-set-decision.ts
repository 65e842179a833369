import { isReviewed } from '../review/publication-review.ts'
import type { ChangeSet } from './change-set.ts'

/** What is next for a change set. */
export type ChangeSetStep =
  /** It is not there, or waits for a reviewer, whose word wakes it. */
  | { readonly do: 'rest' }
  | { readonly do: 'begin' }
  /** A reviewer's word: it fails as a whole. */
  | { readonly do: 'reject'; readonly reason: string }
  | { readonly do: 'carry out' }
  /** How it ends is written down: discard what is left over and say so. */
  | { readonly do: 'end' }
  /** It has ended: discard what could not be discarded before. */
  | { readonly do: 'clear' }

const rejected = 'REJECTED:'

/** The next step of a change set; undefined: there is none. `isReviewing`: publications wait for a reviewer in this installation. */
export function decideChangeSet(set: ChangeSet | undefined, isReviewing: boolean): ChangeSetStep {
  if (!set) return { do: 'rest' }
  if (set.ended > 0) return { do: 'clear' }
  if (set.status === 'PREPARING') return { do: isReviewing && isReviewed(set) ? 'rest' : 'begin' }
  if (set.outcome !== '') return { do: 'end' }
  if (set.review.startsWith(rejected)) return { do: 'reject', reason: set.review.slice(rejected.length) }
  return { do: 'carry out' }
}
