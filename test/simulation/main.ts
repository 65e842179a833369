import { parseArgs } from 'node:util'
import { playSeeds } from './play-seeds.ts'
import { simulate } from './simulate.ts'

/** `npm run simulate -- --seeds N [--from S]`, or `--seed S` for one with everything that happened in it. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
})

if (values.seed !== undefined) {
  const { log, ...report } = await simulate(Number(values.seed))
  console.log(log.join('\n'))
  console.log(report)
  process.exitCode = report.violations.length > 0 ? 1 : 0
} else {
  const [from, count] = [Number(values.from), Number(values.seeds)]
  const started = performance.now()
  const seeds = Array.from({ length: count }, (_, index) => from + index)
  const failed = await playSeeds(seeds, ({ seed, options, violations }) =>
    console.log(`seed ${seed} ${options}\n  ${violations.join('\n  ')}`),
  )
  const [seconds, { user, system }] = [(performance.now() - started) / 1000, process.cpuUsage()]
  const passed = `${count - failed.length} seeds passed, ${failed.length} failed`
  const speed = `${Math.round((count / seconds) * 60)} a minute, ${((user + system) / 1000 / count).toFixed(1)} ms of a processor each`
  console.log(`${passed}, ${speed}`)
  process.exitCode = failed.length > 0 ? 1 : 0
}
