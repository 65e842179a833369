import type { Program, ProgramRun } from '../../src/driver/memory.fixture.ts'
import { clock } from '../../src/ground/clock.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What an image's program does: for how long, with how many lines, and how it ends. Times in milliseconds. */
export interface ProgramPlan {
  readonly lines: number
  readonly durationMs: number
  readonly exit: number | 'out of memory'
  /** Goes on until it is killed. */
  readonly ignoresTerm: boolean
  /** A server answers after this time; undefined for a program that answers nobody. */
  readonly healthyAfterMs: number | undefined
  /** Of a server: part of the invocations that it answers with 500. */
  readonly errorRate: number
}

export const trainingPlan = (random: SeededRandom): ProgramPlan => ({
  lines: random.between(0, 6),
  durationMs: random.pick([0, 10, 1_000, 90_000, 900_000]),
  exit: random.pick([0, 0, 0, 1, 255, 'out of memory'] as const),
  ignoresTerm: random.chance(0.3),
  healthyAfterMs: undefined,
  errorRate: 0,
})

export const forGood = 10 ** 12

export const servingPlan = (random: SeededRandom): ProgramPlan => ({
  lines: random.between(0, 4),
  durationMs: random.pick([forGood, forGood, forGood, 60_000, 600_000]),
  exit: random.pick([0, 1, 'out of memory'] as const),
  ignoresTerm: random.chance(0.2),
  healthyAfterMs: random.pick([0, 100, 5_000, 5_000, undefined]),
  errorRate: random.pick([0, 0, 0, 0.2]),
})

export const lineOf = ({ spec }: Pick<ProgramRun, 'spec'>, number: number): string =>
  `${spec.key.host} attempt ${spec.key.attempt} line ${number}`

/** Prints its lines evenly over its time, and ends when that is over or, unless it ignores it, when it is asked to. */
export const programOf =
  ({ lines, durationMs, exit, ignoresTerm }: ProgramPlan): Program =>
  async run => {
    const asked = ignoresTerm ? undefined : run.term
    try {
      for (let line = 1; line <= lines; line++) {
        run.print(lineOf(run, line))
        await clock.sleep(Math.min(durationMs, 3_600_000) / lines, asked)
      }
      if (durationMs >= forGood || lines === 0) await clock.sleep(durationMs, asked)
      return exit
    } catch {
      return 143
    }
  }
