import Big from 'big.js'
import { simulateUsage } from '../test/e2e/market-usage.ts'
import type { Bench } from './bench.ts'

/** Usage facts told through crashes and steps of the clock, and how far the bill is from what was used. A million when full. */
export const usageBench: Bench = {
  name: 'usage',
  async run({ full }) {
    const facts = full ? 1_000_000 : 50_000
    const began = performance.now()
    const { crashes, expected, found } = await simulateUsage(facts)
    const seconds = (performance.now() - began) / 1000
    const apart = Big(found.charged).minus(expected).abs().toNumber()
    const work = `${facts.toLocaleString('en-US')} usage facts, ${crashes} crashes`
    return [
      { work: `${work}: told, billed, recounted`, unit: 's', ours: [seconds], judged: 'value' },
      {
        work: `${work}: ${expected} USD used, ${found.charged} USD charged`,
        ...{ unit: 'USD apart', ours: [apart + found.differences.length], judged: 'value', atMost: 0 },
      },
    ]
  },
}
