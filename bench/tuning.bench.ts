import { nextTrial } from '../src/sagemaker/tuning/strategy/search-strategy.ts'
import type { Space } from '../src/sagemaker/tuning/strategy/space.ts'
import type { Trial } from '../src/sagemaker/tuning/strategy/trial.ts'
import type { Bench } from './bench.ts'
import { dice } from './dice.ts'
import { alternate } from './rounds.ts'

const results = 100
const names = [0, 1, 2, 3, 4, 5].map(index => `x${index}`)
const space: Space = names.map(name => ({ kind: 'continuous', name, min: 0, max: 1, scaling: 'Linear' }))

/** What the next Bayesian trial of a tuning job costs. */
export const tuningBench: Bench = {
  name: 'tuning',
  async run() {
    const draw = dice(1)
    const trials: Trial[] = Array.from({ length: results }, () => {
      const values = Object.fromEntries(names.map(name => [name, String(draw())]))
      return { values, state: 'succeeded', objective: draw() }
    })
    let seed = 0
    const { proposal } = await alternate(20, {
      async proposal() {
        const before = process.cpuUsage()
        const search = { strategy: 'Bayesian', direction: 'Minimize', inherited: [], transfer: false } as const
        nextTrial({ ...search, space, seed: seed++, trials })
        const { user, system } = process.cpuUsage(before)
        return (user + system) / 1000
      },
    })
    const work = `Proposal of a Bayesian trial at ${results} results in six dimensions, processor`
    return [{ work, unit: 'ms', ours: proposal, judged: 'value', atMost: 50 }]
  },
}
