import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { FailedSeed } from './seed-worker.ts'

/** Most of what a seed makes is gone at once: a large young generation spares the collector. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 }

/** Begun anew after so many seeds, a thread keeps nothing of the servers that were killed in it. */
const seedsOfThread = 250

/** Plays the seeds on every processor. Returns those that failed, in their order; `told` hears of each at once. */
export async function playSeeds(
  seeds: readonly number[],
  told: (failed: FailedSeed) => void = () => {},
): Promise<FailedSeed[]> {
  const parts = Array.from({ length: Math.ceil(seeds.length / seedsOfThread) }, (_, part) =>
    seeds.slice(part * seedsOfThread, (part + 1) * seedsOfThread),
  )
  const failed: FailedSeed[] = []
  const note = (one: FailedSeed) => {
    failed.push(one)
    told(one)
  }
  const thread = async () => {
    for (let part = parts.shift(); part; part = parts.shift()) await playPart(part, note)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, thread))
  return failed.sort((one, other) => one.seed - other.seed)
}

function playPart(seeds: readonly number[], note: (failed: FailedSeed) => void): Promise<void> {
  const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: seeds, resourceLimits })
  return new Promise((resolve, reject) => {
    worker.on('message', note)
    worker.on('error', reject)
    worker.on('exit', () => resolve())
  })
}
