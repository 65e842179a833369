import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type SimulationOptions, withoutFaults } from './options.ts'
import { type Sabotage, sabotages } from './sabotage.ts'
import { simulate } from './simulate.ts'

const seeds = Array.from({ length: 1000 }, (_, index) => index + 1)

/**
 * Seeds that fail without a mend, each with what was wrong: found by them, or, where what is drawn has changed since, found again by taking
 * the mend out. They are played for ever. What is drawn may change again: those of the clock and the queue have tests of their own beside the
 * mend (`src/reconcile/worker.test.ts`, `queue.test.ts`), that of the charged time in `charged-time.test.ts`.
 */
const failedOnce: Readonly<Record<number, string>> = {
  23: 'a clock that was set on had a worker take what it was working on for a dead worker’s, and work on it twice',
  92: 'an invoice line that was given back was called a difference',
  139: 'a buyer paid for the time between the end of containers and the next attempt',
  157: 'a worker asked for the next due row without end while a lease ended now',
  221: 'an hour by which the clock was set back kept a clean-up waiting for an hour',
  648: 'a transform job started a second container by the name of the first, whose lines were lost',
  5937: 'a clock that was set back and on again had a worker work twice on a key',
  120000342: 'a journal whose name held a part of a millisecond was set aside',
}

const watched = { watched: 5, endpoints: 1, horizonMs: 600_000 }
const nothingElse = {
  trainingJobs: 0,
  transformJobs: 0,
  tuningJobs: 0,
  asyncEndpoints: 0,
  algorithms: 0,
  packages: 0,
  objects: 0,
}
/** What has to be in a run for a sabotage to show, where it is seldom drawn. */
const shownBy: Readonly<Partial<Record<Sabotage, Partial<SimulationOptions>>>> = {
  'untold change': { records: true },
  'lost message': watched,
  'forgotten state': watched,
  'untold scaling': watched,
  'repeated time': watched,
  'blind guard': { ...watched, ...nothingElse, updates: 4, clockSteps: 0, callFailureRate: 0, killRate: 0 },
  'false certificate': { ...nothingElse, endpoints: 0, algorithms: 1, packages: 1, killRate: 0, callFailureRate: 0 },
  'lost content': { objects: 8 },
  'left content': { objects: 8 },
  'answer twice': { ...nothingElse, asyncEndpoints: 1, asyncBursts: 20 },
  'lost findings': { objects: 8, images: 6, scans: true },
  'false token': { connections: 2 },
  'lost part': { ...nothingElse, endpoints: 0, objects: 8, uploads: 2 },
  'half a set': { products: 2 },
  'lost letter': { products: 2 },
  'endless set': { ...nothingElse, endpoints: 0, products: 2 },
}

describe('a server that is killed at any step, on an engine and a disk that fail', () => {
  for (const [seed, what] of Object.entries(failedOnce))
    it(`does no longer what seed ${seed} found: ${what}`, async () => {
      const { violations } = await simulate(Number(seed))
      assert.deepEqual(violations, [])
    })

  it('does the same for the same seed', async () => {
    for (const seed of seeds.slice(0, 20)) {
      const [one, other] = [await simulate(seed), await simulate(seed)]
      assert.equal(one.digest, other.digest, `seed ${seed}`)
      assert.deepEqual(one.log, other.log)
    }
  })

  it('does without faults what it does with them', async () => {
    for (const seed of seeds.slice(0, 20)) {
      const { violations } = await simulate(seed, { change: withoutFaults })
      assert.deepEqual(violations, [], `seed ${seed}`)
    }
  })

  for (const sabotage of sabotages)
    it(`would be noticed: ${sabotage}`, async () => {
      const change = (drawn: SimulationOptions) => ({ ...drawn, ...shownBy[sabotage] })
      for (const seed of seeds) if ((await simulate(seed, { sabotage, change })).violations.length > 0) return
      assert.fail(`none of ${seeds.length} seeds has shown it`)
    })
})
