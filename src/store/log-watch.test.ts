import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock, useClock } from '../ground/clock.ts'
import { type LogLook, largeLogBytes, logProblem, readersOf, watchLog } from './log-watch.ts'
import { openSqliteStore } from './sqlite.ts'

const directory = await mkdtemp(join(tmpdir(), 'log-watch-'))
after(() => rm(directory, { recursive: true, force: true }))

const look = (bytes: number, ...pids: number[]): LogLook => ({
  bytes,
  readers: new Map(pids.map(pid => [pid, `program-${pid}`])),
})
const large = largeLogBytes
const cases: readonly (readonly [string, LogLook | undefined, LogLook, RegExp | undefined])[] = [
  ['the first look', undefined, look(large, 7), undefined],
  ['a small log', look(large, 7), look(large - 1, 7), undefined],
  [
    'one that reads in both looks',
    look(large, 7, 8),
    look(large, 8, 9),
    /128 MiB, since process 8 \(program-8\) reads/,
  ],
  ['short reads after a long one', look(large, 7), look(large, 8), undefined],
  ['nobody reads any more', look(large, 7), look(large), undefined],
  ['nobody is seen, and it grows', look(large), look(large + 1), /a process that cannot be seen from here/],
]
for (const [what, before, now, expected] of cases)
  test(`the log of the database: ${what}`, () => {
    const problem = logProblem(before, now)
    if (expected) assert.match(problem ?? '', expected)
    else assert.equal(problem, undefined)
  })

/** A process that begins to read and goes on until it is told. */
async function longRead(path: string) {
  const script = `
    const { DatabaseSync } = require('node:sqlite')
    const file = new DatabaseSync(process.argv[1])
    file.exec('begin')
    file.prepare('select count(*) from setting').get()
    console.log('reads')
    process.stdin.once('data', () => { file.exec('commit'); console.log('has read') })`
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    pid: child.pid as number,
    async end() {
      const told = once(child.stdout, 'data')
      child.stdin.write('end\n')
      await told
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
}

test('a process that reads for long while much is written is named, and no longer when it has ended', async () => {
  const path = join(directory, 'store')
  const store = await openSqliteStore(path, undefined, async () => {})
  const ticks: (() => void)[] = []
  const every = (_ms: number, callback: () => void) => {
    ticks.push(callback)
    return { [Symbol.dispose]() {} }
  }
  using _ = useClock({ ...systemClock, every })
  const told: string[] = []
  const open = () => watchLog(path, { grows: problem => told.push(problem), well: () => told.push('well') })
  /** Each look is over before the next begins. */
  async function problemAfterTwoLooks(watch: ReturnType<typeof open>) {
    for (let time = 0; time < 2; time++) {
      ticks.at(-1)?.()
      await watch.close()
    }
    return watch.problem()
  }
  const write = async (mebibytes: number) => {
    for (let row = 0; row < mebibytes; row++)
      await store.db
        .insertInto('setting')
        .values({ name: `large ${row}`, value: 'x'.repeat(1 << 20) })
        .execute()
    await store.db.deleteFrom('setting').where('name', 'like', 'large%').execute()
  }
  const watch = open()
  await using reader = await longRead(path)
  assert.deepEqual([...(await readersOf(path)).keys()], [reader.pid])
  assert.equal(await problemAfterTwoLooks(watch), undefined, 'the log is small')
  await write(largeLogBytes / 2 ** 20 + 1)
  assert.match((await problemAfterTwoLooks(watch)) ?? '', new RegExp(`since process ${reader.pid} \\(`))
  assert.equal(told.length, 1)
  await reader.end()
  assert.equal(await problemAfterTwoLooks(watch), undefined)
  assert.equal(told[1], 'well')
  await store.close()
})
