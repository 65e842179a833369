import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { equivalent } from './equivalent.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { targets } from './targets.ts'

/**
 * `npm run mutate [-- --file PART] [--only PART] [--minutes N] [--at ONCE]`: changes the code that moves money and traffic, one small thing at a time, and runs its
 * tests each time; of all of them, or of those whose names hold a text, until the time is up. A mutant that all tests pass lives: a test is missing, or the change is listed in `equivalent.ts` with the reason.
 */
const { values } = parseArgs({
  options: {
    file: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '10000' },
    at: { type: 'string', default: String(availableParallelism()) },
  },
})

const loader = new URL('mutant-loader.ts', import.meta.url).href
/** Some mutants never end. Less, and a busy machine would notice what no test does. */
const slowest = 120_000
const nameOf = ({ file, line, what }: Mutant) => `${file}: ${line}: ${what}`

/** Whether the tests pass, all in one process. */
function passes(tests: readonly string[], mutant: Mutant | undefined, patience: number): Promise<boolean> {
  const options = ['--import', loader, '--test', '--test-isolation=none', '--test-force-exit']
  const child = spawn(process.execPath, [...options, ...tests], {
    stdio: 'ignore',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, MUTANT: JSON.stringify(mutant ?? {}) },
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), patience)
  return new Promise(resolve => {
    child.on('exit', code => {
      clearTimeout(timer)
      resolve(code === 0)
    })
  })
}

/** The tests in their order, so that the fast ones spare the others. */
async function lives(tests: readonly string[], mutant: Mutant): Promise<boolean> {
  for (const test of tests) if (!(await passes([test], mutant, slowest))) return false
  return true
}

const late = AbortSignal.timeout(Number(values.minutes) * 60_000)
let living = 0
let all = 0
for (const [file, listed] of Object.entries(targets)) {
  if (!file.includes(values.file)) continue
  const tests = listed.filter(test => existsSync(test))
  if (!(await passes(tests, undefined, 10 * slowest))) throw new Error(`the tests of ${file} fail without a change`)
  const mutants = mutantsOf(file).filter(
    mutant => !(nameOf(mutant) in equivalent) && nameOf(mutant).includes(values.only),
  )
  let [tried, left] = [0, 0]
  const queue = mutants.values()
  await Promise.all(
    Array.from({ length: Number(values.at) }, async () => {
      for (const mutant of queue) {
        if (late.aborted) return
        tried++
        if (!(await lives(tests, mutant))) continue
        left++
        console.log(`  lives, line ${mutant.number}: ${nameOf(mutant)}`)
      }
    }),
  )
  console.log(
    `${file}: ${tried - left} of ${tried}${tried < mutants.length ? `, ${mutants.length - tried} not tried` : ''}`,
  )
  living += left
  all += tried
}
console.log(`${all - living} of ${all} mutants were noticed; ${Object.keys(equivalent).length} are equivalent`)
process.exitCode = living > 0 ? 1 : 0
