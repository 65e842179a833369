import { parentPort, workerData } from 'node:worker_threads'
import { simulate } from './simulate.ts'

/** A seed that broke something. */
export interface FailedSeed {
  readonly seed: number
  readonly options: string
  readonly violations: readonly string[]
}

// Stacks are of use to who plays one seed by itself.
Error.stackTraceLimit = 0

/** A thread of `play-seeds.ts`: plays its seeds, tells those that failed, and ends. */
for (const seed of workerData as readonly number[]) {
  const { violations, options } = await simulate(seed)
  if (violations.length > 0)
    parentPort?.postMessage({ seed, options: JSON.stringify(options), violations } satisfies FailedSeed)
}
