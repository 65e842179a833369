import type { Space } from './space.ts'
import type { Direction, InheritedTrial, Trial } from './trial.ts'

export type Strategy = 'Bayesian' | 'Random' | 'Grid' | 'Hyperband'

/** All that a proposal depends on: the same search proposes the same trial, so a crash between proposing and keeping loses nothing. */
export interface Search {
  readonly strategy: Strategy
  readonly space: Space
  readonly seed: number
  readonly direction: Direction
  /** In the order in which they were begun. */
  readonly trials: readonly Trial[]
  readonly inherited: readonly InheritedTrial[]
  /** The inherited results are of other data or another version of the algorithm. */
  readonly transfer: boolean
}
