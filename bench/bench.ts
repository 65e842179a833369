import type { Stage } from './stage.ts'

/** One work measured against its peer. Samples are in the order of their rounds, so that the pairs were taken side by side. */
export interface Figure {
  readonly work: string
  /** What it is compared with; absent for a figure that stands alone. */
  readonly against?: string
  readonly unit: string
  readonly ours: readonly number[]
  readonly theirs?: readonly number[]
  /** `ratio`: ours / theirs; `excess`: ours - theirs; `value`: ours alone. */
  readonly judged: 'ratio' | 'excess' | 'value'
  readonly atLeast?: number
  readonly atMost?: number
}

/** Something that could not be measured here, and why. */
export interface Skipped {
  readonly work: string
  readonly skipped: string
}

/** Takes less than 40 s unless `stage.full`, set-up of the stage aside. */
export interface Bench {
  readonly name: string
  run(stage: Stage): Promise<readonly (Figure | Skipped)[]>
}
