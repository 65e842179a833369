import { seededRandom } from '../test/simulation/seeded-random.ts'
import type { Bench, Figure } from './bench.ts'
import { type JobCosts, jobCosts } from './job-costs.ts'

const minute = 60_000
/** Of a job, and how often each tells ten lines of its log. */
const [meanMs, linesEveryMs] = [10 * minute, 10_000]
/** Played, after as long in which jobs come and nothing is counted. */
const playedMs = 5 * minute
const counts = [500, 1_000, 2_000, 5_000, 10_000]

type Part = 'writes' | 'logs' | 'capacity'

/**
 * Ten thousand jobs at once on a thousand nodes, which no machine here can hold: what one costs the server is measured, and as many as there are to
 * be are played in virtual time on its one thread, which does one thing after another. Jobs come as chance has it, and last ten minutes in the mean.
 */
export const manyNodesBench: Bench = {
  name: 'many-nodes',
  async run() {
    const costs = await jobCosts()
    const found = counts.map(jobs => ({ jobs, ...play(costs, jobs) }))
    return found.flatMap(({ jobs, busy, waitMs }): Figure[] => {
      const [most] = [...busy].toSorted(([, a], [, b]) => b - a) as [[Part, number]]
      const all = [...busy.values()].reduce((sum, share) => sum + share, 0)
      const work = `${jobs.toLocaleString('en-US')} jobs at once`
      return [
        {
          work: `${work}: the server's thread is busy, most with ${most[0]}`,
          unit: '%',
          ours: [100 * all],
          judged: 'value',
        },
        { work: `${work}: p99 until a write's turn comes`, unit: 'ms', ours: [waitMs], judged: 'value' },
      ]
    })
  },
}

interface Task {
  readonly at: number
  readonly part: Part
}

/** How much of the thread each part takes, and how long a write waits. */
function play(costs: JobCosts, jobs: number): { busy: ReadonlyMap<Part, number>; waitMs: number } {
  const tasks = tasksOf(costs, jobs)
  const busy = new Map<Part, number>()
  const waits: number[] = []
  const takes = { writes: costs.writeMs, logs: costs.linesMs, capacity: costs.passMs(jobs) }
  let free = 0
  let nextPass = 0
  for (const { at, part } of tasks) {
    // Those that ask while one waits for its turn are answered by it.
    if (part === 'capacity' && at < nextPass) continue
    const begins = Math.max(at, free)
    if (part === 'capacity') nextPass = begins
    free = begins + takes[part]
    if (at < playedMs) continue
    busy.set(part, (busy.get(part) ?? 0) + takes[part] / playedMs)
    if (part === 'writes') waits.push(begins - at)
  }
  return { busy, waitMs: waits.toSorted((a, b) => a - b)[Math.floor(0.99 * waits.length)] ?? 0 }
}

/** What so many jobs ask of the thread in twice the time that is played, in order. */
function tasksOf({ writes }: JobCosts, jobs: number): Task[] {
  const random = seededRandom(1).of('jobs')
  const until = 2 * playedMs
  const tasks: Task[] = []
  // As many end as begin: half of a job's writes are at each.
  for (let at = 0; at < until; at += -Math.log(1 - random.number()) * (meanMs / jobs))
    for (let end = 0; end < 2; end++) {
      for (let write = 0; write < writes / 2; write++) tasks.push({ at: at + 50 * write, part: 'writes' })
      tasks.push({ at, part: 'capacity' })
    }
  for (let job = 0; job < jobs; job++)
    for (let at = random.number() * linesEveryMs; at < until; at += linesEveryMs) tasks.push({ at, part: 'logs' })
  return tasks.toSorted((a, b) => a.at - b.at)
}
