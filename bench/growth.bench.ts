import type { Bench, Figure } from './bench.ts'
import { endpointStorm } from './endpoint-storm.ts'
import { type Growth, growths } from './growth-works.ts'
import { timedWithHold } from './held.ts'

const rounds = 3
const times = [1, 10, 100]

/** What things cost, in the processor's time, as what they look at, or what lies beside it, grows a hundredfold, and for how long one holds everybody else. */
export const growthBench: Bench = {
  name: 'growth',
  async run(stage) {
    const figures: Figure[] = []
    for (const growth of growths) figures.push(...(await figuresOf(growth, stage.full)))
    return [...figures, ...(await endpointStorm(stage))]
  },
}

async function figuresOf(growth: Growth, full: boolean): Promise<Figure[]> {
  const sizes = times.map(by => (by * growth.size) / (full ? 1 : (growth.shortBy ?? 1)))
  const taken: number[][] = []
  let held: number[] = []
  for (const size of sizes) {
    await using work = await growth.open(size)
    await work.ask()
    const found = []
    for (let round = 0; round < rounds; round++) {
      await work.prepare?.()
      found.push(await timedWithHold(() => work.ask()))
    }
    taken.push(found.map(({ cpuMs }) => cpuMs))
    held = found.map(({ heldMs }) => heldMs)
  }
  const [one = [], ten = [], hundred = []] = taken
  const told = (size: number | undefined) => `${growth.work}, ${size?.toLocaleString('en-US')} ${growth.of}`
  // Twice: a hundredfold is two levels more of an index.
  const goal = { judged: 'ratio', atMost: 2 * growth.answer } as const
  return [
    { work: told(sizes[1]), against: `${sizes[0]}`, unit: 'ms', ours: ten, theirs: one, judged: 'ratio' },
    { work: told(sizes[2]), against: `${sizes[0]}`, unit: 'ms', ours: hundred, theirs: one, ...goal },
    { work: `${told(sizes[2])}: others wait`, unit: 'ms', ours: held, judged: 'value', atMost: 50 },
  ]
}
