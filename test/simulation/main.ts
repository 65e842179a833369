import { parseArgs } from 'node:util'
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
  let failed = 0
  for (let seed = from; seed < from + count; seed++) {
    const { violations, options } = await simulate(seed)
    if (violations.length === 0) continue
    failed++
    console.log(`seed ${seed} ${JSON.stringify(options)}\n  ${violations.join('\n  ')}`)
  }
  const seconds = (performance.now() - started) / 1000
  console.log(`${count - failed} seeds passed, ${failed} failed, ${Math.round((count / seconds) * 60)} a minute`)
  process.exitCode = failed > 0 ? 1 : 0
}
