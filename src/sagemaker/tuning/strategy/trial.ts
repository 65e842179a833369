import type { Values } from './parameter.ts'

/** What a search knows of a trial that was begun. */
export interface Trial {
  readonly values: Values
  readonly state: 'pending' | 'succeeded' | 'failed'
  /** The final value of the objective metric, when it succeeded. */
  readonly objective?: number
}

/** A result of a parent of a warm start. */
export interface InheritedTrial {
  readonly values: Values
  readonly objective: number
  /** Which of the parents; their objectives may differ in scale when data or algorithm have changed. */
  readonly parent: number
}

export type Direction = 'Maximize' | 'Minimize'

/** Whether the first is better than the second. */
export const better = (direction: Direction, first: number, second: number): boolean =>
  direction === 'Maximize' ? first > second : first < second
